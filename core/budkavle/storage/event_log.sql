-- Reads the event log, and the counts of its days.

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

-- name: list_about
-- The entries of some kinds about some things, the earliest first.
SELECT
    number,
    entry
FROM audit_log
WHERE
    organisation_id = :organisation
    AND thing = any(cast(:things AS text[]))
    AND kind = any(cast(:kinds AS text[]))
    AND number > :after
ORDER BY number
LIMIT :limit;

-- name: read_on
-- The entries after a given one, in the order of their numbers.
SELECT
    number,
    entry
FROM audit_log
WHERE organisation_id = :organisation AND number > :after
ORDER BY number
LIMIT :limit;

-- name: last_number
-- The number of the last entry; 0 if there is none.
SELECT coalesce(max(number), 0) AS number
FROM audit_heads
WHERE organisation_id = :organisation;

-- name: last_number_before
-- The number of the last entry before a given time; 0 if there is none.
SELECT
    coalesce(
        (
            SELECT number
            FROM audit_log
            WHERE organisation_id = :organisation AND at < cast(:before AS timestamptz)
            ORDER BY number DESC
            LIMIT 1
        ),
        0
    ) AS number;

-- name: find_uncounted
-- A row if there are entries after the mark. If nothing has happened, nothing is written.
SELECT 1
FROM audit_heads
WHERE
    organisation_id = :organisation
    AND number > coalesce(
        (
            SELECT counters.value FROM counters
            WHERE counters.organisation_id = :organisation AND counters.name = 'event-totals'
        ),
        0
    );

-- name: lock_mark
-- Locks the number of the last entry that has been counted.
INSERT INTO counters (organisation_id, name, value)
VALUES (:organisation, 'event-totals', 0)
ON CONFLICT (organisation_id, name) DO UPDATE SET value = counters.value
RETURNING value;

-- name: count_entries
-- Adds the entries after the mark to the days and months, and moves the mark. Entries are numbered in
-- the order of their commits, so none with a lower number comes later.
WITH
fresh AS MATERIALIZED (
    SELECT
        entry_number,
        day,
        kind,
        mailbox_id,
        what,
        number
    FROM counted_events(
        :organisation,
        (
            SELECT counters.value FROM counters
            WHERE counters.organisation_id = :organisation AND counters.name = 'event-totals'
        ),
        :batch,
        NULL
    )
),

moved AS (
    UPDATE counters
    SET value = (SELECT max(fresh.entry_number) FROM fresh)
    WHERE organisation_id = :organisation AND name = 'event-totals' AND EXISTS (SELECT 1 FROM fresh)
),

counts AS (
    SELECT
        day,
        kind,
        mailbox_id,
        what,
        sum(number) AS number
    FROM fresh
    GROUP BY day, kind, mailbox_id, what
),

days AS (
    INSERT INTO event_days (organisation_id, kind, day, mailbox_id, what, number)
    SELECT
        :organisation,
        kind,
        day,
        mailbox_id,
        what,
        number
    FROM counts
    ON CONFLICT (organisation_id, kind, day, mailbox_id, what)
    DO UPDATE SET number = event_days.number + excluded.number
),

totals AS (
    INSERT INTO event_day_totals (organisation_id, kind, day, what, number)
    SELECT
        :organisation,
        kind,
        day,
        what,
        sum(number)
    FROM counts
    GROUP BY kind, day, what
    ON CONFLICT (organisation_id, kind, day, what)
    DO UPDATE SET number = event_day_totals.number + excluded.number
),

months AS (
    INSERT INTO event_months (organisation_id, kind, month, mailbox_id, what, number)
    SELECT
        :organisation,
        kind,
        cast(date_trunc('month', day) AS date),
        mailbox_id,
        what,
        sum(number)
    FROM counts
    GROUP BY kind, cast(date_trunc('month', day) AS date), mailbox_id, what
    ON CONFLICT (organisation_id, kind, month, mailbox_id, what)
    DO UPDATE SET number = event_months.number + excluded.number
)

SELECT count(DISTINCT entry_number) AS number FROM fresh;

-- name: forget_days
-- Removes the days of an organisation, to be counted again.
DELETE FROM event_days WHERE organisation_id = :organisation;

