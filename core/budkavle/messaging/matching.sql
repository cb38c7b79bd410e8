-- Which mailbox and case an incoming message belongs to.

-- name: look_up
-- Loads what decides, in one round trip: a duplicate, the mailbox that is named or linked, and the
-- organisation's default.
SELECT
    (
        SELECT id
        FROM messages
        WHERE
            organisation_id = :organisation
            AND transport = :transport
            AND remote_id = :remote_id
            AND direction = 'in'
    ) AS duplicate,
    (
        SELECT count(*)
        FROM organisations
        WHERE id = :organisation
    ) AS organisations,
    (
        SELECT count(*)
        FROM mailboxes
        WHERE
            organisation_id = :organisation
            AND id = cast(:named AS uuid)
    ) AS named,
    (
        SELECT id
        FROM mailboxes
        WHERE
            organisation_id = :organisation
            AND id = cast(:linked AS uuid)
            AND deleted_at IS NULL
    ) AS linked,
    (
        SELECT id
        FROM mailboxes
        WHERE organisation_id = :organisation AND is_default AND deleted_at IS NULL
        LIMIT 1
    ) AS fallback;

-- name: find_case
-- Finds and locks the case that the message refers to, if any: by one of our deliveries, or by a received message; then
-- that of the conversation, the most recently active first. Separate branches instead of OR, so that each uses its
-- index. A case that was moved from the mailbox of the address is found in its present mailbox. MATERIALIZED, since a
-- plan cached while the tables were small would read them again for each case.
WITH found AS MATERIALIZED (
    SELECT 1 AS rank, m.case_id
    FROM deliveries d
    JOIN messages m
        ON
            m.organisation_id = d.organisation_id
            AND m.id = d.message_id
    WHERE
        d.organisation_id = :organisation
        AND d.id = cast(:ref_id AS uuid)
        AND d.purpose = 'message'
    UNION ALL
    SELECT 1, m.case_id
    FROM deliveries d
    JOIN messages m
        ON
            m.organisation_id = d.organisation_id
            AND m.id = d.message_id
    WHERE
        d.organisation_id = :organisation
        AND d.transport = :transport
        AND d.remote_id = :ref_to
        AND d.purpose = 'message'
    UNION ALL
    SELECT 2, case_id
    FROM messages
    WHERE
        organisation_id = :organisation
        AND transport = :transport
        AND remote_id = :ref_to
        AND direction = 'in'
    UNION ALL
    SELECT 3, id
    FROM cases
    WHERE
        organisation_id = :organisation
        AND conversation_id = :conversation
)

SELECT c.id, c.mailbox_id, c.state, c.messages
FROM found
JOIN cases c
    ON
        c.organisation_id = :organisation
        AND c.id = found.case_id
JOIN mailboxes b
    ON
        b.organisation_id = c.organisation_id
        AND b.id = c.mailbox_id
        AND b.deleted_at IS NULL
WHERE
    (
        coalesce(
            c.mailbox_id = (
                SELECT id
                FROM mailboxes
                WHERE
                    organisation_id = :organisation
                    AND id = cast(:linked AS uuid)
                    AND deleted_at IS NULL
            ),
            TRUE
        )
        OR EXISTS (
            SELECT
            FROM case_moves v
            WHERE
                v.organisation_id = :organisation
                AND v.case_id = c.id
                AND v.from_mailbox_id = cast(:linked AS uuid)
        )
    )
ORDER BY found.rank, c.active_at DESC
LIMIT 1
FOR UPDATE OF c;

-- name: find_conversation
-- Finds and locks the case of a conversation, as find_case does if the message refers to nothing: the usual case.
SELECT c.id, c.mailbox_id, c.state, c.messages
FROM cases c
JOIN mailboxes b
    ON
        b.organisation_id = c.organisation_id
        AND b.id = c.mailbox_id
        AND b.deleted_at IS NULL
WHERE
    c.organisation_id = :organisation
    AND c.conversation_id = :conversation
    AND (
        coalesce(
            c.mailbox_id = (
                SELECT id
                FROM mailboxes
                WHERE
                    organisation_id = :organisation
                    AND id = cast(:linked AS uuid)
                    AND deleted_at IS NULL
            ),
            TRUE
        )
        OR EXISTS (
            SELECT
            FROM case_moves v
            WHERE
                v.organisation_id = :organisation
                AND v.case_id = c.id
                AND v.from_mailbox_id = cast(:linked AS uuid)
        )
    )
ORDER BY c.active_at DESC
LIMIT 1
FOR UPDATE OF c;

-- name: mark_answered
-- Marks a delivery as answered, with its event. If the answer is addressed to a mailbox, only a delivery
-- from that mailbox is marked.
WITH answered AS (
    UPDATE deliveries d
    SET answered_at = now()
    FROM messages m
    WHERE
        d.organisation_id = :organisation
        AND d.answered_at IS NULL
        AND (
            d.id = cast(:ref_id AS uuid)
            OR (d.transport = :transport AND d.remote_id = :ref_to)
        )
        AND m.organisation_id = d.organisation_id
        AND m.id = d.message_id
        AND d.purpose = 'message'
        AND coalesce(
            m.mailbox_id = (
                SELECT id
                FROM mailboxes
                WHERE
                    organisation_id = :organisation
                    AND id = cast(:linked AS uuid)
                    AND deleted_at IS NULL
            ),
            TRUE
        )
    RETURNING d.id
)

INSERT INTO delivery_events (organisation_id, delivery_id, at, state)
SELECT :organisation, id, now(), 'ANSWERED'
FROM answered;

-- name: find_by_case_number
-- Finds the cases with a number or identifier that a message names, if the organisation joins
-- messages by reference.
WITH found AS (
    SELECT id
    FROM cases
    WHERE
        organisation_id = :organisation
        AND number = :value
    UNION
    SELECT *
    FROM unnest(cast(:ids AS uuid[]))
)

SELECT c.id, c.number
FROM found
JOIN cases c
    ON
        c.organisation_id = :organisation
        AND c.id = found.id
JOIN mailboxes b
    ON
        b.organisation_id = c.organisation_id
        AND b.id = c.mailbox_id
        AND b.kind = 'function'
WHERE
    b.id = :mailbox
    AND c.messages > 0
    AND c.state <> 'binned'
    AND NOT EXISTS (
        SELECT 1
        FROM settings s
        WHERE
            s.organisation_id = :organisation
            AND s.section = 'budkavle.cases'
            AND s.mailbox_id = '00000000-0000-0000-0000-000000000000'
            AND s.chosen ->> 'join_by_reference' = 'false'
    )
ORDER BY c.active_at DESC
LIMIT 5;
