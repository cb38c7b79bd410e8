-- The logs of cases.

-- name: write_events
-- Adds an entry to the log of each of many cases, and notifies the open pages when the transaction commits.
WITH written AS (
    INSERT INTO case_events (organisation_id, case_id, user_id, at, kind, facts)
    SELECT
        :organisation,
        entry.case_id,
        cast(:user AS uuid),
        clock_timestamp(),
        entry.kind,
        cast(entry.facts AS jsonb)
    FROM
        unnest(
            cast(:cases AS uuid[]),
            cast(:kinds AS text[]),
            cast(:facts AS text[])
        ) WITH ORDINALITY AS entry (case_id, kind, facts, number)
    ORDER BY entry.number
)

SELECT
    cast(:channel AS text) AS channel,
    payload AS notice
FROM unnest(cast(:payloads AS text[])) AS payload;

-- name: find_refused
-- Finds the restricted cases among what was asked for by a user who may not read them: by the id of the case or of
-- something in it, or by number.
WITH asked AS (
    SELECT r.case_id
    FROM case_restrictions r
    WHERE r.organisation_id = :organisation AND (r.case_id = any(cast(:ids AS uuid[])) OR r.number = :number)
    UNION
    SELECT m.case_id
    FROM messages m
    WHERE m.organisation_id = :organisation AND m.id = any(cast(:ids AS uuid[]))
    UNION
    SELECT m.case_id
    FROM attachments a
    JOIN messages m ON m.organisation_id = a.organisation_id AND m.id = a.message_id
    WHERE a.organisation_id = :organisation AND a.id = any(cast(:ids AS uuid[]))
    UNION
    SELECT d.case_id
    FROM deliveries d
    WHERE d.organisation_id = :organisation AND d.id = any(cast(:ids AS uuid[]))
)

SELECT
    r.case_id,
    c.mailbox_id
FROM asked
JOIN case_restrictions r ON r.organisation_id = :organisation AND r.case_id = asked.case_id
JOIN cases c ON c.organisation_id = :organisation AND c.id = r.case_id
WHERE NOT EXISTS (
    SELECT
    FROM case_readers a
    WHERE a.organisation_id = :organisation AND a.case_id = r.case_id AND a.user_id = :reader
);

-- name: find_not_readable
-- Finds the cases of mailboxes that a user cannot read, among what they asked for: by the id of the case or of
-- something in it. Restricted cases are left to find_refused, and destroyed ones are left out.
WITH asked AS (
    SELECT unnest(cast(:ids AS uuid[])) AS case_id
    UNION
    SELECT m.case_id
    FROM messages m
    WHERE m.organisation_id = :organisation AND m.id = any(cast(:ids AS uuid[]))
    UNION
    SELECT m.case_id
    FROM attachments a
    JOIN messages m ON m.organisation_id = a.organisation_id AND m.id = a.message_id
    WHERE a.organisation_id = :organisation AND a.id = any(cast(:ids AS uuid[]))
    UNION
    SELECT d.case_id
    FROM deliveries d
    WHERE d.organisation_id = :organisation AND d.id = any(cast(:ids AS uuid[]))
)

SELECT
    c.id AS case_id,
    c.mailbox_id
FROM asked
JOIN cases c ON c.organisation_id = :organisation AND c.id = asked.case_id AND c.messages > 0
WHERE
    NOT EXISTS (
        SELECT
        FROM memberships m
        WHERE
            m.organisation_id = :organisation
            AND m.mailbox_id = c.mailbox_id
            AND m.user_id = :reader
            AND (m.until IS NULL OR m.until > now())
    )
    AND NOT EXISTS (
        SELECT
        FROM case_restrictions r
        WHERE r.organisation_id = :organisation AND r.case_id = c.id
    )
ORDER BY c.id
LIMIT :most;

-- name: find_unknown
-- Finds ids that do not exist in the organisation, among those asked for: no case, message, attachment or delivery.
SELECT asked.id
FROM unnest(cast(:ids AS uuid[])) AS asked (id)
WHERE
    NOT EXISTS (
        SELECT
        FROM cases c
        WHERE c.organisation_id = :organisation AND c.id = asked.id
    )
    AND NOT EXISTS (
        SELECT
        FROM messages m
        WHERE m.organisation_id = :organisation AND m.id = asked.id
    )
    AND NOT EXISTS (
        SELECT
        FROM attachments a
        WHERE a.organisation_id = :organisation AND a.id = asked.id
    )
    AND NOT EXISTS (
        SELECT
        FROM deliveries d
        WHERE d.organisation_id = :organisation AND d.id = asked.id
    )
ORDER BY asked.id
LIMIT :most;
