-- As claim_outbox of 0054, but an entry that may have been handled stays unsure at all later attempts.
CREATE OR REPLACE FUNCTION claim_outbox(queue text, most integer, lease interval)
RETURNS TABLE (
    organisation_id uuid, id uuid, fence bigint, key text, sealed bytea, attempt integer, is_unsure boolean,
    queued_at timestamptz
)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (
        SELECT o.organisation_id, o.id, o.state FROM outbox AS o
        WHERE o.queue = claim_outbox.queue AND o.state <> 'PARKED' AND o.due_at <= now()
          AND o.organisation_id <> ALL(ARRAY(
              SELECT x.id FROM organisations AS x WHERE x.state IN ('leaving', 'moving', 'moved', 'arriving')
          ))
        ORDER BY o.due_at
        LIMIT claim_outbox.most
        FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox AS o
    SET state = 'CLAIMED', fence = o.fence + 1, attempt = o.attempt + 1, unsure = o.unsure OR due.state = 'CLAIMED',
        due_at = now() + claim_outbox.lease, changed_at = clock_timestamp()
    FROM due
    WHERE o.organisation_id = due.organisation_id AND o.id = due.id
    RETURNING o.organisation_id, o.id, o.fence, o.key, o.sealed, o.attempt, o.unsure, o.queued_at
$$;
