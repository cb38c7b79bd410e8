-- How a message changes its case.

-- name: open_case
-- Opens a case with the next number of its year, and logs it. A held message is not counted yet.
WITH next AS (
    INSERT INTO counters (organisation_id, name, value)
    VALUES (:organisation, :counter, 1)
    ON CONFLICT (organisation_id, name)
    DO UPDATE SET value = counters.value + 1
    RETURNING value
),
logged AS (
    INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)
    SELECT
        :organisation,
        :case,
        cast(:user AS uuid),
        clock_timestamp(),
        'opened',
        cast(:facts AS jsonb)
    WHERE NOT :held
)

INSERT INTO cases (
    organisation_id,
    id,
    mailbox_id,
    number,
    state,
    holder_id,
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
    active_at,
    loa
)
SELECT
    :organisation,
    :case,
    :mailbox,
    :year || '-' || lpad(cast(value AS text), greatest(4, length(cast(value AS text))), '0'),
    'open',
    cast(:user AS uuid),
    :conversation,
    :channel,
    :incoming AND NOT :held,
    NOT :incoming,
    :confidential AND NOT :held,
    CASE WHEN :held THEN 0 ELSE :attachments END,
    CASE WHEN :held THEN 0 ELSE 1 END,
    CASE WHEN :incoming AND NOT :held THEN 1 ELSE 0 END,
    CASE WHEN :held THEN NULL ELSE cast(:message AS uuid) END,
    cast(:words AS bigint[]),
    :at,
    now(),
    cast(:loa AS integer)
FROM next;

-- name: lock_case
-- Locks a case and loads it.
SELECT
    organisation_id,
    id,
    mailbox_id,
    number,
    state,
    state_before_bin,
    holder_id,
    conversation_id,
    channel,
    has_incoming,
    has_outgoing,
    confidential,
    loa,
    attachments,
    messages,
    incoming,
    last_message_id,
    trouble,
    words,
    opened_at,
    active_at,
    closed_at,
    binned_at
FROM cases
WHERE organisation_id = :organisation AND id = :case
FOR UPDATE;

-- name: add_entries
-- Adds entries to a case's log, in the order given.
INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)
SELECT
    :organisation,
    :case,
    cast(:user AS uuid),
    clock_timestamp(),
    entry.kind,
    cast(entry.facts AS jsonb)
FROM unnest(cast(:kinds AS text[]), cast(:facts AS text[])) WITH ORDINALITY AS entry (kind, facts, number)
ORDER BY entry.number;

-- name: lock_held
-- Locks a held message and its case, message first, so that whoever releases it waits here.
SELECT 1
FROM messages m
JOIN cases c
    ON
        c.organisation_id = m.organisation_id
        AND c.id = m.case_id
WHERE m.organisation_id = :organisation AND m.id = :message AND m.state = 'HELD'
FOR UPDATE;

-- name: add_words
-- Adds the hashes of search words to a case.
UPDATE cases
SET
    words = array(
        SELECT DISTINCT unnest(words || cast(:words AS bigint[]))
    )
WHERE
    organisation_id = :organisation
    AND id = :case
    AND NOT words @> cast(:words AS bigint[]);

-- name: set_needs_action
-- Puts a case under "Behöver åtgärd".
UPDATE cases
SET trouble = TRUE
WHERE organisation_id = :organisation AND id = :case;

-- name: clear_needs_action
-- Removes a case from "Behöver åtgärd", unless another delivery of it still needs action. Run
-- lock_case first, or a delivery that fails meanwhile is missed.
UPDATE cases
SET
    trouble = exists(
        SELECT 1
        FROM messages m
        JOIN deliveries d
            ON
                d.organisation_id = m.organisation_id
                AND d.message_id = m.id
                AND d.state = any(:trouble)
        WHERE m.organisation_id = :organisation AND m.case_id = :case
    )
WHERE organisation_id = :organisation AND id = :case AND trouble;

-- name: recount_case
-- Recounts a case from its visible messages. Run lock_case first, so that a message that arrives meanwhile is
-- counted. The case keeps its level of assurance, which the remaining messages may still need.
UPDATE cases
SET
    messages = visible.messages,
    incoming = visible.incoming,
    attachments = visible.attachments,
    has_incoming = visible.incoming > 0,
    has_outgoing = visible.messages > visible.incoming,
    last_message_id = visible.last_id,
    active_at = coalesce(visible.last_at, cases.active_at),
    words = cast(:words AS bigint[])
FROM (
    SELECT
        count(*) AS messages,
        count(*) FILTER (WHERE direction = 'in') AS incoming,
        coalesce(sum(attachments), 0) AS attachments,
        max(created_at) AS last_at,
        (array_agg(id ORDER BY created_at DESC))[1] AS last_id
    FROM messages
    WHERE
        organisation_id = :organisation
        AND case_id = :case
        AND (state IS NULL OR state NOT IN ('HELD', 'DELETED'))
) AS visible
WHERE cases.organisation_id = :organisation AND cases.id = :case;
