-- What waits in a restored installation, an organisation at a time.

-- name: count_waiting
-- Counts what a worker would do at once: deliveries by transport, and entries of outboxes, with the oldest of each.
SELECT
    'delivery' AS kind,
    transport AS name,
    count(*) AS number,
    min(created_at) AS oldest
FROM deliveries
WHERE organisation_id = :organisation AND state = any(:states)
GROUP BY transport
UNION ALL
SELECT
    'outbox' AS kind,
    queue AS name,
    count(*) AS number,
    min(queued_at) AS oldest
FROM outbox
WHERE organisation_id = :organisation AND state <> 'PARKED'
GROUP BY queue
ORDER BY kind, name;

-- name: list_waiting
-- Lists deliveries of a transport that wait, some at a time.
SELECT id, state
FROM deliveries
WHERE organisation_id = :organisation AND transport = :transport AND state = any(:states)
ORDER BY id
LIMIT :most;

-- name: park_entries
-- Gives up what waits in an outbox, so that somebody may let it be tried anew.
UPDATE outbox
SET state = 'PARKED', failure = :failure, fence = fence + 1, changed_at = clock_timestamp()
WHERE organisation_id = :organisation AND queue = :queue AND state <> 'PARKED';

-- name: drop_entries
-- Forgets what waits in an outbox.
DELETE FROM outbox
WHERE organisation_id = :organisation AND queue = :queue AND state <> 'PARKED';
