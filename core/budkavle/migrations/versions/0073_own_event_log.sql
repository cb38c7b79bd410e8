-- As remove_event_log of 0049, only in a transaction of the organisation itself, as the other functions of the log.
CREATE OR REPLACE FUNCTION remove_event_log(organisation uuid)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entries bigint;
BEGIN
    IF organisation IS DISTINCT FROM NULLIF(current_setting('budkavle.organisation', true), '')::uuid THEN
        RAISE insufficient_privilege USING MESSAGE = 'the event log belongs to another organisation';
    END IF;
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
