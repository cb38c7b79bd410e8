-- As `audit_append` of 0001, with half the statements: the head is moved and locked by one, the row written by another.
CREATE OR REPLACE FUNCTION audit_append(organisation uuid, at timestamptz, kind text, entry text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head audit_heads;
BEGIN
    IF organisation IS DISTINCT FROM NULLIF(current_setting('budkavle.organisation', true), '')::uuid THEN
        RAISE insufficient_privilege USING MESSAGE = 'the event log belongs to another organisation';
    END IF;
    LOOP
        UPDATE audit_heads SET number = number + 1,
            hash = sha256(hash || convert_to((number + 1)::text, 'UTF8') || convert_to(entry, 'UTF8'))
            WHERE organisation_id = organisation RETURNING * INTO head;
        EXIT WHEN FOUND;
        INSERT INTO audit_heads VALUES (organisation, 0, sha256(convert_to(organisation::text, 'UTF8')))
            ON CONFLICT DO NOTHING;
    END LOOP;
    INSERT INTO audit_log (organisation_id, number, at, kind, entry, hash)
        VALUES (organisation, head.number, at, kind, entry, head.hash);
    RETURN head.number;
END $$;
