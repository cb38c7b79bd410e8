-- name: completed
-- Sent deliveries of messages that complete an earlier message, with each delivery of the earlier one.
SELECT
    delivery.id,
    delivery.recipient,
    earlier.id AS earlier_id,
    earlier.recipient AS earlier_recipient
FROM deliveries AS delivery
INNER JOIN messages AS message
    ON
        message.organisation_id = delivery.organisation_id
        AND message.id = delivery.message_id
INNER JOIN deliveries AS referred
    ON
        referred.organisation_id = delivery.organisation_id
        AND referred.purpose = 'message'
        AND referred.id = CASE
            WHEN message.ref_to ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN cast(message.ref_to AS uuid)
        END
INNER JOIN deliveries AS earlier
    ON
        earlier.organisation_id = delivery.organisation_id
        AND earlier.message_id = referred.message_id
        AND earlier.purpose = 'message'
WHERE
    delivery.organisation_id = :organisation
    AND delivery.id = any(:ids)
    AND delivery.purpose = 'message'
    AND delivery.recipient <> ''
    AND earlier.recipient <> '';
