-- Finds whose accounts an identity opens, in all organisations, before anybody is signed in.
-- `subject` is a keyed hash, so that nobody who reads the table learns a personnummer from it.
CREATE FUNCTION find_identities(subject bytea) RETURNS TABLE (organisation_id uuid, user_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT i.organisation_id, i.user_id, i.id FROM identities i
    JOIN users u ON u.organisation_id = i.organisation_id AND u.id = i.user_id
    WHERE i.subject_hash = subject AND u.active;
$$;

REVOKE ALL ON FUNCTION find_identities(bytea) FROM PUBLIC;
