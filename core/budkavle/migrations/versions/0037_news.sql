-- Lists the organisations where members may have to be told of something: the event log has grown where somebody has
-- chosen to be told, or something is due. It says nothing else of them.
CREATE FUNCTION organisations_with_news(place text) RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.organisation_id
    FROM counters c
    JOIN audit_heads h ON h.organisation_id = c.organisation_id AND h.number > c.value
    WHERE c.name = place
      AND EXISTS (SELECT FROM notice_choices n WHERE n.organisation_id = c.organisation_id AND n.pace <> 'off')
    UNION
    SELECT n.organisation_id FROM member_news n WHERE n.due_at <= now();
$$;

REVOKE ALL ON FUNCTION organisations_with_news(text) FROM PUBLIC;
