-- Writes an entry of the event log with the transaction that did what it tells. It waits for nobody: the entry gets
-- its number and its place in the chain afterwards, by audit_chain.
CREATE FUNCTION audit_write(organisation uuid, at timestamptz, kind text, entry text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF organisation IS DISTINCT FROM NULLIF(current_setting('budkavle.organisation', true), '')::uuid THEN
        RAISE insufficient_privilege USING MESSAGE = 'the event log belongs to another organisation';
    END IF;
    INSERT INTO audit_pending (organisation_id, at, kind, entry) VALUES (organisation, at, kind, entry);
END $$;

-- Numbers and links the oldest entries that wait, at most so many, and returns how many. The lock on the head lets one
-- do it at a time, and keeps audit_append of the release before in the same chain. It is all one transaction with the
-- caller's: one that is cut off leaves the entries waiting. Who does not wait skips a log that another one chains;
-- who does gives up after half a second, so that a frozen process stops no reader.
-- What a writer had seen was committed, so it has a lower id, or has been chained before.
CREATE FUNCTION audit_chain(organisation uuid, most integer, waits boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    head audit_heads;
    waiting record;
    chained integer := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM audit_pending p WHERE p.organisation_id = organisation) THEN
        RETURN 0;
    END IF;
    INSERT INTO audit_heads VALUES (organisation, 0, sha256(convert_to(organisation::text, 'UTF8')))
        ON CONFLICT DO NOTHING;
    IF waits THEN
        SELECT * INTO head FROM audit_heads h WHERE h.organisation_id = organisation FOR UPDATE;
    ELSE
        SELECT * INTO head FROM audit_heads h WHERE h.organisation_id = organisation FOR UPDATE SKIP LOCKED;
    END IF;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    FOR waiting IN
        WITH taken AS (
            DELETE FROM audit_pending p
            WHERE p.organisation_id = organisation AND p.id = ANY (ARRAY(
                SELECT o.id FROM audit_pending o WHERE o.organisation_id = organisation ORDER BY o.id LIMIT most
            ))
            RETURNING p.id, p.at, p.kind, p.entry
        )
        SELECT * FROM taken ORDER BY id
    LOOP
        head.number := head.number + 1;
        head.hash := sha256(
            head.hash || convert_to(head.number::text, 'UTF8') || convert_to(waiting.entry, 'UTF8')
        );
        INSERT INTO audit_log (organisation_id, number, at, kind, entry, hash)
            VALUES (organisation, head.number, waiting.at, waiting.kind, waiting.entry, head.hash);
        chained := chained + 1;
    END LOOP;
    UPDATE audit_heads h SET number = head.number, hash = head.hash WHERE h.organisation_id = organisation;
    RETURN chained;
EXCEPTION WHEN lock_not_available THEN
    RETURN 0;
END $$;

-- Lists the organisations whose logs have entries that wait, and since when. It says nothing else of them.
CREATE FUNCTION organisations_to_chain() RETURNS TABLE (organisation_id uuid, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE waiting AS (
        (
            SELECT p.organisation_id, p.written_at FROM audit_pending p
            ORDER BY p.organisation_id, p.id LIMIT 1
        )
        UNION ALL
        SELECT later.organisation_id, later.written_at
        FROM waiting w
        CROSS JOIN LATERAL (
            SELECT p.organisation_id, p.written_at FROM audit_pending p
            WHERE p.organisation_id > w.organisation_id
            ORDER BY p.organisation_id, p.id LIMIT 1
        ) AS later
    )
    SELECT w.organisation_id, w.written_at FROM waiting w;
$$;

-- As remove_event_log of 0025, with the entries that wait.
CREATE OR REPLACE FUNCTION remove_event_log(organisation uuid)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entries bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM organisations o WHERE o.id = organisation AND o.state = 'removing') THEN
        RAISE EXCEPTION 'the organisation is not being removed';
    END IF;
    DELETE FROM audit_pending p WHERE p.organisation_id = organisation;
    DELETE FROM audit_log l WHERE l.organisation_id = organisation;
    GET DIAGNOSTICS entries = ROW_COUNT;
    DELETE FROM audit_heads h WHERE h.organisation_id = organisation;
    DELETE FROM audit_seals s WHERE s.organisation_id = organisation;
    RETURN entries;
END $$;

-- As organisations_with_news of 0037, also where something has been written that has no number yet.
CREATE OR REPLACE FUNCTION organisations_with_news(place text) RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.organisation_id
    FROM counters c
    LEFT JOIN audit_heads h ON h.organisation_id = c.organisation_id
    WHERE c.name = place
      AND (h.number > c.value OR EXISTS (SELECT FROM audit_pending p WHERE p.organisation_id = c.organisation_id))
      AND EXISTS (SELECT FROM notice_choices n WHERE n.organisation_id = c.organisation_id AND n.pace <> 'off')
    UNION
    SELECT n.organisation_id FROM member_news n WHERE n.due_at <= now();
$$;

REVOKE ALL ON FUNCTION audit_write(uuid, timestamptz, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION audit_chain(uuid, integer, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION organisations_to_chain() FROM PUBLIC;
