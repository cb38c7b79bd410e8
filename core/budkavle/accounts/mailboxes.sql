-- Function mailboxes.

-- name: find_in_use
-- Finds a mailbox unless it has been deleted.
SELECT id
FROM mailboxes
WHERE
    organisation_id = :organisation
    AND id = :mailbox
    AND deleted_at IS NULL;
