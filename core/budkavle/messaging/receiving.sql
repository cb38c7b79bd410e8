-- Storing received messages and queueing their receipts.

-- name: add_message
-- Stores a received message.
INSERT INTO messages (
    organisation_id,
    id,
    mailbox_id,
    case_id,
    direction,
    transport,
    state,
    conversation_id,
    remote_id,
    ref_to,
    confidential,
    attachments,
    head,
    body,
    evidence,
    evidence_blob,
    created_at,
    loa,
    reply_allowed,
    warned,
    sender_check
)
VALUES (
    :organisation_id,
    :id,
    :mailbox_id,
    :case_id,
    :direction,
    :transport,
    :state,
    :conversation_id,
    :remote_id,
    :ref_to,
    :confidential,
    :attachments,
    :head,
    :body,
    :evidence,
    :evidence_blob,
    :created_at,
    :loa,
    :reply_allowed,
    :warned,
    :sender_check
);

-- name: add_receipt_to_send
-- Queues the receipt to the sender: a delivery with its bytes already made. It is due by the database's clock, by which
-- it is claimed: a host's own clock may be ahead.
INSERT INTO deliveries (
    organisation_id,
    id,
    message_id,
    purpose,
    transport,
    recipient,
    state,
    destination,
    priority,
    wire,
    due_at,
    created_at,
    changed_at
)
VALUES (
    :organisation_id,
    :id,
    :message_id,
    :purpose,
    :transport,
    :recipient,
    :state,
    :destination,
    :priority,
    :wire,
    now(),
    :created_at,
    :changed_at
);
