-- Receipts: what peers report about deliveries.

-- name: lock_delivery
-- Finds and locks the delivery of a receipt: by our identifier first, then by the peer's, the newest first; with the
-- mailbox it was sent from, and whether the peer gave a warning when it accepted it.
SELECT
    id,
    state,
    recipient,
    message_id,
    case_id,
    purpose,
    transport,
    created_at,
    (
        SELECT c.mailbox_id
        FROM cases c
        WHERE c.organisation_id = deliveries.organisation_id AND c.id = deliveries.case_id
    ) AS mailbox_id,
    (
        SELECT count(*) > 0
        FROM receipts r
        WHERE
            r.organisation_id = deliveries.organisation_id
            AND r.delivery_id = deliveries.id
            AND r.state = 'WAITING_FOR_RECEIPT'
            AND r.applied
            AND r.reasons <> '[]'
    ) AS warned
FROM deliveries
WHERE
    organisation_id = :organisation
    AND transport = :transport
    AND (id = cast(:id AS uuid) OR remote_id = :remote_id)
ORDER BY (id = cast(:id AS uuid)) IS TRUE DESC, created_at DESC
LIMIT 1
FOR UPDATE;

-- name: find_receipt
-- Tells whether the receipt is already stored; peers repeat them.
SELECT 1
FROM receipts
WHERE
    organisation_id = :organisation
    AND transport = :transport
    AND remote_id = :remote_id
    AND receipt_id = :receipt_id;

-- name: claim_early_receipts
-- Assigns the receipts that came before its identifier was known to a delivery, and returns their sealed senders, which
-- are needed no more. The receipt of a refusal belongs to no delivery.
WITH early AS (
    SELECT
        id,
        sender
    FROM receipts
    WHERE
        organisation_id = :organisation
        AND transport = :transport
        AND remote_id = :remote_id
        AND delivery_id IS NULL
        AND state <> 'REFUSED'
    FOR UPDATE
)

UPDATE receipts AS r
SET
    delivery_id = :delivery,
    sender = NULL
FROM early
WHERE r.organisation_id = :organisation AND r.id = early.id
RETURNING r.id, r.state, r.reasons, r.pause, r.at, r.received_at, early.sender;

-- name: add_receipt
-- Stores a receipt with its evidence.
INSERT INTO receipts (
    organisation_id,
    id,
    delivery_id,
    transport,
    remote_id,
    receipt_id,
    state,
    applied,
    reasons,
    evidence,
    sender,
    pause,
    at,
    received_at
)
VALUES (
    :organisation_id,
    :id,
    :delivery_id,
    :transport,
    :remote_id,
    :receipt_id,
    :state,
    :applied,
    :reasons,
    :evidence,
    :sender,
    :pause,
    :at,
    :received_at
);

-- name: mark_applied
-- Records that a receipt has changed its delivery's state.
UPDATE receipts
SET applied = TRUE
WHERE organisation_id = :organisation AND id = :id;
