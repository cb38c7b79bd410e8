-- Returns the mailboxes where those of some cases of the transaction's organisation are now that have moved.
CREATE FUNCTION moved_cases(ids uuid[]) RETURNS TABLE (case_id uuid, mailbox_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
SELECT c.id, c.mailbox_id
FROM cases c
WHERE
    c.organisation_id = nullif(current_setting('budkavle.organisation', true), '')::uuid
    AND c.id IN (SELECT v.case_id FROM case_moves v WHERE v.organisation_id = c.organisation_id AND v.case_id = any(ids))
$$;

REVOKE ALL ON FUNCTION moved_cases(uuid[]) FROM PUBLIC;
