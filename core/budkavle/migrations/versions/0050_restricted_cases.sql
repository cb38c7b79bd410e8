-- Who may meet each restricted case, in the form that the policies ask for: in `restricted_cases`, and on the case.
-- The case is locked first, as those who restrict it lock it; so what is counted here is what has been committed.
CREATE FUNCTION keep_case_readers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM
    FROM cases c
    WHERE (c.organisation_id, c.id) IN (SELECT x.organisation_id, x.case_id FROM changed x)
    ORDER BY c.organisation_id, c.id
    FOR UPDATE;

    DELETE FROM restricted_cases r
    USING changed x
    WHERE r.organisation_id = x.organisation_id AND r.case_id = x.case_id;

    INSERT INTO restricted_cases (organisation_id, case_id, readers)
    SELECT a.organisation_id, a.case_id, array_agg(a.user_id::text)
    FROM case_readers a
    WHERE (a.organisation_id, a.case_id) IN (SELECT x.organisation_id, x.case_id FROM changed x)
    GROUP BY a.organisation_id, a.case_id
    ON CONFLICT (organisation_id, case_id) DO UPDATE SET readers = excluded.readers;

    UPDATE cases c
    SET readers = (
        SELECT r.readers FROM restricted_cases r WHERE r.organisation_id = c.organisation_id AND r.case_id = c.id
    )
    WHERE (c.organisation_id, c.id) IN (SELECT x.organisation_id, x.case_id FROM changed x);
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION keep_case_readers() FROM PUBLIC;

CREATE TRIGGER case_readers_added AFTER INSERT ON case_readers
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_case_readers();

CREATE TRIGGER case_readers_removed AFTER DELETE ON case_readers
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_case_readers();

INSERT INTO restricted_cases (organisation_id, case_id, readers)
SELECT a.organisation_id, a.case_id, array_agg(a.user_id::text)
FROM case_readers a
GROUP BY a.organisation_id, a.case_id;

UPDATE cases c
SET readers = r.readers
FROM restricted_cases r
WHERE r.organisation_id = c.organisation_id AND r.case_id = c.id;

-- Its policies go with it; `secure` makes those that ask the table.
DROP FUNCTION may_read_case(uuid, uuid) CASCADE;

-- Tells whether the reader of the transaction may meet all the restricted cases that something rests on: those of some
-- cases and messages. It sees messages that are hidden from the reader, and says nothing else of them. Who has not said
-- who reads meets none.
CREATE OR REPLACE FUNCTION may_read_about(organisation uuid, things uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 1 SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM restricted_cases r
        WHERE r.organisation_id = organisation
            AND (
                r.case_id = ANY (things)
                OR r.case_id IN (
                    SELECT m.case_id FROM messages m WHERE m.organisation_id = organisation AND m.id = ANY (things)
                )
            )
            AND coalesce(current_setting('budkavle.reader', true), '') <> ALL (r.readers)
    );
END
$$;
