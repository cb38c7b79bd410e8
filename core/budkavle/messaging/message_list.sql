-- The messages of some mailboxes over some transports. A received message is listed by its own id, a sent
-- one by the id of each delivery; place is the index of the recipient, since recipients are in the order
-- of their deliveries' ids.

-- name: since
-- The messages after a mark, in the order of sending and receiving.
WITH listed AS (
    SELECT
        delivery.id,
        delivery.message_id,
        'out' AS direction,
        delivery.state,
        message.mailbox_id,
        message.created_at,
        delivery.failure,
        delivery.transport,
        cast(NULL AS text) AS remote_id
    FROM deliveries AS delivery
    INNER JOIN messages AS message
        ON
            message.organisation_id = delivery.organisation_id
            AND message.id = delivery.message_id
    WHERE
        delivery.organisation_id = :organisation
        AND delivery.purpose = 'message'
        AND message.direction = 'out'
    UNION ALL
    SELECT
        incoming.id,
        incoming.id AS message_id,
        'in' AS direction,
        incoming.state,
        incoming.mailbox_id,
        incoming.created_at,
        '' AS failure,
        incoming.transport,
        incoming.remote_id
    FROM messages AS incoming
    WHERE
        incoming.organisation_id = :organisation
        AND incoming.direction = 'in'
        AND incoming.state NOT IN ('HELD', 'DELETED')
),

chosen AS (
    SELECT * FROM listed
    WHERE
        transport = any(cast(:transports AS text[]))
        AND mailbox_id = any(cast(:mailboxes AS uuid[]))
        AND (
            cast(:states AS text[]) IS NULL
            OR direction || ':' || state = any(cast(:states AS text[]))
        )
        AND created_at >= coalesce(cast(:start AS timestamptz), '-infinity')
        AND created_at <= coalesce(cast(:stop AS timestamptz), 'infinity')
        AND (created_at, id) > (cast(:mark_at AS timestamptz), cast(:mark_id AS uuid))
    ORDER BY created_at, id
    LIMIT :limit
)

SELECT
    chosen.*,
    (
        SELECT count(*) FROM deliveries AS earlier
        WHERE
            earlier.organisation_id = :organisation
            AND earlier.message_id = chosen.message_id
            AND earlier.purpose = 'message'
            AND earlier.id < chosen.id
    ) AS place
FROM chosen
ORDER BY chosen.created_at, chosen.id;

-- name: named
-- The message with a name as its id, then those with it as their remote id.
WITH listed AS (
    SELECT
        delivery.id,
        delivery.message_id,
        'out' AS direction,
        delivery.state,
        message.mailbox_id,
        message.created_at,
        delivery.failure,
        delivery.transport,
        cast(NULL AS text) AS remote_id
    FROM deliveries AS delivery
    INNER JOIN messages AS message
        ON
            message.organisation_id = delivery.organisation_id
            AND message.id = delivery.message_id
    WHERE
        delivery.organisation_id = :organisation
        AND delivery.purpose = 'message'
        AND message.direction = 'out'
    UNION ALL
    SELECT
        incoming.id,
        incoming.id AS message_id,
        'in' AS direction,
        incoming.state,
        incoming.mailbox_id,
        incoming.created_at,
        '' AS failure,
        incoming.transport,
        incoming.remote_id
    FROM messages AS incoming
    WHERE
        incoming.organisation_id = :organisation
        AND incoming.direction = 'in'
        AND incoming.state NOT IN ('HELD', 'DELETED')
),

chosen AS (
    SELECT * FROM listed
    WHERE
        transport = any(cast(:transports AS text[]))
        AND mailbox_id = any(cast(:mailboxes AS uuid[]))
        AND (id = cast(:id AS uuid) OR (direction = 'in' AND remote_id = :name))
)

SELECT
    chosen.*,
    (
        SELECT count(*) FROM deliveries AS earlier
        WHERE
            earlier.organisation_id = :organisation
            AND earlier.message_id = chosen.message_id
            AND earlier.purpose = 'message'
            AND earlier.id < chosen.id
    ) AS place
FROM chosen
ORDER BY chosen.id IS DISTINCT FROM cast(:id AS uuid), chosen.created_at;

-- name: existing
-- Those of some ids that are a message or a delivery.
SELECT wanted.id FROM unnest(cast(:ids AS uuid[])) AS wanted (id)
WHERE
    EXISTS (
        SELECT FROM messages
        WHERE messages.organisation_id = :organisation AND messages.id = wanted.id
    )
    OR EXISTS (
        SELECT FROM deliveries
        WHERE deliveries.organisation_id = :organisation AND deliveries.id = wanted.id
    );

-- name: answerable
-- The message of a mailbox that an answer refers to, by its remote id or its delivery's id.
SELECT message.id FROM messages AS message
WHERE
    message.organisation_id = :organisation
    AND message.mailbox_id = :mailbox
    AND message.state IS DISTINCT FROM 'HELD'
    AND message.reply_allowed
    AND (
        message.remote_id = :name
        OR message.id = (
            SELECT delivery.message_id FROM deliveries AS delivery
            WHERE
                delivery.organisation_id = :organisation
                AND delivery.id = :id
                AND delivery.purpose = 'message'
        )
    )
ORDER BY message.created_at
LIMIT 1;
