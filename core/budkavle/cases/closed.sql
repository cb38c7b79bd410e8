-- Closed cases by when they were closed.

-- name: list_closed
-- A page of the closed cases of function mailboxes in use, each with the total size of its attachments.
WITH page AS (
    SELECT
        closed.id,
        closed.mailbox_id,
        box.name AS mailbox,
        closed.number,
        closed.opened_at,
        closed.closed_at,
        closed.messages
    FROM cases AS closed
    INNER JOIN mailboxes AS box
        ON
            closed.organisation_id = box.organisation_id
            AND closed.mailbox_id = box.id
            AND box.kind = 'function'
            AND box.deleted_at IS NULL
    WHERE
        closed.organisation_id = :organisation
        AND closed.state = 'closed'
        AND closed.closed_at IS NOT NULL
        AND closed.messages > 0
        AND (
            cardinality(cast(:mailboxes AS uuid[])) = 0
            OR closed.mailbox_id = any(cast(:mailboxes AS uuid[]))
        )
        AND (cardinality(cast(:ids AS uuid[])) = 0 OR closed.id = any(cast(:ids AS uuid[])))
        AND (cast(:since AS timestamptz) IS NULL OR closed.closed_at >= cast(:since AS timestamptz))
        AND (cast(:stop AS timestamptz) IS NULL OR closed.closed_at < cast(:stop AS timestamptz))
        AND (
            cast(:after_at AS timestamptz) IS NULL
            OR (closed.closed_at, closed.id) > (cast(:after_at AS timestamptz), cast(:after_id AS uuid))
        )
    ORDER BY closed.closed_at, closed.id
    LIMIT :limit
)

SELECT
    page.id,
    page.mailbox_id,
    page.mailbox,
    page.number,
    page.opened_at,
    page.closed_at,
    page.messages,
    (
        SELECT coalesce(sum(file.size), 0)
        FROM messages AS message
        INNER JOIN attachments AS file
            ON
                message.organisation_id = file.organisation_id
                AND message.id = file.message_id
        WHERE message.organisation_id = :organisation AND message.case_id = page.id
    ) AS size
FROM page
ORDER BY page.closed_at, page.id;
