-- Queries for reading an archive of an organisation.

-- name: list_keys
-- Lists the columns of the primary keys of all tables, in order.
SELECT
    c.relname AS table_name,
    array_agg(a.attname::text ORDER BY array_position(i.indkey::smallint[], a.attnum)) AS key_columns
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = any(i.indkey)
WHERE
    i.indisprimary
    AND c.relnamespace = 'public'::regnamespace
GROUP BY c.relname;
