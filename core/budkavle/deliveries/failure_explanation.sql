-- The reason of a failure.

-- name: explain
-- Replaces the text about why a message failed; does nothing if it has not failed.
UPDATE deliveries AS delivery
SET failure = :sentence, changed_at = clock_timestamp()
FROM messages AS message
WHERE
    delivery.organisation_id = :organisation
    AND delivery.id = :id
    AND delivery.purpose = 'message'
    AND delivery.state = 'SEND_FAILURE'
    AND message.organisation_id = delivery.organisation_id
    AND message.id = delivery.message_id
RETURNING delivery.transport, delivery.case_id, message.mailbox_id;
