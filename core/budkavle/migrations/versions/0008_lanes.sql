-- Claims one transport's deliveries that are due, over all organisations, under a lease. What nobody has tried comes
-- before what is tried again, so that a destination that is dead does not stop the others.
--
-- `died`: a worker ended in the middle of handing it over; `crashes` counts such ends, `attempt` counts tries. One
-- whose worker ended before its turn came is neither.
CREATE FUNCTION claim_lane(lane text, most integer, lease interval)
RETURNS TABLE (organisation_id uuid, id uuid, fence bigint, crashes integer, died boolean, kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
-- By the lane's own indexes and in their order (hence the id), however much waits in other lanes: of a LIMIT whose
-- number it does not know, the planner expects much. One plan for each connection, since a worker asks all the time.
SET enable_seqscan = off SET enable_sort = off SET enable_incremental_sort = off
SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    WITH fresh AS (
        SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at, 1 AS turn FROM deliveries d
        WHERE (d.state = 'READY_TO_SEND' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt = 0))
          AND d.transport = lane AND d.due_at <= now()
        ORDER BY d.due_at, d.id LIMIT most FOR UPDATE SKIP LOCKED
    ), again AS (
        SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at, 2 AS turn FROM deliveries d
        WHERE (d.state = 'SEND_IN_PROGRESS' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt > 0))
          AND d.transport = lane AND d.due_at <= now()
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
        ORDER BY d.due_at, d.id LIMIT most - (SELECT count(*) FROM fresh) FOR UPDATE SKIP LOCKED
    ), due AS (SELECT * FROM fresh UNION ALL SELECT * FROM again), claimed AS (
        UPDATE deliveries d
        SET state = 'SEND_IN_PROGRESS', fence = d.fence + 1, begun_at = NULL,
            attempt = d.attempt + CASE WHEN due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NULL THEN 0 ELSE 1 END,
            crashes = d.crashes + CASE WHEN due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NOT NULL THEN 1 ELSE 0 END,
            lease_until = now() + lease, due_at = now() + lease, changed_at = now()
        FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
        RETURNING d.organisation_id, d.id, d.fence, d.crashes,
            due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NOT NULL AS died,
            d.wire IS NOT NULL OR d.wire_blob IS NOT NULL AS kept, due.turn, due.due_at
    ) SELECT c.organisation_id, c.id, c.fence, c.crashes, c.died, c.kept FROM claimed c
    ORDER BY c.turn, c.due_at, c.id;
END $$;

-- Claims what is due by transports that are not among the known ones, as those of a plugin that is switched off.
CREATE FUNCTION claim_others(known text[], most integer, lease interval)
RETURNS TABLE (organisation_id uuid, id uuid, fence bigint, crashes integer, died boolean, kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH due AS (
        SELECT d.organisation_id, d.id FROM deliveries d
        WHERE d.state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS')
          AND d.due_at <= now() AND d.transport <> ALL(known)
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
        ORDER BY d.due_at LIMIT most FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d
    SET state = 'SEND_IN_PROGRESS', fence = d.fence + 1, begun_at = NULL, attempt = d.attempt + 1,
        lease_until = now() + lease, due_at = now() + lease, changed_at = now()
    FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
    RETURNING d.organisation_id, d.id, d.fence, d.crashes, false, d.wire IS NOT NULL OR d.wire_blob IS NOT NULL;
END $$;

-- As `claim_deliveries` of 0001, which workers of the version before call: it says, too, that nothing has begun.
CREATE OR REPLACE FUNCTION claim_deliveries(most integer, lease interval)
RETURNS TABLE (organisation_id uuid, id uuid, fence bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (
        SELECT d.organisation_id, d.id FROM deliveries d
        WHERE d.state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS')
          AND d.due_at <= now()
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
        ORDER BY d.due_at LIMIT most FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d
    SET state = 'SEND_IN_PROGRESS', attempt = d.attempt + 1, fence = d.fence + 1, begun_at = NULL,
        lease_until = now() + lease, due_at = now() + lease, changed_at = now()
    FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
    RETURNING d.organisation_id, d.id, d.fence;
$$;

REVOKE ALL ON FUNCTION claim_lane(text, integer, interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION claim_others(text[], integer, interval) FROM PUBLIC;
