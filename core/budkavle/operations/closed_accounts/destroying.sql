-- What is only a person's, of one closed account. The account's row stays, with its id and name.

-- name: mark_unmarked
-- Lets those count from now that nobody has closed, or whose invitation has ended since.
UPDATE users u SET closed_at = message_clock()
WHERE
    u.organisation_id = :organisation
    AND NOT u.active
    AND u.closed_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM invitations i
        WHERE i.organisation_id = u.organisation_id AND i.user_id = u.id
    );

-- name: hold_due
-- Locks one account that was closed before :before. One that somebody is just changing has its turn the next time.
SELECT u.id
FROM users u
WHERE
    u.organisation_id = :organisation
    AND u.closed_at < :before
    AND u.destroyed_at IS NULL
    AND NOT u.active
    AND NOT EXISTS (
        SELECT 1 FROM invitations i
        WHERE i.organisation_id = u.organisation_id AND i.user_id = u.id
    )
ORDER BY u.closed_at, u.id
LIMIT 1
FOR UPDATE OF u SKIP LOCKED;

-- name: forget_identities
-- Forgets how its person signed in: numbers, passkeys, secrets of codes, recovery codes.
DELETE FROM identities WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_sessions
-- Forgets sign-ins; closing has ended them already.
DELETE FROM sessions WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_drafts
-- Forgets drafts, and tells of those that waited for their time: from a closed account they are not sent.
DELETE FROM kept_drafts
WHERE organisation_id = :organisation AND user_id = :user
RETURNING send_as, mailbox_id;

-- name: forget_searches
-- Forgets saved searches.
DELETE FROM saved_searches WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_choices
-- Forgets of which mailboxes the person was told, and how.
DELETE FROM notice_choices WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_news
-- Forgets what the person was still to be told of.
DELETE FROM member_news WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_reads
-- Forgets how far the person had read; who opened what stands in the event log.
DELETE FROM reads WHERE organisation_id = :organisation AND user_id = :user;

-- name: forget_memberships
-- Forgets places in mailboxes that are deleted and in others' inboxes; the own inbox keeps its owner.
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
-- Leaves id, name and role. The address must be unique, so it becomes one that can never be anybody's (RFC 2606).
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
