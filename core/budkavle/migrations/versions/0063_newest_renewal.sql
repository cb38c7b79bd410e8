-- Tells when the key of any organisation was last renewed; nothing where none has been. It says nothing else of them.
CREATE FUNCTION newest_renewal() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT max(k.created_at) FROM organisation_keys k WHERE k.version > 1;
$$;

REVOKE ALL ON FUNCTION newest_renewal() FROM PUBLIC;
