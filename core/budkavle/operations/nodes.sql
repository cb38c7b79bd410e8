-- The nodes of the installation. A process reports by `beat` that it is alive. Whether its node is in service is stored
-- in `nodes`, which outlives the processes.

-- name: beat
-- Records that a process is alive, adds its node if it is new, and returns whether the node is in service, and how many
-- organisations have been removed: their keys must not stay in memory. It also returns a move of the keys that has
-- been announced.
WITH node AS (
    INSERT INTO nodes AS n (name, kind, changed_at)
    VALUES (:name, :kind, now())
    ON CONFLICT (name, kind) DO NOTHING
    RETURNING n.in_service
),

beat AS (
    INSERT INTO node_processes (id, name, kind, address, process, version, started_at, seen_at, facts)
    VALUES (:id, :name, :kind, :address, :process, :version, :started_at, now(), :facts)
    ON CONFLICT (id) DO UPDATE SET seen_at = now(), facts = excluded.facts
    RETURNING id
)

SELECT
    coalesce(
        (SELECT n.in_service FROM node n),
        (SELECT n.in_service FROM nodes n WHERE n.name = :name AND n.kind = :kind),
        true
    ) AS in_service,
    clock_timestamp() AS at,
    (SELECT count(*) FROM removals r WHERE r.state IN ('APPROVED', 'DONE')) AS removals,
    (SELECT i.value FROM installation i WHERE i.name = 'key-move') AS key_move
FROM beat;

-- name: list_nodes
-- Lists the nodes with the processes of each, the youngest first; a node without any has one row.
SELECT
    n.name,
    n.kind,
    n.in_service,
    n.changed_at,
    p.address,
    p.process,
    p.version,
    p.started_at,
    p.seen_at,
    p.facts,
    p.seen_at < now() - interval '2 minutes' AS is_silent
FROM nodes n
LEFT JOIN node_processes p
    ON
        p.name = n.name
        AND p.kind = n.kind
ORDER BY n.name, n.kind, p.started_at DESC, p.id;

-- name: is_in_service
-- Tells whether a node is in service.
SELECT in_service
FROM nodes
WHERE name = :name AND kind = :kind;

-- name: change_service
-- Takes a node out of service, or puts it in service.
UPDATE nodes
SET in_service = :in_service, changed_at = now()
WHERE name = :name AND kind = :kind
RETURNING name;

-- name: forget_node
-- Deletes a node and its processes.
WITH gone AS (
    DELETE FROM node_processes
    WHERE name = :name AND kind = :kind
)

DELETE FROM nodes
WHERE name = :name AND kind = :kind;

-- name: forget_processes
-- Deletes the processes that have been silent for long.
DELETE FROM node_processes
WHERE seen_at < now() - cast(:gone AS interval)
RETURNING id;

-- name: end_process
-- Deletes a process that ends.
DELETE FROM node_processes
WHERE id = :id;

-- name: count_due
-- Counts what is due for sending by transport, in all organisations.
SELECT transport, due, oldest
FROM count_due_deliveries();
