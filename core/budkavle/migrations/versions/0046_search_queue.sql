-- Lists the organisations where cases are to be written into the index. It says nothing else of them.
-- It steps from one organisation to the next in the index of what waits: the planner takes nearly all cases for
-- waiting, and would read them all each second.
CREATE OR REPLACE FUNCTION organisations_to_index() RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE waiting (id) AS (
        (
            SELECT s.organisation_id FROM search_cases s
            WHERE s.mark <> s.done AND s.marked_at <= now()
            ORDER BY s.organisation_id, s.marked_at
            LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT s.organisation_id FROM search_cases s
            WHERE s.mark <> s.done AND s.marked_at <= now() AND s.organisation_id > w.id
            ORDER BY s.organisation_id, s.marked_at
            LIMIT 1
        )
        FROM waiting w
        WHERE w.id IS NOT NULL
    )
    SELECT w.id FROM waiting w WHERE w.id IS NOT NULL
    UNION
    SELECT b.organisation_id FROM search_backfills b;
$$;
