-- Regular destruction.

-- name: destroy_empty_mailboxes
-- Marks as destroyed the mailboxes that were deleted long enough ago and have no cases left,
-- and returns them.
UPDATE mailboxes b
SET destroyed_at = now()
WHERE
    b.organisation_id = :organisation
    AND b.kind = 'function'
    AND b.deleted_at < now() - cast(:days AS int) * interval '1 day'
    AND b.destroyed_at IS NULL
    AND NOT EXISTS (
        SELECT FROM cases c
        WHERE
            c.organisation_id = b.organisation_id
            AND c.mailbox_id = b.id
            AND c.messages > 0
            AND c.state <> 'binned'
    )
    AND NOT EXISTS (
        SELECT FROM cases c
        WHERE
            c.organisation_id = b.organisation_id
            AND c.mailbox_id = b.id
            AND c.messages > 0
            AND c.state = 'binned'
    )
RETURNING b.id, b.name;

-- name: forget_members
-- Deletes who had access to a mailbox.
DELETE FROM memberships
WHERE organisation_id = :organisation AND mailbox_id = :mailbox;

-- name: forget_tags
-- Deletes the tags that a mailbox had for its cases.
DELETE FROM tags
WHERE organisation_id = :organisation AND mailbox_id = :mailbox;

-- name: forget_choices
-- Deletes people's notice choices for a mailbox.
DELETE FROM notice_choices
WHERE organisation_id = :organisation AND mailbox_id = :mailbox;

-- name: forget_drafts
-- Deletes the drafts that were to be sent from a mailbox.
DELETE FROM kept_drafts
WHERE organisation_id = :organisation AND mailbox_id = :mailbox;
