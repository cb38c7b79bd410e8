-- What entries of the event log count, after a number, at most so many entries, those of some kinds or of all: on
-- which Swedish day, as what kind, in which mailbox (the nil UUID where an entry names none), and `what` divides the
-- kind: the channel of a message, the provider of a sign-in, the method of an identification, and for every other kind
-- the fact `what`.
-- An entry about a mailbox has it as its thing, which is the last field.
-- An entry is read as a text, since the types for JSON refuse some. A quotation mark inside a value is written with
-- a backslash, so that nothing but the field itself fits.
-- The first answer in a case is counted beside the message, by the minutes that it took, to two digits: medians of a
-- year are then made of a few hundred rows. One that is undone is taken away again.
CREATE FUNCTION counted_events(organisation uuid, after bigint, batch bigint, kinds text[])
RETURNS TABLE (entry_number bigint, day date, kind text, mailbox_id uuid, what text, number integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH fields AS MATERIALIZED (
        SELECT
            log.number AS entry_number,
            (log.at AT TIME ZONE 'Europe/Stockholm')::date AS day,
            log.kind,
            coalesce(
                substring(
                    log.entry,
                    CASE
                        WHEN log.kind LIKE 'mailbox.%'
                            THEN '"thing":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"}$'
                        ELSE '"mailbox":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"'
                    END
                ),
                '00000000-0000-0000-0000-000000000000'
            )::uuid AS mailbox_id,
            coalesce(
                substring(
                    log.entry,
                    CASE
                        WHEN log.kind IN ('message.sent', 'message.received', 'message.undone')
                            THEN '"transport":"([^"\\]{1,64})"'
                        WHEN log.kind = 'user.signed-in' THEN '"provider":"([^"\\]{1,64})"'
                        WHEN log.kind = 'guest.identified' THEN '"method":"([^"\\]{1,64})"'
                        ELSE '"what":"([^"\\]{1,64})"'
                    END
                ),
                ''
            ) AS what,
            CASE
                WHEN log.kind IN ('message.sent', 'message.undone')
                    THEN round(substring(log.entry, '"first_answer":([0-9]{1,9})[,}]')::numeric / 60)
            END AS minutes
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
        ORDER BY log.number
        LIMIT counted_events.batch
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

-- What the entries after the mark count, of some kinds.
CREATE FUNCTION uncounted_events(organisation uuid, kinds text[])
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
        uncounted_events.kinds
    ) AS counted
$$;
