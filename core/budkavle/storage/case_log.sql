-- The logs of cases.

-- name: write_events
-- Adds an entry to the log of each of many cases, and tells the open pages when the transaction commits.
WITH written AS (
    INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)
    SELECT
        :organisation,
        entry.case_id,
        cast(:user AS uuid),
        clock_timestamp(),
        entry.kind,
        cast(entry.facts AS jsonb)
    FROM
        unnest(
            cast(:cases AS uuid[]),
            cast(:kinds AS text[]),
            cast(:facts AS text[])
        ) WITH ORDINALITY AS entry (case_id, kind, facts, number)
    ORDER BY entry.number
)

SELECT count(pg_notify(:channel, payload))
FROM unnest(cast(:payloads AS text[])) AS payload;
