-- What an entry of the event log counts: on which Swedish day, as what kind, in which mailbox (the nil UUID where it
-- names none), and `what` divides the kind: the channel of a message, the provider of a sign-in, the method of an
-- identification, and for every other kind the fact `what`.
-- An entry about a mailbox has it as its thing, which is the last field.
-- The entry is read as a text, since the types for JSON refuse some. A quotation mark inside a value is written with
-- a backslash, so that nothing but the field itself fits.
-- The first answer in a case is counted beside the message, by the minutes that it took, to two digits: medians of a
-- year are then made of a few hundred rows. One that is undone is taken away again.
CREATE FUNCTION event_counts(at timestamptz, kind text, entry text)
RETURNS TABLE (day date, counted text, mailbox_id uuid, what text, number integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH fields AS (
        SELECT
            (event_counts.at AT TIME ZONE 'Europe/Stockholm')::date AS day,
            coalesce(
                substring(
                    event_counts.entry,
                    CASE
                        WHEN event_counts.kind LIKE 'mailbox.%'
                            THEN '"thing":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"}$'
                        ELSE '"mailbox":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"'
                    END
                ),
                '00000000-0000-0000-0000-000000000000'
            )::uuid AS mailbox_id,
            coalesce(
                substring(
                    event_counts.entry,
                    CASE
                        WHEN event_counts.kind IN ('message.sent', 'message.received', 'message.undone')
                            THEN '"transport":"([^"\\]{1,64})"'
                        WHEN event_counts.kind = 'user.signed-in' THEN '"provider":"([^"\\]{1,64})"'
                        WHEN event_counts.kind = 'guest.identified' THEN '"method":"([^"\\]{1,64})"'
                        ELSE '"what":"([^"\\]{1,64})"'
                    END
                ),
                ''
            ) AS what,
            CASE
                WHEN event_counts.kind IN ('message.sent', 'message.undone')
                    THEN round(substring(event_counts.entry, '"first_answer":([0-9]{1,9})[,}]')::numeric / 60)
            END AS minutes
    )

    SELECT fields.day, event_counts.kind, fields.mailbox_id, fields.what, 1
    FROM fields
    UNION ALL
    SELECT
        fields.day,
        'case.first-answer',
        fields.mailbox_id,
        round(fields.minutes, least(0, 2 - length(fields.minutes::text)))::integer::text,
        CASE WHEN event_counts.kind = 'message.undone' THEN -1 ELSE 1 END
    FROM fields
    WHERE fields.minutes IS NOT NULL
$$;

-- What the entries after the mark count, of some kinds.
CREATE FUNCTION uncounted_events(organisation uuid, kinds text[])
RETURNS TABLE (day date, kind text, mailbox_id uuid, what text, number integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT counts.day, counts.counted, counts.mailbox_id, counts.what, counts.number
    FROM audit_log AS entry
    CROSS JOIN LATERAL event_counts(entry.at, entry.kind, entry.entry) AS counts
    WHERE
        entry.organisation_id = uncounted_events.organisation
        AND entry.number > coalesce(
            (
                SELECT counters.value FROM counters
                WHERE counters.organisation_id = uncounted_events.organisation AND counters.name = 'event-totals'
            ),
            0
        )
        AND (
            entry.kind = any(uncounted_events.kinds)
            OR (
                'case.first-answer' = any(uncounted_events.kinds)
                AND entry.kind IN ('message.sent', 'message.undone')
            )
        )
        AND counts.counted = any(uncounted_events.kinds)
$$;
