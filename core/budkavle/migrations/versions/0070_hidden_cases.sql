-- Returns the cases of the transaction's organisation that are restricted to others than its reader; all of its
-- restricted cases, if no reader is set.
CREATE FUNCTION hidden_cases() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER COST 1 ROWS 100 SET search_path = pg_catalog, public, pg_temp AS $$
SELECT r.case_id
FROM restricted_cases r
WHERE
    r.organisation_id = nullif(current_setting('budkavle.organisation', true), '')::uuid
    AND coalesce(current_setting('budkavle.reader', true), '') <> ALL (array_prepend('*', r.readers))
$$;

REVOKE ALL ON FUNCTION hidden_cases() FROM PUBLIC;
