-- Whose sessions are still there has signed in at their beginning.
UPDATE users u SET signed_in_at = s.latest
FROM (SELECT organisation_id, user_id, max(created_at) AS latest FROM sessions GROUP BY 1, 2) s
WHERE s.organisation_id = u.organisation_id AND s.user_id = u.id;

-- Notes on an account that too many wrong tries have been made, before anybody is signed in; NULL takes it back.
CREATE FUNCTION mark_blocked(address text, how_long interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE users u SET blocked_until = now() + how_long
    WHERE u.email = lower(address) AND u.active
        AND (u.blocked_until IS NOT NULL OR how_long IS NOT NULL);
$$;

REVOKE ALL ON FUNCTION mark_blocked(text, interval) FROM PUBLIC;
