-- When things happened in cases.

-- name: find_times
-- The times of some cases that have not been destroyed.
WITH page AS (
    SELECT
        live.id,
        live.mailbox_id,
        live.number,
        live.state,
        live.opened_at,
        live.active_at,
        live.messages,
        CASE
            WHEN live.state = 'closed' THEN live.closed_at
            WHEN live.state = 'binned' THEN coalesce(live.closed_at, live.binned_at)
        END AS ended_at
    FROM cases AS live
    WHERE
        live.organisation_id = :organisation
        AND live.id = any(cast(:ids AS uuid[]))
        AND live.messages > 0
)

SELECT
    page.id,
    page.mailbox_id,
    page.number,
    page.state,
    page.opened_at,
    page.active_at,
    page.messages,
    page.ended_at,
    thread.first_received_at,
    thread.last_received_at,
    thread.last_sent_at,
    thread.last_at,
    thread.received_ids,
    thread.size
FROM page
CROSS JOIN
    LATERAL (
        SELECT
            min(message.created_at) FILTER (WHERE message.direction = 'in') AS first_received_at,
            max(message.created_at) FILTER (WHERE message.direction = 'in') AS last_received_at,
            max(message.created_at) FILTER (WHERE message.direction = 'out') AS last_sent_at,
            max(message.created_at) AS last_at,
            array_agg(message.id) FILTER (WHERE message.direction = 'in') AS received_ids,
            coalesce(sum((
                SELECT sum(file.size)
                FROM attachments AS file
                WHERE file.organisation_id = :organisation AND file.message_id = message.id
            )), 0) AS size
        FROM messages AS message
        WHERE
            message.organisation_id = :organisation
            AND message.case_id = page.id
            AND message.state IS DISTINCT FROM 'DELETED'
    ) AS thread
ORDER BY page.id;

-- name: list_page
-- A page of the ids of all cases that have not been destroyed, in order.
SELECT live.id
FROM cases AS live
WHERE
    live.organisation_id = :organisation
    AND live.id > cast(:after AS uuid)
    AND live.messages > 0
    AND (
        cardinality(cast(:mailboxes AS uuid[])) = 0
        OR live.mailbox_id = any(cast(:mailboxes AS uuid[]))
    )
ORDER BY live.id
LIMIT :limit;