-- name: forget_day_totals
-- Removes the days of a whole organisation, to be counted again.
DELETE FROM event_day_totals WHERE organisation_id = :organisation;

-- name: forget_months
-- Removes the months of an organisation, to be counted again.
DELETE FROM event_months WHERE organisation_id = :organisation;

-- name: reset_mark
-- Makes the counting begin with the first entry.
UPDATE counters SET value = 0 WHERE organisation_id = :organisation AND name = 'event-totals';

-- name: list_days
-- How often things happened by day and mailbox: what the job has counted, and later entries.
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
    WHERE
        organisation_id = :organisation
        AND kind = any(cast(:kinds AS text[]))
        AND day >= cast(:since AS date)
        AND day < cast(:until AS date)
    UNION ALL
    SELECT
        day,
        kind,
        mailbox_id,
        number
    FROM uncounted_events(:organisation, cast(:kinds AS text[]), cast(:since AS date), cast(:until AS date))
) AS counted
GROUP BY counted.day, counted.kind, counted.mailbox_id
HAVING sum(counted.number) <> 0
ORDER BY counted.day, counted.kind, counted.mailbox_id;

-- name: list_totals
-- How often things happened in a mailbox or the whole organisation, by step of time and division. Only one of the two
-- tables is read: the days of the whole organisation are stored, because adding up its mailboxes is slow.
SELECT
    cast(date_trunc(cast(:step AS text), cast(counted.day AS timestamp)) AS date) AS day,
    counted.kind,
    counted.what,
    cast(sum(counted.number) AS bigint) AS number
FROM (
    SELECT
        day,
        kind,
        what,
        number
    FROM event_day_totals
    WHERE
        cast(:mailbox AS uuid) IS NULL
        AND organisation_id = :organisation
        AND kind = any(cast(:kinds AS text[]))
        AND day >= cast(:since AS date)
        AND day < cast(:until AS date)
    UNION ALL
    SELECT
        day,
        kind,
        what,
        number
    FROM event_days
    WHERE
        organisation_id = :organisation
        AND mailbox_id = cast(:mailbox AS uuid)
        AND kind = any(cast(:kinds AS text[]))
        AND day >= cast(:since AS date)
        AND day < cast(:until AS date)
    UNION ALL
    SELECT
        day,
        kind,
        what,
        number
    FROM uncounted_events(:organisation, cast(:kinds AS text[]), cast(:since AS date), cast(:until AS date))
    WHERE cast(:mailbox AS uuid) IS NULL OR mailbox_id = cast(:mailbox AS uuid)
) AS counted
GROUP BY cast(date_trunc(cast(:step AS text), cast(counted.day AS timestamp)) AS date), counted.kind, counted.what
HAVING sum(counted.number) <> 0
ORDER BY day, counted.kind, counted.what;

-- name: list_mailbox_totals
-- How often things happened in some mailboxes: whole months, the days before and after them, and entries since
-- the job last counted.
SELECT
    counted.mailbox_id,
    counted.kind,
    counted.what,
    cast(sum(counted.number) AS bigint) AS number
FROM (
    SELECT
        mailbox_id,
        kind,
        what,
        number
    FROM event_months
    WHERE
        organisation_id = :organisation
        AND mailbox_id = any(cast(:mailboxes AS uuid[]))
        AND kind = any(cast(:kinds AS text[]))
        AND month >= cast(:first_month AS date)
        AND month < cast(:after_months AS date)
    UNION ALL
    SELECT
        mailbox_id,
        kind,
        what,
        number
    FROM event_days
    WHERE
        organisation_id = :organisation
        AND mailbox_id = any(cast(:mailboxes AS uuid[]))
        AND kind = any(cast(:kinds AS text[]))
        AND (
            (day >= cast(:since AS date) AND day < cast(:first_month AS date))
            OR (day >= cast(:after_months AS date) AND day < cast(:until AS date))
        )
    UNION ALL
    SELECT
        mailbox_id,
        kind,
        what,
        number
    FROM uncounted_events(:organisation, cast(:kinds AS text[]), cast(:since AS date), cast(:until AS date))
    WHERE mailbox_id = any(cast(:mailboxes AS uuid[]))
) AS counted
GROUP BY counted.mailbox_id, counted.kind, counted.what
HAVING sum(counted.number) <> 0
ORDER BY counted.mailbox_id, counted.kind, counted.what;

