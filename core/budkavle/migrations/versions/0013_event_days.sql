-- The Swedish day of an entry of the event log, and the mailbox that it names: the nil UUID where it names none.
-- An entry about a mailbox has it as its thing, which is the last field.
-- The entry is read as a text, since the types for JSON refuse some. A quotation mark inside a value is written with
-- a backslash, so that nothing but the field itself fits.
CREATE FUNCTION event_day(at timestamptz, kind text, entry text)
RETURNS TABLE (day date, mailbox_id uuid)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT
        (event_day.at AT TIME ZONE 'Europe/Stockholm')::date,
        coalesce(
            substring(
                event_day.entry,
                CASE
                    WHEN event_day.kind LIKE 'mailbox.%'
                        THEN '"thing":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"}$'
                    ELSE '"mailbox":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"'
                END
            ),
            '00000000-0000-0000-0000-000000000000'
        )::uuid
$$;
