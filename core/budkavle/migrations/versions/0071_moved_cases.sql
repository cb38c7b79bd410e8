-- Returns the cases of the transaction's organisation that have moved from another mailbox, and where they are now.
CREATE FUNCTION moved_cases() RETURNS TABLE (case_id uuid, mailbox_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp AS $$
SELECT c.id, c.mailbox_id
FROM cases c
WHERE
    c.organisation_id = nullif(current_setting('budkavle.organisation', true), '')::uuid
    AND c.id IN (SELECT v.case_id FROM case_moves v WHERE v.organisation_id = c.organisation_id)
$$;

REVOKE ALL ON FUNCTION moved_cases() FROM PUBLIC;
