-- Drafts that are saved while a user types.

-- name: remove_draft
-- Removes one's own draft.
DELETE FROM kept_drafts
WHERE organisation_id = :organisation AND user_id = :user AND id = :id;

-- name: keep_sent
-- Keeps the form of a sent message for as long as sending can be undone: in place of its draft, or as a new
-- row if the person does not have too many of them.
INSERT INTO kept_drafts (organisation_id, id, user_id, content, message_id, about, mailbox_id, changed_at)
SELECT
    :organisation,
    :id,
    :user,
    :content,
    cast(:message AS uuid),
    cast(:about AS uuid[]),
    cast(:mailbox AS uuid),
    now()
WHERE
    EXISTS (SELECT FROM kept_drafts WHERE organisation_id = :organisation AND id = :id)
    OR (SELECT count(*) FROM kept_drafts WHERE organisation_id = :organisation AND user_id = :user) < :most
ON CONFLICT (organisation_id, id) DO UPDATE
    SET
        content = excluded.content,
        message_id = excluded.message_id,
        about = excluded.about,
        mailbox_id = excluded.mailbox_id,
        changed_at = now()
    WHERE kept_drafts.user_id = :user;