-- name: list_first_answers
-- How many first answers there were, and their median, by step of time, and for all steps in a row without a day; in
-- a mailbox or the whole organisation, read as in list_totals.
WITH
by_step AS (
    SELECT
        cast(date_trunc(cast(:step AS text), cast(counted.day AS timestamp)) AS date) AS day,
        cast(counted.what AS integer) AS minutes,
        sum(counted.number) AS number
    FROM (
        SELECT
            day,
            what,
            number
        FROM event_day_totals
        WHERE
            cast(:mailbox AS uuid) IS NULL
            AND organisation_id = :organisation
            AND kind = any(cast(:kinds AS text[]))
            AND day >= cast(:since AS date)
            AND day < cast(:until AS date)
        UNION ALL
        SELECT
            day,
            what,
            number
        FROM event_days
        WHERE
            organisation_id = :organisation
            AND mailbox_id = cast(:mailbox AS uuid)
            AND kind = any(cast(:kinds AS text[]))
            AND day >= cast(:since AS date)
            AND day < cast(:until AS date)
        UNION ALL
        SELECT
            day,
            what,
            number
        FROM uncounted_events(:organisation, cast(:kinds AS text[]), cast(:since AS date), cast(:until AS date))
        WHERE cast(:mailbox AS uuid) IS NULL OR mailbox_id = cast(:mailbox AS uuid)
    ) AS counted
    GROUP BY cast(date_trunc(cast(:step AS text), cast(counted.day AS timestamp)) AS date), counted.what
),

answers AS (
    SELECT
        day,
        minutes,
        sum(number) AS number
    FROM by_step
    GROUP BY GROUPING SETS ((day, minutes), (minutes))
),

running AS (
    SELECT
        day,
        minutes,
        sum(number) OVER (PARTITION BY day ORDER BY minutes) AS up_to,
        sum(number) OVER (PARTITION BY day) AS total
    FROM answers
)

SELECT
    day,
    cast(total AS bigint) AS number,
    min(minutes) FILTER (WHERE 2 * up_to >= total) AS median
FROM running
WHERE total > 0
GROUP BY day, total
ORDER BY day;

-- name: list_mailbox_first_answers
-- How many first answers there were in some mailboxes, and their medians; read as in list_mailbox_totals.
WITH
answers AS (
    SELECT
        counted.mailbox_id,
        cast(counted.what AS integer) AS minutes,
        sum(counted.number) AS number
    FROM (
        SELECT
            mailbox_id,
            what,
            number
        FROM event_months
        WHERE
            organisation_id = :organisation
            AND mailbox_id = any(cast(:mailboxes AS uuid[]))
            AND kind = any(cast(:kinds AS text[]))
            AND month >= cast(:first_month AS date)
            AND month < cast(:after_months AS date)
        UNION ALL
        SELECT
            mailbox_id,
            what,
            number
        FROM event_days
        WHERE
            organisation_id = :organisation
            AND mailbox_id = any(cast(:mailboxes AS uuid[]))
            AND kind = any(cast(:kinds AS text[]))
            AND (
                (day >= cast(:since AS date) AND day < cast(:first_month AS date))
                OR (day >= cast(:after_months AS date) AND day < cast(:until AS date))
            )
        UNION ALL
        SELECT
            mailbox_id,
            what,
            number
        FROM uncounted_events(:organisation, cast(:kinds AS text[]), cast(:since AS date), cast(:until AS date))
        WHERE mailbox_id = any(cast(:mailboxes AS uuid[]))
    ) AS counted
    GROUP BY counted.mailbox_id, counted.what
),

running AS (
    SELECT
        mailbox_id,
        minutes,
        sum(number) OVER (PARTITION BY mailbox_id ORDER BY minutes) AS up_to,
        sum(number) OVER (PARTITION BY mailbox_id) AS total
    FROM answers
)

SELECT
    mailbox_id,
    cast(total AS bigint) AS number,
    min(minutes) FILTER (WHERE 2 * up_to >= total) AS median
FROM running
WHERE total > 0
GROUP BY mailbox_id, total
ORDER BY mailbox_id;
