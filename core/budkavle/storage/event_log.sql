-- Reading the event log, and the counts of its days.

-- name: list_entries
-- The entries of some kinds in a span of time, the earliest first.
SELECT
    number,
    entry
FROM audit_log
WHERE
    organisation_id = :organisation
    AND kind = any(cast(:kinds AS text[]))
    AND at >= cast(:since AS timestamptz)
    AND at < cast(:until AS timestamptz)
    AND number > :after
ORDER BY number
LIMIT :limit;

-- name: lock_mark
-- Locks the number of the last entry that has been counted.
INSERT INTO counters (organisation_id, name, value)
VALUES (:organisation, 'events-counted', 0)
ON CONFLICT (organisation_id, name) DO UPDATE SET value = counters.value
RETURNING value;

-- name: count_entries
-- Adds the entries after the mark to their days, and moves the mark. Entries get their numbers in
-- the order of their commits, so none with a lower number comes later.
WITH
fresh AS (
    SELECT
        entry.number,
        day.day,
        entry.kind,
        day.mailbox_id
    FROM audit_log AS entry
    CROSS JOIN LATERAL event_day(entry.at, entry.kind, entry.entry) AS day
    WHERE
        entry.organisation_id = :organisation
        AND entry.number > (
            SELECT counters.value FROM counters
            WHERE counters.organisation_id = :organisation AND counters.name = 'events-counted'
        )
    ORDER BY entry.number
    LIMIT :batch
),

moved AS (
    UPDATE counters
    SET value = (SELECT max(fresh.number) FROM fresh)
    WHERE organisation_id = :organisation AND name = 'events-counted' AND EXISTS (SELECT 1 FROM fresh)
),

added AS (
    INSERT INTO event_days (organisation_id, day, kind, mailbox_id, number)
    SELECT
        :organisation,
        fresh.day,
        fresh.kind,
        fresh.mailbox_id,
        count(*)
    FROM fresh
    GROUP BY fresh.day, fresh.kind, fresh.mailbox_id
    ON CONFLICT (organisation_id, kind, day, mailbox_id)
    DO UPDATE SET number = event_days.number + excluded.number
)

SELECT count(*) AS number FROM fresh;

-- name: list_days
-- How often things happened by day: what the job has counted, and what has come since.
SELECT
    counted.day,
    counted.kind,
    nullif(counted.mailbox_id, '00000000-0000-0000-0000-000000000000') AS mailbox_id,
    cast(sum(counted.number) AS bigint) AS number
FROM (
    SELECT
        day,
        kind,
        mailbox_id,
        number
    FROM event_days
    WHERE organisation_id = :organisation AND kind = any(cast(:kinds AS text[]))
    UNION ALL
    SELECT
        day.day,
        entry.kind,
        day.mailbox_id,
        1
    FROM audit_log AS entry
    CROSS JOIN LATERAL event_day(entry.at, entry.kind, entry.entry) AS day
    WHERE
        entry.organisation_id = :organisation
        AND entry.kind = any(cast(:kinds AS text[]))
        AND entry.number > coalesce(
            (
                SELECT counters.value FROM counters
                WHERE counters.organisation_id = :organisation AND counters.name = 'events-counted'
            ),
            0
        )
) AS counted
WHERE counted.day >= cast(:since AS date) AND counted.day < cast(:until AS date)
GROUP BY counted.day, counted.kind, counted.mailbox_id
ORDER BY counted.day, counted.kind, counted.mailbox_id;
