-- Many cases with messages that were received and sent long ago, written at once.

-- name: add_cases
-- Adds cases of two messages each, in every state.
INSERT INTO cases (
    organisation_id,
    id,
    mailbox_id,
    number,
    state,
    conversation_id,
    channel,
    has_incoming,
    has_outgoing,
    confidential,
    attachments,
    messages,
    incoming,
    last_message_id,
    words,
    opened_at,
    active_at
)
SELECT
    :organisation,
    added.case_id,
    :mailbox,
    'b-' || added.number,
    (ARRAY['open', 'closed', 'closed', 'binned'])[1 + added.number % 4],
    cast(added.case_id AS text),
    :transport,
    TRUE,
    TRUE,
    FALSE,
    0,
    2,
    1,
    added.answer_id,
    cast(:words AS bigint[]) || cast(added.number AS bigint),
    now() - interval '400 days',
    now() - interval '400 days'
FROM unnest(
    cast(:cases AS uuid[]),
    cast(:answers AS uuid[]),
    cast(:numbers AS int[])
) AS added (case_id, answer_id, number);

-- name: add_messages
-- Adds messages of one direction, each with its age in days.
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
    confidential,
    attachments,
    head,
    body,
    evidence,
    created_at,
    kept_from
)
SELECT
    :organisation,
    added.id,
    :mailbox,
    added.case_id,
    :direction,
    :transport,
    CASE WHEN :direction = 'in' THEN 'DOWNLOADED' END,
    cast(added.case_id AS text),
    cast(added.id AS text),
    FALSE,
    0,
    added.head,
    added.body,
    added.body || '',
    now() - added.age * interval '1 day',
    now() - added.age * interval '1 day'
FROM unnest(
    cast(:ids AS uuid[]),
    cast(:cases AS uuid[]),
    cast(:ages AS int[]),
    cast(:heads AS bytea[]),
    cast(:bodies AS bytea[])
) AS added (id, case_id, age, head, body);

-- name: add_deliveries
-- Adds the delivery of each sent message, with its steps.
WITH added AS (
    INSERT INTO deliveries (
        organisation_id,
        id,
        message_id,
        case_id,
        purpose,
        transport,
        recipient,
        state,
        due_at,
        created_at,
        changed_at
    )
    SELECT
        :organisation,
        gen_random_uuid(),
        sent.id,
        sent.case_id,
        'message',
        :transport,
        '\x01',
        'ACKNOWLEDGED',
        now(),
        now(),
        now()
    FROM unnest(cast(:ids AS uuid[]), cast(:cases AS uuid[])) AS sent (id, case_id)
    RETURNING id
)

INSERT INTO delivery_events (organisation_id, delivery_id, at, state)
SELECT
    :organisation,
    added.id,
    now(),
    step.state
FROM added
CROSS JOIN unnest(ARRAY['READY_TO_SEND', 'ACKNOWLEDGED']) AS step (state);
