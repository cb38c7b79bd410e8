-- The tables with rows of organisations.

-- name: list_tables
-- Lists the tables with rows of organisations, each with a role that may delete from it and that the current role may
-- assume: the working role of the table's plugin, or empty for the current role itself.
SELECT
    c.relname AS name,
    coalesce(
        (
            SELECT min(r.rolname)
            FROM pg_roles r
            WHERE
                r.rolname <> current_user
                AND pg_has_role(current_user, r.oid, 'MEMBER')
                AND has_table_privilege(r.oid, c.oid, 'DELETE')
        ),
        ''
    ) AS role
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid
WHERE
    c.relnamespace = 'public'::regnamespace
    AND c.relkind IN ('r', 'p')
    AND a.attname = 'organisation_id'
    AND NOT a.attisdropped
ORDER BY c.relname;
