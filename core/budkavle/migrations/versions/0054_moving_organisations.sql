-- Keeps an organisation that is being moved to another installation from being written to, in both of them. Triggers
-- that name the organisation call it, from the beginning of its move until its old rows are gone.
--
-- Who writes holds a shared lock until the transaction ends, so whoever has changed the state waits for the exclusive
-- one, and knows then that nothing more comes. What looks over all organisations, as a claim does, passes them over.
CREATE FUNCTION refuse_moving() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    here organisations;
BEGIN
    IF current_setting('budkavle.mover', true) IS DISTINCT FROM tg_argv[0] THEN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(tg_argv[0], 52));
        SELECT * INTO here FROM organisations o WHERE o.id = tg_argv[0]::uuid;
        IF here.state IN ('moving', 'moved', 'arriving') THEN
            IF coalesce(current_setting('budkavle.organisation', true), '') = '' THEN
                RETURN NULL;
            ELSIF here.state = 'moved' THEN
                RAISE EXCEPTION USING ERRCODE = 'BK002', MESSAGE = here.moved_to;
            END IF;
            RAISE EXCEPTION USING ERRCODE = 'BK001', MESSAGE = 'the organisation is being moved';
        END IF;
    END IF;
    IF tg_op = 'DELETE' THEN
        RETURN old;
    END IF;
    RETURN new;
END $$;

-- As claim_outbox of 0011, but not of organisations that are on their way to another installation, or from one.
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
    SET state = 'CLAIMED', fence = o.fence + 1, attempt = o.attempt + 1,
        due_at = now() + claim_outbox.lease, changed_at = clock_timestamp()
    FROM due
    WHERE o.organisation_id = due.organisation_id AND o.id = due.id
    RETURNING o.organisation_id, o.id, o.fence, o.key, o.sealed, o.attempt, due.state = 'CLAIMED', o.queued_at
$$;

REVOKE ALL ON FUNCTION refuse_moving() FROM PUBLIC;
