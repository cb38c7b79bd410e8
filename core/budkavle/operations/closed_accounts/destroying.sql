-- Personal data of one closed account. The account's row stays, with its id and name.

-- name: mark_unmarked
-- Starts the days now for inactive accounts that nobody has closed, or whose invitation has ended since.
UPDATE users u SET closed_at = message_clock()
WHERE
    u.organisation_id = :organisation
    AND NOT u.active
    AND u.closed_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM invitations i
        WHERE i.organisation_id = u.organisation_id AND i.user_id = u.id AND i.expires_at > message_clock()
    );

-- name: hold_due
-- Locks one account that was closed before :before, and whose invitation, if any, ended before it too.
-- An account that is being changed, or has failed in this run, is skipped until the next one.
SELECT u.id
FROM users u
WHERE
    u.organisation_id = :organisation
    AND u.closed_at < :before
    AND u.destroyed_at IS NULL
    AND u.id <> all(cast(:failed AS uuid[]))
    AND NOT u.active
    AND NOT EXISTS (
        SELECT 1 FROM invitations i
        WHERE i.organisation_id = u.organisation_id AND i.user_id = u.id AND i.expires_at >= :before
    )
ORDER BY u.closed_at, u.id
LIMIT 1
FOR UPDATE OF u SKIP LOCKED;

-- name: forget_identities
-- Deletes how its person signed in: numbers, passkeys, secrets of codes, recovery codes.
DELETE FROM identities WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_invitations
-- Deletes an unused invitation.
DELETE FROM invitations WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_sessions
-- Deletes sessions; closing has ended them already.
DELETE FROM sessions WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_drafts
-- Deletes drafts, and returns those scheduled for later: they are not sent from a closed account.
DELETE FROM kept_drafts
WHERE organisation_id = :organisation AND user_id = :user
RETURNING send_as, mailbox_id;

-- name: forget_searches
-- Deletes saved searches.
DELETE FROM saved_searches WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_choices
-- Deletes which mailboxes the person was notified of, and how.
DELETE FROM notice_choices WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_news
-- Deletes the news that the person was still to be told.
DELETE FROM member_news WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_reads
-- Deletes how far the person had read; the event log says who opened what.
DELETE FROM reads WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_memberships
-- Deletes memberships in deleted mailboxes and in others' inboxes; the person's own inbox keeps its owner.
DELETE FROM memberships m
WHERE
    m.organisation_id = :organisation
    AND m.user_id = :user
    AND NOT EXISTS (
        SELECT 1 FROM mailboxes b
        WHERE b.organisation_id = m.organisation_id AND b.id = m.mailbox_id AND b.owner_id = m.user_id
    )
RETURNING m.mailbox_id, m.until;

-- name: empty_account
-- Keeps id, name and role. The address must be unique, so it becomes one that nobody can have (RFC 2606).
UPDATE users SET
    email = id::text || '@destroyed.invalid',
    password_hash = NULL,
    password_until = NULL,
    preferences = DEFAULT,
    language = DEFAULT,
    source = DEFAULT,
    signed_in_at = DEFAULT,
    blocked_until = NULL,
    destroyed_at = now()
WHERE organisation_id = :organisation AND id = :user;
