-- What waits in a restored installation, an organisation at a time.

-- name: count_waiting
-- Counts what a worker would do at once: deliveries by transport, and outbox entries by queue, with the oldest of each.
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
-- Lists waiting deliveries of a transport in portions: all of them, or only those with the given ids.
SELECT id, state
FROM deliveries
WHERE
    organisation_id = :organisation
    AND transport = :transport
    AND state = any(:states)
    AND (cast(:only AS uuid[]) IS NULL OR id = any(cast(:only AS uuid[])))
ORDER BY id
LIMIT :most;
