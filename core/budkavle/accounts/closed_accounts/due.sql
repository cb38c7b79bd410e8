-- Closed accounts that still have personal data. An account with an invitation counts as open until its last day.

-- name: load_present
-- Loads the current time of the database.
SELECT now() AS now;

-- name: count_due
-- Counts the accounts that were closed before a time, and whose invitation, if any, ended before it too.
SELECT count(*) AS accounts
FROM users u
WHERE
    u.organisation_id = :organisation
    AND u.closed_at < :before
    AND u.destroyed_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM invitations i
        WHERE i.organisation_id = u.organisation_id AND i.user_id = u.id AND i.expires_at >= :before
    );
