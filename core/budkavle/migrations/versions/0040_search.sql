-- Notes that a case is to be written into the index anew; where something of it is gone, its words leave the index at
-- once, in the transaction that takes it away, whoever does so.
CREATE FUNCTION mark_case(organisation uuid, one uuid, forgets boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before bigint[];
    opened timestamptz;
BEGIN
    INSERT INTO search_cases (organisation_id, case_id) VALUES (organisation, one)
        ON CONFLICT (organisation_id, case_id) DO UPDATE SET mark = search_cases.mark + 1, marked_at = now()
        RETURNING words INTO before;
    IF forgets AND cardinality(before) > 0 THEN
        SELECT opened_at INTO opened FROM cases WHERE organisation_id = organisation AND id = one;
        DELETE FROM search_words WHERE organisation_id = organisation AND word = ANY (before)
            AND opened_at = opened AND case_id = one;
        UPDATE search_cases SET words = '{}' WHERE organisation_id = organisation AND case_id = one;
    END IF;
END $$;

REVOKE ALL ON FUNCTION mark_case(uuid, uuid, boolean) FROM PUBLIC;

CREATE FUNCTION mark_searched_case() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM mark_case(NEW.organisation_id, NEW.id, FALSE);
    ELSE
        PERFORM mark_case(NEW.organisation_id, NEW.id, NEW.messages < OLD.messages OR NEW.words = '{}');
        IF NEW.mailbox_id <> OLD.mailbox_id THEN
            UPDATE search_words SET mailbox_id = NEW.mailbox_id
            WHERE organisation_id = NEW.organisation_id AND opened_at = NEW.opened_at AND case_id = NEW.id
                AND word = ANY (
                    (SELECT words FROM search_cases WHERE organisation_id = NEW.organisation_id AND case_id = NEW.id)
                    ::bigint[]
                );
        END IF;
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION mark_searched_case() FROM PUBLIC;

CREATE TRIGGER cases_searched_opened AFTER INSERT ON cases FOR EACH ROW EXECUTE FUNCTION mark_searched_case();

CREATE TRIGGER cases_searched_changed AFTER UPDATE OF words, messages, incoming, mailbox_id ON cases FOR EACH ROW
WHEN (
    OLD.messages <> NEW.messages OR OLD.incoming <> NEW.incoming OR OLD.mailbox_id <> NEW.mailbox_id
    OR OLD.words IS DISTINCT FROM NEW.words
)
EXECUTE FUNCTION mark_searched_case();

CREATE FUNCTION mark_searched_message() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM mark_case(NEW.organisation_id, NEW.case_id, TRUE);
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION mark_searched_message() FROM PUBLIC;

CREATE TRIGGER messages_searched_gone AFTER UPDATE OF state ON messages FOR EACH ROW
WHEN (NEW.state IN ('RECALLED', 'DELETED') AND OLD.state IS DISTINCT FROM NEW.state)
EXECUTE FUNCTION mark_searched_message();

-- Lists the organisations where cases are to be written into the index. It says nothing else of them.
CREATE FUNCTION organisations_to_index() RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.organisation_id FROM search_cases s WHERE s.mark <> s.done AND s.marked_at <= now()
    UNION
    SELECT b.organisation_id FROM search_backfills b;
$$;

REVOKE ALL ON FUNCTION organisations_to_index() FROM PUBLIC;
