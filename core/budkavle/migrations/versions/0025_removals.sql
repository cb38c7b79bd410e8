-- Deletes the event log of an organisation that is being removed. The working role may not delete entries, and this
-- lets it do so for no other organisation.
CREATE FUNCTION remove_event_log(organisation uuid)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entries bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM organisations o WHERE o.id = organisation AND o.state = 'removing') THEN
        RAISE EXCEPTION 'the organisation is not being removed';
    END IF;
    DELETE FROM audit_log l WHERE l.organisation_id = organisation;
    GET DIAGNOSTICS entries = ROW_COUNT;
    DELETE FROM audit_heads h WHERE h.organisation_id = organisation;
    DELETE FROM audit_seals s WHERE s.organisation_id = organisation;
    RETURN entries;
END $$;

REVOKE ALL ON FUNCTION remove_event_log(uuid) FROM PUBLIC;
