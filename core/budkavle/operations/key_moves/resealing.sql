-- What resealing cannot reach.

-- name: list_plugins
-- Lists the plugins that have tables with binary columns here, including those that are switched off.
SELECT plugin.name
FROM (
    SELECT substr(t.tablename, length('alembic_version_') + 1) AS name
    FROM pg_tables t
    WHERE t.schemaname = 'public' AND t.tablename LIKE 'alembic\_version\_%'
) plugin
WHERE
    EXISTS (
        SELECT
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE
            c.relnamespace = 'public'::regnamespace
            AND c.relkind IN ('r', 'p')
            AND starts_with(c.relname, plugin.name || '_')
            AND a.atttypid = 'bytea'::regtype
            AND NOT a.attisdropped
    )
ORDER BY plugin.name;
