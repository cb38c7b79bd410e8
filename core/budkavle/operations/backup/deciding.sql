-- What waits in a restored installation, an organisation at a time.

-- name: count_waiting
-- Counts what a worker would do at once: deliveries by transport, and entries of outboxes, with the oldest of each.
SELECT
    'delivery' AS kind,
    transport AS name,
    count(*) AS number,
    min(created_at) AS oldest,
    count(*) FILTER (WHERE id = any(cast(:handed_over AS uuid[]))) AS gone
FROM deliveries
WHERE organisation_id = :organisation AND state = any(:states)
GROUP BY transport
UNION ALL
SELECT
    'outbox' AS kind,
    queue AS name,
    count(*) AS number,
    min(queued_at) AS oldest,
    count(*) FILTER (WHERE id = any(cast(:handled AS uuid[]))) AS gone
FROM outbox
WHERE organisation_id = :organisation AND state <> 'PARKED'
GROUP BY queue
ORDER BY kind, name;

-- name: list_waiting
-- Lists deliveries of a transport that wait, some at a time: all, or only some ids.
SELECT id, state
FROM deliveries
WHERE
    organisation_id = :organisation
    AND transport = :transport
    AND state = any(:states)
    AND (cast(:only AS uuid[]) IS NULL OR id = any(cast(:only AS uuid[])))
ORDER BY id
LIMIT :most;
