-- News that members are to be notified of.

-- name: find_place
-- The event log entry up to which members have been notified; no row if nobody wants notifications.
SELECT c.value
FROM counters c
WHERE
    c.organisation_id = :organisation
    AND c.name = :place
    AND EXISTS (SELECT FROM notice_choices n WHERE n.organisation_id = :organisation AND n.pace <> 'off')
FOR UPDATE;

-- name: keep_place
-- Stores how far the event log has been read.
UPDATE counters SET value = :number WHERE organisation_id = :organisation AND name = :place AND value < :number;

-- name: list_readers
-- Lists the people with access to some mailboxes who have chosen notifications, or get them for the own inbox.
SELECT
    m.mailbox_id,
    m.user_id,
    coalesce(b.owner_id = m.user_id, FALSE) AS is_own,
    jsonb_extract_path(u.preferences, cast(:quiet AS text)) AS quiet,
    (
        SELECT jsonb_object_agg(n.way, n.pace)
        FROM notice_choices n
        WHERE
            n.organisation_id = m.organisation_id
            AND n.mailbox_id = m.mailbox_id
            AND n.user_id = m.user_id
    ) AS chosen
FROM memberships m
JOIN mailboxes b ON b.organisation_id = m.organisation_id AND b.id = m.mailbox_id AND b.deleted_at IS NULL
JOIN users u ON u.organisation_id = m.organisation_id AND u.id = m.user_id AND u.active
WHERE
    m.organisation_id = :organisation
    AND m.mailbox_id = any(cast(:mailboxes AS uuid[]))
    AND (m.until IS NULL OR m.until > now())
    AND (
        b.owner_id = m.user_id
        OR EXISTS (
            SELECT
            FROM notice_choices n
            WHERE
                n.organisation_id = m.organisation_id
                AND n.mailbox_id = m.mailbox_id
                AND n.user_id = m.user_id
                AND n.pace <> 'off'
        )
    );

-- name: add_news
-- Queues who is to be notified of what, and when.
INSERT INTO member_news (
    organisation_id, user_id, way, kind, thing_id, mailbox_id, case_id, happened_at, due_at
)
SELECT
    :organisation,
    n.*
FROM
    unnest(
        cast(:users AS uuid[]),
        cast(:ways AS text[]),
        cast(:kinds AS text[]),
        cast(:things AS uuid[]),
        cast(:mailboxes AS uuid[]),
        cast(:cases AS uuid[]),
        cast(:happened AS timestamptz[]),
        cast(:due AS timestamptz[])
    ) AS n (user_id, way, kind, thing_id, mailbox_id, case_id, happened_at, due_at)
ON CONFLICT (organisation_id, user_id, way, kind, thing_id) DO NOTHING;
