-- As `claim_lane`, without the deliveries of organisations that are paused or are being removed. A job lets those wait
-- for a day at a time (see `organisation_states.py`), so that they are not read past at each claim.
CREATE FUNCTION claim_lane_v2(lane text, most integer, lease interval)
RETURNS TABLE (organisation_id uuid, id uuid, fence bigint, crashes integer, died boolean, kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_sort = off SET enable_incremental_sort = off
SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    paused uuid[] := ARRAY(SELECT o.id FROM organisations o WHERE o.state <> 'active');
BEGIN
    RETURN QUERY
    WITH fresh AS (
        SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at, 1 AS turn FROM deliveries d
        WHERE (d.state = 'READY_TO_SEND' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt = 0))
          AND d.transport = lane AND d.due_at <= now() AND d.organisation_id <> ALL(paused)
        ORDER BY d.due_at, d.id LIMIT most FOR UPDATE SKIP LOCKED
    ), again AS (
        SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at, 2 AS turn FROM deliveries d
        WHERE (d.state = 'SEND_IN_PROGRESS' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt > 0))
          AND d.transport = lane AND d.due_at <= now() AND d.organisation_id <> ALL(paused)
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

-- As `claim_others`, without the deliveries of organisations that are paused or are being removed.
CREATE FUNCTION claim_others_v2(known text[], most integer, lease interval)
RETURNS TABLE (organisation_id uuid, id uuid, fence bigint, crashes integer, died boolean, kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    paused uuid[] := ARRAY(SELECT o.id FROM organisations o WHERE o.state <> 'active');
BEGIN
    RETURN QUERY
    WITH due AS (
        SELECT d.organisation_id, d.id, d.state = 'SEND_IN_PROGRESS' AND d.begun_at IS NULL AS waited,
            d.state = 'SEND_IN_PROGRESS' AND d.begun_at IS NOT NULL AS died
        FROM deliveries d
        WHERE d.state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS')
          AND d.due_at <= now() AND d.transport <> ALL(known) AND d.organisation_id <> ALL(paused)
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

-- Counts the open accounts of some organisations: numbers only.
CREATE FUNCTION count_accounts(ids uuid[])
RETURNS TABLE (organisation_id uuid, accounts bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u.organisation_id, count(*) FROM users u
    WHERE u.organisation_id = ANY(ids) AND u.active GROUP BY u.organisation_id
$$;

-- Lists the numbers of all organisations, as each says it.
CREATE FUNCTION list_organisation_numbers()
RETURNS TABLE (organisation_id uuid, number text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.organisation_id, s.chosen ->> 'number' FROM settings s
    WHERE s.section = 'budkavle.information' AND s.chosen ? 'number'
$$;

-- Lists the open accounts that administer the whole installation, in whichever organisation they are.
CREATE FUNCTION list_installation_administrators()
RETURNS TABLE (organisation_id uuid, id uuid, name text, email text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u.organisation_id, u.id, u.name, u.email FROM users u
    WHERE u.role = 'platform' AND u.active ORDER BY u.name, u.id
$$;

-- Counts what is due to be sent by transport, in all organisations that work: numbers only.
CREATE FUNCTION count_due_deliveries()
RETURNS TABLE (transport text, due bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT d.transport, count(*), min(d.due_at) FROM deliveries d
    JOIN organisations o ON o.id = d.organisation_id AND o.state = 'active'
    WHERE d.state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS') AND d.due_at <= now()
    GROUP BY d.transport ORDER BY d.transport
$$;

REVOKE ALL ON FUNCTION claim_lane_v2(text, integer, interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION claim_others_v2(text[], integer, interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION count_accounts(uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION list_organisation_numbers() FROM PUBLIC;
REVOKE ALL ON FUNCTION list_installation_administrators() FROM PUBLIC;
REVOKE ALL ON FUNCTION count_due_deliveries() FROM PUBLIC;
