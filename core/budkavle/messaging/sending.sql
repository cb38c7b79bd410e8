-- name: load_answered
-- Loads the answered message, and the recipient's reference to it: if we sent it, its first delivery, in whose place
-- each recipient gets its own when the answer is delivered.
SELECT
    m.case_id,
    m.conversation_id,
    m.direction,
    m.loa,
    m.reply_allowed,
    coalesce(
        m.remote_id,
        (
            SELECT min(cast(d.id AS text))
            FROM deliveries d
            WHERE
                d.organisation_id = m.organisation_id
                AND d.message_id = m.id
                AND d.purpose = 'message'
        )
    ) AS reference
FROM messages m
WHERE
    m.organisation_id = :organisation
    AND m.id = :id
    AND m.mailbox_id = :mailbox
    AND m.state IS DISTINCT FROM 'HELD';

-- name: find_newer
-- Finds a message of the case that is newer than the one the author saw; one of ours first.
SELECT l.direction, u.name
FROM messages seen
JOIN messages l
    ON
        l.organisation_id = seen.organisation_id
        AND l.case_id = seen.case_id
        AND l.id <> seen.id
        AND l.created_at >= seen.created_at
        AND l.state IS DISTINCT FROM 'HELD'
LEFT JOIN users u
    ON
        u.organisation_id = l.organisation_id
        AND u.id = l.author_id
WHERE
    seen.organisation_id = :organisation
    AND seen.id = :seen
    AND seen.case_id = :case
ORDER BY l.direction DESC, l.created_at DESC
LIMIT 1;

-- name: store_message
-- Stores a message, its deliveries and their first event, in one statement: READY_TO_SEND is the
-- queue.
WITH letter AS (
    INSERT INTO messages (
        organisation_id,
        id,
        mailbox_id,
        case_id,
        direction,
        transport,
        conversation_id,
        ref_to,
        author_id,
        confidential,
        attachments,
        head,
        body,
        created_at,
        loa,
        reply_allowed
    )
    VALUES (
        :organisation,
        :id,
        :mailbox,
        :case,
        'out',
        :transport,
        :conversation,
        :ref_to,
        :author,
        :confidential,
        :attachments,
        :head,
        :body,
        :at,
        :loa,
        :reply_allowed
    )
),
posted AS (
    INSERT INTO deliveries (
        organisation_id,
        id,
        message_id,
        case_id,
        purpose,
        transport,
        recipient,
        terms,
        state,
        destination,
        priority,
        due_at,
        created_at,
        changed_at
    )
    SELECT
        :organisation,
        one.id,
        :id,
        :case,
        'message',
        one.transport,
        one.recipient,
        one.terms,
        'READY_TO_SEND',
        one.destination,
        :priority,
        now() + cast(:hold AS interval),
        :at,
        now()
    FROM
        unnest(
            cast(:ids AS uuid[]),
            cast(:transports AS text[]),
            cast(:recipients AS bytea[]),
            cast(:terms AS bytea[]),
            cast(:destinations AS bigint[])
        ) AS one (id, transport, recipient, terms, destination)
    RETURNING id
)

INSERT INTO delivery_events (organisation_id, delivery_id, at, state)
SELECT :organisation, id, now(), 'READY_TO_SEND'
FROM posted;
