-- Organisations that are being moved from one installation to another.

-- name: list_under_way
-- Lists them by name, and tells whether a command is moving each: it holds a lock the whole time (`sides`).
SELECT
    o.slug,
    o.name,
    o.state,
    o.state_at,
    exists(
        SELECT FROM pg_locks AS l
        WHERE
            l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
            AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
            AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended(o.id::text, 53)
    ) AS is_running
FROM organisations AS o
WHERE o.state IN ('leaving', 'moving', 'arriving')
ORDER BY o.name, o.id;
