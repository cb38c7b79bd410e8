-- name: load_mailbox
-- Loads a mailbox with the reader's current membership, if any.
SELECT
    b.*,
    m.administrator,
    m.since,
    m.until,
    m.may_answer,
    (SELECT o.settings -> 'channels' FROM organisations o WHERE o.id = b.organisation_id) AS channels
FROM mailboxes b
LEFT JOIN memberships m
    ON
        m.organisation_id = b.organisation_id
        AND m.mailbox_id = b.id
        AND m.user_id = cast(:reader AS uuid)
        AND (m.until IS NULL OR m.until > now())
WHERE
    b.organisation_id = :organisation
    AND b.id = :mailbox
    AND (b.deleted_at IS NULL OR :deleted);
