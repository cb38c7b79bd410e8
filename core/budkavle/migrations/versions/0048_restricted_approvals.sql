-- Tells whether the reader of the transaction may meet all the restricted cases that something rests on: those of some
-- cases and messages. It sees messages that are hidden from the reader, and says nothing else of them.
CREATE FUNCTION may_read_about(organisation uuid, things uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 1 SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM case_readers r
        WHERE r.organisation_id = organisation AND (
            r.case_id = ANY (things)
            OR r.case_id IN (
                SELECT m.case_id FROM messages m WHERE m.organisation_id = organisation AND m.id = ANY (things)
            )
        )
        GROUP BY r.case_id
        HAVING NOT bool_or(r.user_id::text = current_setting('budkavle.reader', true))
    );
END
$$;

REVOKE ALL ON FUNCTION may_read_about(uuid, uuid[]) FROM PUBLIC;
