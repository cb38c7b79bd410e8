-- Lists what is new in one lane by priority, organisation and destination, each with the time when its first delivery
-- is due. It steps from one to the next by the index, so that it costs what there are of these and not of deliveries.
CREATE FUNCTION list_lane(lane text)
RETURNS TABLE (priority smallint, organisation_id uuid, destination bigint, due_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_sort = off SET enable_incremental_sort = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE part AS (
        (SELECT d.priority, d.organisation_id, d.destination, d.due_at FROM deliveries d
         WHERE (d.state = 'READY_TO_SEND' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt = 0)) AND d.transport = lane
         ORDER BY d.priority, d.organisation_id, d.destination, d.due_at LIMIT 1)
        UNION ALL
        SELECT after.* FROM part CROSS JOIN LATERAL (
            SELECT d.priority, d.organisation_id, d.destination, d.due_at FROM deliveries d
            WHERE (d.state = 'READY_TO_SEND' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt = 0)) AND d.transport = lane
              AND (d.priority, d.organisation_id, d.destination) > (part.priority, part.organisation_id, part.destination)
            ORDER BY d.priority, d.organisation_id, d.destination, d.due_at LIMIT 1) after
    ) SELECT part.priority, part.organisation_id, part.destination, part.due_at FROM part
    WHERE part.due_at <= now()
      AND NOT EXISTS (SELECT FROM organisations o WHERE o.id = part.organisation_id AND o.state <> 'active');
END $$;

-- Claims one lane's deliveries that are due, under a lease: new ones of the given parts of the lane, in their order and
-- as many of each as it has room for, then what is tried again. One place is kept for the latter, so that it goes, too,
-- while much is new. Of the destinations in `shut` nothing is tried again.
--
-- `died`: a worker ended in the middle of handing it over; `crashes` counts such ends, `attempt` counts tries. One
-- whose worker ended before its turn came is neither.
CREATE FUNCTION claim_lane_v3(
    lane text, most integer, lease interval,
    priorities smallint[], organisations uuid[], destinations bigint[], rooms integer[], shut bigint[]
)
RETURNS TABLE (
    organisation_id uuid, id uuid, fence bigint, crashes integer, died boolean, kept boolean, destination bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
-- By the lane's own indexes and in their order (hence the id), however much waits in other lanes: of a LIMIT whose
-- number it does not know, the planner expects much. One plan for each connection, since a worker asks all the time.
SET enable_seqscan = off SET enable_sort = off SET enable_incremental_sort = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    paused uuid[] := ARRAY(SELECT o.id FROM organisations o WHERE o.state <> 'active');
BEGIN
    RETURN QUERY
    WITH retried AS MATERIALIZED (
        SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at, 2 AS turn FROM deliveries d
        WHERE (d.state = 'SEND_IN_PROGRESS' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt > 0))
          AND d.transport = lane AND d.due_at <= now() AND d.organisation_id <> ALL(paused)
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
          AND d.destination <> ALL(shut)
        ORDER BY d.due_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), fresh AS MATERIALIZED (
        SELECT one.organisation_id, one.id, one.state, one.begun_at, one.due_at, 1 AS turn
        FROM unnest(priorities, organisations, destinations, rooms) AS part (priority, organisation, destination, room)
        CROSS JOIN LATERAL (
            SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at FROM deliveries d
            WHERE (d.state = 'READY_TO_SEND' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt = 0))
              AND d.transport = lane AND d.priority = part.priority AND d.organisation_id = part.organisation
              AND d.destination = part.destination AND d.due_at <= now() AND d.organisation_id <> ALL(paused)
            ORDER BY d.due_at, d.id LIMIT part.room FOR UPDATE SKIP LOCKED
        ) one LIMIT greatest(most - (SELECT count(*) FROM retried), 1)
    ), again AS MATERIALIZED (
        SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at, 2 AS turn FROM deliveries d
        WHERE (d.state = 'SEND_IN_PROGRESS' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt > 0))
          AND d.transport = lane AND d.due_at <= now() AND d.organisation_id <> ALL(paused)
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
          AND d.destination <> ALL(shut)
          AND d.id <> ALL(ARRAY(SELECT r.id FROM retried r))
        ORDER BY d.due_at, d.id
        LIMIT greatest(most - (SELECT count(*) FROM retried) - (SELECT count(*) FROM fresh), 0) FOR UPDATE SKIP LOCKED
    ), due AS (
        SELECT * FROM fresh UNION ALL SELECT * FROM retried WHERE (SELECT count(*) FROM fresh) < most
        UNION ALL SELECT * FROM again
    ), claimed AS (
        UPDATE deliveries d
        SET state = 'SEND_IN_PROGRESS', fence = d.fence + 1, begun_at = NULL,
            attempt = d.attempt + CASE WHEN due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NULL THEN 0 ELSE 1 END,
            crashes = d.crashes + CASE WHEN due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NOT NULL THEN 1 ELSE 0 END,
            lease_until = now() + lease, due_at = now() + lease, changed_at = now()
        FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
        RETURNING d.organisation_id, d.id, d.fence, d.crashes,
            due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NOT NULL AS died,
            d.wire IS NOT NULL OR d.wire_blob IS NOT NULL AS kept, d.destination, due.turn, due.due_at
    ) SELECT c.organisation_id, c.id, c.fence, c.crashes, c.died, c.kept, c.destination FROM claimed c
    ORDER BY c.turn, c.due_at, c.id;
END $$;

REVOKE ALL ON FUNCTION list_lane(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION claim_lane_v3(
    text, integer, interval, smallint[], uuid[], bigint[], integer[], bigint[]
) FROM PUBLIC;
