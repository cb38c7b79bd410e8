CREATE OR REPLACE FUNCTION claim_others(known text[], most integer, lease interval)
RETURNS TABLE (organisation_id uuid, id uuid, fence bigint, crashes integer, died boolean, kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH due AS (
        SELECT d.organisation_id, d.id, d.state = 'SEND_IN_PROGRESS' AND d.begun_at IS NULL AS waited,
            d.state = 'SEND_IN_PROGRESS' AND d.begun_at IS NOT NULL AS died
        FROM deliveries d
        WHERE d.state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS')
          AND d.due_at <= now() AND d.transport <> ALL(known)
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
        ORDER BY d.due_at LIMIT most FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d
    SET state = 'SEND_IN_PROGRESS', fence = d.fence + 1, begun_at = NULL,
        attempt = d.attempt + CASE WHEN due.waited THEN 0 ELSE 1 END,
        crashes = d.crashes + CASE WHEN due.died THEN 1 ELSE 0 END,
        lease_until = now() + lease, due_at = now() + lease, changed_at = now()
    FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
    RETURNING d.organisation_id, d.id, d.fence, d.crashes, due.died, d.wire IS NOT NULL OR d.wire_blob IS NOT NULL;
END $$;
