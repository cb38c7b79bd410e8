-- Senders of messages that could not be checked when they were received.

-- name: list_unchecked_transports
-- Lists the transports that have messages with unchecked senders.
SELECT DISTINCT transport
FROM messages
WHERE organisation_id = :organisation AND sender_check = 'unchecked';

-- name: list_unchecked
-- Lists messages with unchecked senders, the oldest first.
SELECT id, case_id
FROM messages
WHERE
    organisation_id = :organisation
    AND sender_check = 'unchecked'
    AND state <> 'DELETED'
    AND transport = any(:transports)
ORDER BY created_at
LIMIT :most;

-- name: load_unchecked
-- Loads a message with a sender that is still unchecked.
SELECT m.id, m.case_id, m.mailbox_id, m.transport, m.head
FROM messages m
WHERE
    m.organisation_id = :organisation
    AND m.id = :message
    AND m.sender_check = 'unchecked'
    AND m.state <> 'DELETED';

-- name: store_verdict
-- Stores the result of the check.
UPDATE messages
SET head = :head, sender_check = :verdict
WHERE organisation_id = :organisation AND id = :message;
