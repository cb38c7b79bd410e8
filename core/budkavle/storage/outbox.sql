-- The outboxes of plugins. For WAITING and CLAIMED entries, due_at is when they are due; for a claimed one this is the
-- end of its lease. PARKED entries have been given up.

-- name: enqueue
-- Adds an entry, unless there is one with its key.
INSERT INTO outbox (
    organisation_id, id, queue, key, sealed, state, due_at, queued_at, changed_at
)
VALUES (
    :organisation,
    :id,
    :queue,
    cast(:key AS text),
    :sealed,
    'WAITING',
    now() + cast(:delay AS interval),
    clock_timestamp(),
    clock_timestamp()
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: claim
-- Claims due entries of one outbox, in all organisations; none during a quarantine.
SELECT *
FROM claim_outbox(
    CASE
        WHEN NOT EXISTS (SELECT 1 FROM installation WHERE name = 'quarantine') THEN cast(:queue AS text)
    END,
    :most,
    cast(:lease AS interval)
);

-- name: renew
-- Renews the lease of an entry that is being handled.
UPDATE outbox
SET due_at = now() + cast(:lease AS interval)
WHERE
    organisation_id = :organisation
    AND id = :id
    AND fence = :fence
    AND state = 'CLAIMED'
RETURNING id;

-- name: finish
-- Deletes an entry that is done, unless another worker has claimed it since.
DELETE FROM outbox
WHERE organisation_id = :organisation AND id = :id AND fence = :fence
RETURNING id;

-- name: postpone
-- Postpones an entry to another attempt. If it was not attempted, the attempt is not counted.
UPDATE outbox
SET
    state = 'WAITING',
    due_at = now() + cast(:pause AS interval),
    failure = :failure,
    attempt = attempt - CASE WHEN cast(:counts AS boolean) THEN 0 ELSE 1 END,
    unsure = unsure OR cast(:unsure AS boolean),
    changed_at = clock_timestamp()
WHERE organisation_id = :organisation AND id = :id AND fence = :fence
RETURNING id;

-- name: park
-- Gives an entry up.
UPDATE outbox
SET
    state = 'PARKED',
    failure = :failure,
    unsure = unsure OR cast(:unsure AS boolean),
    changed_at = clock_timestamp()
WHERE organisation_id = :organisation AND id = :id AND fence = :fence
RETURNING id;

-- name: retry_parked
-- Schedules parked entries for a retry.
UPDATE outbox
SET
    state = 'WAITING',
    attempt = 0,
    due_at = now(),
    changed_at = clock_timestamp()
WHERE organisation_id = :organisation AND queue = :queue AND state = 'PARKED'
RETURNING id;

-- name: count
-- Counts by outbox what waits, what is late, and what was given up.
SELECT
    queue,
    count(*) FILTER (WHERE state <> 'PARKED') AS waiting,
    count(*) FILTER (
        WHERE state <> 'PARKED' AND due_at < now() - cast(:late AS interval)
    ) AS late,
    count(*) FILTER (WHERE state = 'PARKED') AS parked
FROM outbox
WHERE organisation_id = :organisation
GROUP BY queue
ORDER BY queue;

-- name: sweep
-- Deletes what plugins gave up long ago; the core's own entries stay until they are done.
DELETE FROM outbox
WHERE
    organisation_id = :organisation
    AND state = 'PARKED'
    AND NOT starts_with(queue, :core)
    AND changed_at < now() - cast(:kept AS interval);

-- name: give_up_waiting
-- Gives up what waits in an outbox of a restored installation, in portions; workers that have claimed it lose it.
UPDATE outbox AS given
SET
    state = 'PARKED',
    failure = :failure,
    fence = given.fence + 1,
    unsure = TRUE,
    changed_at = clock_timestamp()
FROM (
    SELECT id
    FROM outbox
    WHERE organisation_id = :organisation AND queue = :queue AND state <> 'PARKED'
    ORDER BY queued_at
    LIMIT 200
) AS waiting
WHERE given.organisation_id = :organisation AND given.id = waiting.id
RETURNING
    given.organisation_id,
    given.id,
    given.fence,
    given.key,
    given.sealed,
    given.attempt,
    given.unsure AS is_unsure,
    given.queued_at;

-- name: forget
-- Deletes entries.
DELETE FROM outbox
WHERE organisation_id = :organisation AND id = any(:ids);
