-- Keeps `case_words` in step with `cases.words`, in the transaction that writes the case, whoever writes it: also an
-- older worker that is still running. It goes through the words that are gone or new, and through nothing else.
CREATE FUNCTION index_case_words() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before bigint[] := '{}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD.words;
        DELETE FROM case_words WHERE organisation_id = OLD.organisation_id AND word = ANY (before)
            AND mailbox_id = OLD.mailbox_id AND case_id = OLD.id AND word <> ALL (NEW.words);
    END IF;
    INSERT INTO case_words (organisation_id, word, mailbox_id, case_id)
        SELECT NEW.organisation_id, one.word, NEW.mailbox_id, NEW.id FROM unnest(NEW.words) AS one(word)
        WHERE one.word <> ALL (before) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION index_case_words() FROM PUBLIC;

CREATE TRIGGER cases_words_opened AFTER INSERT ON cases FOR EACH ROW EXECUTE FUNCTION index_case_words();

CREATE TRIGGER cases_words_changed AFTER UPDATE OF words ON cases FOR EACH ROW
WHEN (OLD.words IS DISTINCT FROM NEW.words) EXECUTE FUNCTION index_case_words();
