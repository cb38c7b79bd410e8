-- Claims the entries of one outbox that are due, over all organisations, under a lease. One whose lease has run out was
-- begun by a worker that ended in the middle: it may have been done.
CREATE FUNCTION claim_outbox(queue text, most integer, lease interval)
RETURNS TABLE (
    organisation_id uuid, id uuid, fence bigint, key text, sealed bytea, attempt integer, is_unsure boolean,
    queued_at timestamptz
)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (
        SELECT o.organisation_id, o.id, o.state FROM outbox AS o
        WHERE o.queue = claim_outbox.queue AND o.state <> 'PARKED' AND o.due_at <= now()
        ORDER BY o.due_at
        LIMIT claim_outbox.most
        FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox AS o
    SET state = 'CLAIMED', fence = o.fence + 1, attempt = o.attempt + 1,
        due_at = now() + claim_outbox.lease, changed_at = clock_timestamp()
    FROM due
    WHERE o.organisation_id = due.organisation_id AND o.id = due.id
    RETURNING o.organisation_id, o.id, o.fence, o.key, o.sealed, o.attempt, due.state = 'CLAIMED', o.queued_at
$$;

REVOKE EXECUTE ON FUNCTION claim_outbox(text, integer, interval) FROM PUBLIC;
