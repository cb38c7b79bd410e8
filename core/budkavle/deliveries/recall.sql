-- name: lock_delivery
-- Locks a delivery of a message, so that it is not opened while it is recalled.
SELECT d.id, d.state, d.opened_at, d.transport, d.recipient, m.mailbox_id
FROM deliveries d
JOIN messages m
    ON
        m.organisation_id = d.organisation_id
        AND m.id = d.message_id
WHERE d.organisation_id = :organisation AND d.id = :id AND d.purpose = 'message'
FOR UPDATE OF d;
