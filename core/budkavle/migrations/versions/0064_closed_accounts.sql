-- Notes when an account was closed, no earlier than the last moment that was believed of the clock, and lets one that
-- keeps nothing any more stay closed. A trigger, since the last release closes and opens accounts beside this one.
CREATE FUNCTION note_account_closing() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.destroyed_at IS NOT NULL THEN
        RAISE check_violation USING MESSAGE = 'What this account kept is destroyed: it stays closed.';
    END IF;
    NEW.closed_at := CASE WHEN NOT NEW.active THEN message_clock() END;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION note_account_closing() FROM PUBLIC;

CREATE TRIGGER users_closed BEFORE UPDATE OF active ON users FOR EACH ROW
WHEN (OLD.active IS DISTINCT FROM NEW.active)
EXECUTE FUNCTION note_account_closing();
