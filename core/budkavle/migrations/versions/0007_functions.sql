-- Finds whose accounts an identity opens by now, and what it is worth there, before anybody is signed in.
-- `subject` is a keyed hash, so that nobody who reads the table learns a personnummer from it.
CREATE FUNCTION find_identities(subject bytea)
RETURNS TABLE (organisation_id uuid, user_id uuid, id uuid, loa integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT i.organisation_id, i.user_id, i.id, CASE WHEN i.confirmed_at IS NULL THEN i.loa ELSE 3 END
    FROM identities i
    JOIN users u ON u.organisation_id = i.organisation_id AND u.id = i.user_id
    WHERE i.subject_hash = subject AND u.active AND (i.opens_at IS NULL OR i.opens_at <= now());
$$;

REVOKE ALL ON FUNCTION find_identities(bytea) FROM PUBLIC;
