-- Every write of a case's state and of an incoming message's state. The states that a write may start from are
-- parameters, taken from the tables in `budkavle.model.states`.

-- name: join_case
-- Counts a message in its case and writes the case's log. A case that is not open opens again.
WITH logged AS (
    INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)
    SELECT
        :organisation,
        :case,
        cast(:user AS uuid),
        clock_timestamp(),
        entry.kind,
        cast(entry.facts AS jsonb)
    FROM unnest(cast(:kinds AS text[]), cast(:facts AS text[])) WITH ORDINALITY AS entry (kind, facts, number)
    ORDER BY entry.number
)
UPDATE cases
SET
    state = CASE WHEN state = any(:before_open) THEN :open ELSE state END,
    closed_at = NULL,
    binned_at = NULL,
    state_before_bin = NULL,
    messages = messages + 1,
    attachments = attachments + cast(:attachments AS integer),
    last_message_id = cast(:message AS uuid),
    confidential = confidential OR cast(:confidential AS boolean),
    channel = cast(:channel AS text),
    active_at = now(),
    loa = greatest(loa, cast(:loa AS integer)),
    has_incoming = has_incoming OR cast(:direction AS text) = 'in',
    has_outgoing = has_outgoing OR cast(:direction AS text) = 'out',
    incoming = incoming + CASE WHEN cast(:direction AS text) = 'in' THEN 1 ELSE 0 END
WHERE organisation_id = :organisation AND id = :case;

-- name: release_message
-- Releases a held message once its receipt has been handed over, counts it in its case, writes the case's log and
-- notifies the pages. `:families` has the family of each transport that has one. Run `lock_held` first, as a separate
-- statement.
WITH message AS (
    UPDATE messages
    SET state = CASE WHEN warned THEN :received_with_warnings ELSE :received END
    WHERE
        organisation_id = :organisation
        AND id = :message
        AND state = any(:before_received)
        AND EXISTS (
            SELECT FROM deliveries
            WHERE organisation_id = :organisation AND id = :delivery AND state = any(:handed_over)
        )
    RETURNING *
),
logged AS (
    INSERT INTO case_events (organisation_id, case_id, at, kind, facts)
    SELECT
        :organisation,
        cases.id,
        clock_timestamp(),
        entry.kind,
        jsonb_build_object(
            'message', message.id, 'direction', message.direction, 'transport', message.transport
        ) || entry.more
    FROM message
    -- The case by its key, not joined: otherwise the planner, which knows nothing of `message`, may read all cases.
    JOIN cases ON cases.organisation_id = :organisation AND cases.id = (SELECT case_id FROM message)
    CROSS JOIN
        LATERAL (
            VALUES
            (1, CASE WHEN cases.messages = 0 THEN 'opened' ELSE 'joined' END, cast('{}' AS jsonb)),
            (2, 'reopened', jsonb_build_object('by', 'message', 'from', cases.state))
        ) AS entry (number, kind, more)
    WHERE entry.number = 1 OR (cases.messages > 0 AND cases.state <> :open)
    ORDER BY entry.number
),
counted AS (
    UPDATE cases
    SET
        state = CASE WHEN cases.state = any(:before_open) THEN :open ELSE cases.state END,
        closed_at = NULL,
        binned_at = NULL,
        state_before_bin = NULL,
        messages = cases.messages + 1,
        attachments = cases.attachments + message.attachments,
        last_message_id = message.id,
        confidential = cases.confidential OR message.confidential,
        channel = coalesce(cast(:families AS jsonb) ->> message.transport, message.transport),
        active_at = now(),
        loa = greatest(cases.loa, message.loa),
        has_incoming = cases.has_incoming OR message.direction = 'in',
        has_outgoing = cases.has_outgoing OR message.direction = 'out',
        incoming = cases.incoming + CASE WHEN message.direction = 'in' THEN 1 ELSE 0 END
    FROM message
    WHERE cases.organisation_id = :organisation AND cases.id = (SELECT case_id FROM message)
)
SELECT
    message.id,
    cast(:channel AS text) AS channel,
    cast(
        json_build_object(
            'o', message.organisation_id, 'm', message.mailbox_id, 'c', message.case_id, 'k', 'joined'
        ) AS text
    ) AS notice
FROM message;
