-- The queue: a delivery's row is claimed, attempted and finished by a worker under a lease. The fence grows with each
-- claim, so that a late worker changes nothing. Columns are named, because a newer version may add some while this one
-- runs.

-- name: load_deliveries
-- Loads claimed deliveries.
SELECT
    id,
    organisation_id,
    message_id,
    purpose,
    transport,
    recipient,
    state,
    attempt,
    fence,
    remote_id,
    created_at,
    failure,
    wire,
    wire_blob,
    terms
FROM deliveries
WHERE
    organisation_id = :organisation
    AND id = any(:ids)
    AND state = 'SEND_IN_PROGRESS';

-- name: load_messages
-- Loads the messages of claimed deliveries, with their authors. The array instead of IN makes the planner fetch them by
-- key, whatever its statistics say.
SELECT
    m.organisation_id,
    m.id,
    m.mailbox_id,
    m.case_id,
    m.direction,
    m.transport,
    m.state,
    m.conversation_id,
    m.remote_id,
    m.ref_to,
    m.author_id,
    m.confidential,
    m.loa,
    m.reply_allowed,
    m.attachments,
    m.warned,
    m.sender_check,
    m.head,
    m.body,
    m.created_at,
    u.name AS author,
    (
        SELECT d.message_id
        FROM deliveries d
        WHERE
            d.organisation_id = m.organisation_id
            AND d.id = CASE
                WHEN m.ref_to ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN cast(m.ref_to AS uuid)
            END
            AND d.purpose = 'message'
    ) AS completed_id
FROM messages m
LEFT JOIN users u
    ON
        u.organisation_id = m.organisation_id
        AND u.id = m.author_id
WHERE
    m.organisation_id = :organisation
    AND m.id = any(
        array(
            SELECT d.message_id
            FROM deliveries d
            WHERE
                d.organisation_id = :organisation
                AND d.id = any(:ids)
                AND d.purpose = 'message'
        )
    );

-- name: load_earlier_deliveries
-- Loads the deliveries of messages of ours that later ones refer to.
SELECT
    id,
    message_id,
    recipient
FROM deliveries
WHERE
    organisation_id = :organisation
    AND message_id = any(:ids)
    AND purpose = 'message'
    AND recipient <> '';

-- name: renew_leases
-- Renews the leases of deliveries that are still this worker's.
UPDATE deliveries d
SET lease_until = now() + cast(:lease AS interval), due_at = now() + cast(:lease AS interval)
FROM unnest(cast(:ids AS uuid[]), cast(:fences AS bigint[])) AS mine (id, fence)
WHERE
    d.organisation_id = :organisation
    AND d.id = mine.id
    AND d.fence = mine.fence
    AND d.state = 'SEND_IN_PROGRESS'
RETURNING d.id;

-- name: begin_attempt
-- Records that the attempt begins. From now on the lease lasts for at least half of its length.
UPDATE deliveries
SET
    begun_at = clock_timestamp(),
    lease_until = CASE WHEN lease_until < half.over THEN half.over + cast(:lease AS interval) / 2 ELSE lease_until END,
    due_at = CASE WHEN lease_until < half.over THEN half.over + cast(:lease AS interval) / 2 ELSE due_at END
FROM (SELECT clock_timestamp() + cast(:lease AS interval) / 2 AS over) half
WHERE
    organisation_id = :organisation
    AND id = :id
    AND fence = :fence
    AND state = 'SEND_IN_PROGRESS'
RETURNING id;

-- name: store_remote_id
-- Stores the peer's identifier of the delivery, if none is known yet: a receipt was faster than the end of the
-- attempt.
UPDATE deliveries
SET remote_id = :remote_id
WHERE
    organisation_id = :organisation
    AND id = :id
    AND fence = :fence
    AND remote_id IS NULL
RETURNING id, message_id, case_id, purpose, transport;

-- name: store_wire
-- Stores the bytes that are about to be handed to the peer; a repeated attempt hands over the same bytes.
UPDATE deliveries
SET wire = :wire, wire_blob = :blob
WHERE
    organisation_id = :organisation
    AND id = :id
    AND fence = :fence
    AND state = 'SEND_IN_PROGRESS'
    AND wire IS NULL
    AND wire_blob IS NULL
RETURNING id;

-- name: add_event
-- Adds an event to the history of a delivery, if it is still this worker's.
INSERT INTO delivery_events (organisation_id, delivery_id, at, state, detail)
SELECT organisation_id, id, :at, :state, :detail
FROM deliveries
WHERE
    organisation_id = :organisation
    AND id = :id
    AND fence = :fence
    AND state = 'SEND_IN_PROGRESS'
RETURNING id;

-- name: add_event_once
-- As add_event, unless the history already has an event that says the same.
INSERT INTO delivery_events (organisation_id, delivery_id, at, state, detail)
SELECT organisation_id, id, :at, :state, :detail
FROM deliveries d
WHERE
    organisation_id = :organisation
    AND id = :id
    AND fence = :fence
    AND state = 'SEND_IN_PROGRESS'
    AND NOT EXISTS (
        SELECT FROM delivery_events e
        WHERE
            e.organisation_id = d.organisation_id
            AND e.delivery_id = d.id
            AND e.detail = cast(:detail AS text)
    )
RETURNING id;

-- name: load_wire
-- Loads the bytes that an earlier attempt stored.
SELECT id, organisation_id, wire, wire_blob
FROM deliveries
WHERE
    organisation_id = :organisation
    AND id = :id
    AND fence = :fence
    AND state = 'SEND_IN_PROGRESS';
