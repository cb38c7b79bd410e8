-- Queries of plugins about deliveries.

-- name: waiting
-- The messages of some transports that wait for their receipt, the longest waiting first.
SELECT
    delivery.id,
    delivery.changed_at,
    delivery.transport,
    delivery.message_id,
    message.mailbox_id
FROM deliveries AS delivery
INNER JOIN messages AS message
    ON
        delivery.organisation_id = message.organisation_id
        AND delivery.message_id = message.id
WHERE
    delivery.organisation_id = :organisation
    AND delivery.transport = any(cast(:transports AS text[]))
    AND delivery.purpose = 'message'
    AND delivery.state = 'WAITING_FOR_RECEIPT'
    AND delivery.changed_at < :before
    AND delivery.changed_at >= coalesce(cast(:since AS timestamptz), '-infinity')
ORDER BY delivery.changed_at
LIMIT :limit;

-- name: states
-- The states of some deliveries.
SELECT
    id,
    state
FROM deliveries
WHERE organisation_id = :organisation AND id = any(cast(:ids AS uuid[]));

-- name: unopened
-- The unopened ones of some deliveries.
SELECT id
FROM deliveries
WHERE organisation_id = :organisation AND id = any(cast(:ids AS uuid[])) AND opened_at IS NULL;

-- name: sent
-- What a transport has been given, the latest first. A receipt names the message that it answers.
SELECT
    delivery.id,
    delivery.purpose,
    delivery.state,
    delivery.created_at,
    CASE WHEN delivery.purpose = 'receipt' THEN coalesce(message.remote_id, '') ELSE '' END AS answers
FROM deliveries AS delivery
LEFT JOIN messages AS message
    ON
        delivery.organisation_id = message.organisation_id
        AND delivery.message_id = message.id
WHERE
    delivery.organisation_id = :organisation
    AND delivery.transport = :transport
    AND delivery.state <> 'READY_TO_SEND'
    AND delivery.created_at < :before
    AND delivery.created_at >= :since
    AND (
        cast(:ids AS uuid[]) IS NULL
        OR delivery.id = any(cast(:ids AS uuid[]))
        OR (delivery.purpose = 'receipt' AND message.remote_id = :answers)
    )
ORDER BY delivery.created_at DESC, delivery.id ASC
LIMIT :limit;
