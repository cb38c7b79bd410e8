-- The functions that see more than one organisation, or that may write what the working role may not.
-- Each runs as the owner with a search path of its own; the working role alone may call them (see database.migrate).

-- Appends one entry to an organisation's event log and its hash chain.
-- hash = sha256(previous hash || number in decimal || entry); the first previous hash is sha256(organisation id).
CREATE FUNCTION audit_append(organisation uuid, at timestamptz, kind text, entry text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head audit_heads;
BEGIN
    IF organisation IS DISTINCT FROM NULLIF(current_setting('budkavle.organisation', true), '')::uuid THEN
        RAISE insufficient_privilege USING MESSAGE = 'the event log belongs to another organisation';
    END IF;
    INSERT INTO audit_heads VALUES (organisation, 0, sha256(convert_to(organisation::text, 'UTF8')))
        ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM audit_heads WHERE organisation_id = organisation FOR UPDATE;
    head.number := head.number + 1;
    head.hash := sha256(head.hash || convert_to(head.number::text, 'UTF8') || convert_to(entry, 'UTF8'));
    INSERT INTO audit_log (organisation_id, number, at, kind, entry, hash)
        VALUES (organisation, head.number, at, kind, entry, head.hash);
    UPDATE audit_heads SET number = head.number, hash = head.hash WHERE organisation_id = organisation;
    RETURN head.number;
END $$;

-- Claims deliveries that are due, over all organisations, under a lease; the fence tells a late worker from the next.
CREATE FUNCTION claim_deliveries(most integer, lease interval)
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
    SET state = 'SEND_IN_PROGRESS', attempt = d.attempt + 1, fence = d.fence + 1,
        lease_until = now() + lease, due_at = now() + lease, changed_at = now()
    FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
    RETURNING d.organisation_id, d.id, d.fence;
$$;

-- Finds whose account an e-mail address is, before anybody is signed in.
CREATE FUNCTION find_account(address text) RETURNS TABLE (organisation_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u.organisation_id, u.id FROM users u WHERE u.email = lower(address) AND u.active;
$$;

REVOKE ALL ON FUNCTION audit_append(uuid, timestamptz, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION claim_deliveries(integer, interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION find_account(text) FROM PUBLIC;
