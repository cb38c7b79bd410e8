-- Whom a user has written to.

-- name: list_latest_recipients
-- Lists the recipients of an author's messages from a mailbox, the latest first; undone messages have none.
-- The inner limit bounds what is read when colleagues write very much.
SELECT
    delivery.id,
    delivery.recipient
FROM (
    SELECT
        id,
        author_id,
        created_at
    FROM messages
    WHERE
        organisation_id = :organisation
        AND mailbox_id = :mailbox
        AND direction = 'out'
        AND destroyed_at IS NULL
    ORDER BY created_at DESC, id DESC
    LIMIT 1000
) AS message
INNER JOIN deliveries AS delivery
    ON
        delivery.organisation_id = :organisation
        AND delivery.message_id = message.id
WHERE
    message.author_id = :author
    AND delivery.purpose = 'message'
    AND octet_length(delivery.recipient) > 0
ORDER BY message.created_at DESC, delivery.id
LIMIT 100;
