-- Stores a signed head of an event log. It stands for an entry that is there with that hash, so that nobody who may
-- only call this can say that a log is longer than it is.
CREATE FUNCTION audit_seal(organisation uuid, last bigint, sealed bytea, signature bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF organisation IS DISTINCT FROM NULLIF(current_setting('budkavle.organisation', true), '')::uuid THEN
        RAISE insufficient_privilege USING MESSAGE = 'the event log belongs to another organisation';
    END IF;
    INSERT INTO audit_seals (organisation_id, number, hash, signature, at)
        SELECT organisation, l.number, l.hash, audit_seal.signature, now() FROM audit_log l
        WHERE l.organisation_id = organisation AND l.number = last AND l.hash = sealed
        ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION audit_seal(uuid, bigint, bytea, bytea) FROM PUBLIC;
