-- What entries of the event log count, after a number, at most so many entries, those of some kinds or of
-- all, from a day until before another or of all days: on which Swedish day, as what kind, in which mailbox
-- (the nil UUID where an entry names none), and `what` divides the kind: the channel of a message, the
-- provider of a sign-in, the method of an identification, and for every other kind the fact `what`.
-- An entry about a mailbox has it as its thing, which is the last field.
-- An entry is read as a text, since the types for JSON refuse some. A quotation mark inside a value is
-- written with a backslash, so that nothing but the field itself fits. Fields are cut out: a regular
-- expression for each took thirty times as long.
-- The first answer in a case is counted beside the message, by the minutes that it took, to two digits:
-- medians of a year are then made of a few hundred rows. One that is undone is taken away again.
CREATE FUNCTION counted_events(organisation uuid, after bigint, batch bigint, kinds text[], since date, until date)
RETURNS TABLE (entry_number bigint, day date, kind text, mailbox_id uuid, what text, number integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH texts AS MATERIALIZED (
        SELECT
            log.number AS entry_number,
            (log.at AT TIME ZONE 'Europe/Stockholm')::date AS day,
            log.kind,
            CASE
                WHEN log.kind NOT LIKE 'mailbox.%' THEN split_part(split_part(log.entry, '"mailbox":"', 2), '"', 1)
                WHEN right(log.entry, 2) = '"}' AND left(right(log.entry, 47), 9) = '"thing":"'
                    THEN left(right(log.entry, 38), 36)
                ELSE ''
            END AS mailbox,
            split_part(
                split_part(
                    log.entry,
                    CASE
                        WHEN log.kind IN ('message.sent', 'message.received', 'message.undone') THEN '"transport":"'
                        WHEN log.kind = 'user.signed-in' THEN '"provider":"'
                        WHEN log.kind = 'guest.identified' THEN '"method":"'
                        ELSE '"what":"'
                    END,
                    2
                ),
                '"',
                1
            ) AS what,
            CASE
                WHEN log.kind IN ('message.sent', 'message.undone')
                    THEN split_part(split_part(split_part(log.entry, '"first_answer":', 2), ',', 1), '}', 1)
                ELSE ''
            END AS seconds
        FROM audit_log AS log
        WHERE
            log.organisation_id = counted_events.organisation
            AND log.number > counted_events.after
            AND (
                counted_events.kinds IS NULL
                OR log.kind = any(counted_events.kinds)
                OR (
                    'case.first-answer' = any(counted_events.kinds)
                    AND log.kind IN ('message.sent', 'message.undone')
                )
            )
            AND (
                counted_events.since IS NULL
                OR log.at >= counted_events.since::timestamp AT TIME ZONE 'Europe/Stockholm'
            )
            AND (
                counted_events.until IS NULL
                OR log.at < counted_events.until::timestamp AT TIME ZONE 'Europe/Stockholm'
            )
        ORDER BY log.number
        LIMIT counted_events.batch
    ),

    fields AS MATERIALIZED (
        SELECT
            texts.entry_number,
            texts.day,
            texts.kind,
            CASE
                WHEN
                    length(texts.mailbox) = 36
                    AND translate(texts.mailbox, '0123456789abcdef', '') = '----'
                    AND substr(texts.mailbox, 9, 1) || substr(texts.mailbox, 14, 1) || substr(texts.mailbox, 19, 1)
                    || substr(texts.mailbox, 24, 1) = '----'
                    THEN texts.mailbox
                ELSE '00000000-0000-0000-0000-000000000000'
            END::uuid AS mailbox_id,
            CASE
                WHEN length(texts.what) <= 64 AND strpos(texts.what, '\') = 0 THEN texts.what
                ELSE ''
            END AS what,
            CASE
                WHEN length(texts.seconds) BETWEEN 1 AND 9 AND translate(texts.seconds, '0123456789', '') = ''
                    THEN round(texts.seconds::numeric / 60)
            END AS minutes
        FROM texts
    ),

    counts AS (
        SELECT fields.entry_number, fields.day, fields.kind, fields.mailbox_id, fields.what, 1 AS number
        FROM fields
        UNION ALL
        SELECT
            fields.entry_number,
            fields.day,
            'case.first-answer',
            fields.mailbox_id,
            round(fields.minutes, least(0, 2 - length(fields.minutes::text)))::integer::text,
            CASE WHEN fields.kind = 'message.undone' THEN -1 ELSE 1 END
        FROM fields
        WHERE fields.minutes IS NOT NULL
    )

    SELECT counts.entry_number, counts.day, counts.kind, counts.mailbox_id, counts.what, counts.number
    FROM counts
    WHERE counted_events.kinds IS NULL OR counts.kind = any(counted_events.kinds)
$$;

-- The same of all days, for the job.
CREATE OR REPLACE FUNCTION counted_events(organisation uuid, after bigint, batch bigint, kinds text[])
RETURNS TABLE (entry_number bigint, day date, kind text, mailbox_id uuid, what text, number integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT counted.entry_number, counted.day, counted.kind, counted.mailbox_id, counted.what, counted.number
    FROM counted_events(
        counted_events.organisation, counted_events.after, counted_events.batch, counted_events.kinds, NULL, NULL
    ) AS counted
$$;

-- What the entries after the mark count, of some kinds, from a day until before another.
CREATE FUNCTION uncounted_events(organisation uuid, kinds text[], since date, until date)
RETURNS TABLE (day date, kind text, mailbox_id uuid, what text, number integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT counted.day, counted.kind, counted.mailbox_id, counted.what, counted.number
    FROM counted_events(
        uncounted_events.organisation,
        coalesce(
            (
                SELECT counters.value FROM counters
                WHERE counters.organisation_id = uncounted_events.organisation AND counters.name = 'event-totals'
            ),
            0
        ),
        NULL,
        uncounted_events.kinds,
        uncounted_events.since,
        uncounted_events.until
    ) AS counted
$$;
