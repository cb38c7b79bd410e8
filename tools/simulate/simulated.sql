-- The time of a run in its database: functions of the names that the product's SQL uses, before pg_catalog in the
-- search path. And what has become of each delivery and message, as the database saw it.
CREATE SCHEMA simulated;
GRANT USAGE ON SCHEMA simulated TO PUBLIC;

-- Microseconds since the beginning stand in a file: telling them costs no exchange.
CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
RETURN timestamptz '2026-12-01 08:00:00+00' + pg_read_file('simulated_moment')::bigint * interval '1 microsecond';

-- The time at which the transaction began, as PostgreSQL's own.
CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF coalesce(current_setting('simulated.now', true), '') = '' THEN
        PERFORM set_config('simulated.now', simulated.clock_timestamp()::text, true);
    END IF;
    RETURN current_setting('simulated.now')::timestamptz;
END $$;

CREATE TABLE simulated.changes (
    number bigserial PRIMARY KEY,
    at timestamptz,
    of text,
    id uuid,
    old text,
    new text,
    fence bigint,
    begun boolean,
    by text
);

CREATE FUNCTION simulated.note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    row jsonb := to_jsonb(new);
    earlier jsonb := CASE WHEN tg_op = 'UPDATE' THEN to_jsonb(old) END;
    begun boolean := row ->> 'begun_at' IS NOT NULL AND row ->> 'begun_at' IS DISTINCT FROM earlier ->> 'begun_at';
BEGIN
    IF begun OR tg_op = 'INSERT' OR old.state IS DISTINCT FROM new.state OR row ->> 'fence' IS DISTINCT FROM earlier ->> 'fence' THEN
        INSERT INTO simulated.changes (at, of, id, old, new, fence, begun, by)
        VALUES (
            simulated.clock_timestamp(), tg_table_name, new.id, earlier ->> 'state', new.state,
            (row ->> 'fence')::bigint, begun, current_setting('application_name')
        );
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER simulated AFTER INSERT OR UPDATE ON deliveries
FOR EACH ROW EXECUTE FUNCTION simulated.note_change();
CREATE TRIGGER simulated AFTER INSERT OR UPDATE ON messages
FOR EACH ROW EXECUTE FUNCTION simulated.note_change();

CREATE TABLE simulated.gone (id uuid, at timestamptz);

CREATE FUNCTION simulated.note_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO simulated.gone VALUES (old.id, simulated.clock_timestamp());
    RETURN NULL;
END $$;

CREATE TRIGGER simulated AFTER DELETE ON outbox
FOR EACH ROW EXECUTE FUNCTION simulated.note_gone();

DO $$
DECLARE
    fn regprocedure;
    col record;
BEGIN
    FOR fn IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
            AND EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = simulated, pg_catalog, public, pg_temp', fn);
        EXECUTE format('ALTER FUNCTION %s RESET lock_timeout', fn);
    END LOOP;
    FOR col IN
        SELECT d.adrelid::regclass AS tab, a.attname AS name, pg_get_expr(d.adbin, d.adrelid) AS expr
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE pg_get_expr(d.adbin, d.adrelid) ~ '^(now|clock_timestamp)\(\)$'
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT simulated.%s', col.tab, col.name, col.expr);
    END LOOP;
END $$;
