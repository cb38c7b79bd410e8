-- name: find_old_rows
-- Finds the queue with the most rows that are deleted or replaced, and that the last vacuum could not remove.
SELECT relname AS name, n_dead_tup AS number
FROM pg_stat_user_tables
WHERE
    relid = any(cast(:tables AS regclass[]))
    AND greatest(last_vacuum, last_autovacuum) > now() - interval '1 hour'
    AND n_dead_tup > :most
ORDER BY n_dead_tup DESC
LIMIT 1;
