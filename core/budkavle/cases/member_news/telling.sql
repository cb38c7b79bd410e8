-- Notifications to members that are due.

-- name: find_organisations
-- Lists the active organisations with news for members, or possible news.
SELECT o.id
FROM organisations_with_news(:place) AS f
JOIN organisations o ON o.id = f.organisation_id AND o.state = 'active'
ORDER BY o.id;

-- name: claim_due
-- Locks news that is due, with what is needed to notify. News about a held message waits until it can be read.
-- `is_news` says whether the news is still relevant: the account is active, the case exists, the person may open it
-- and has not read the message.
SELECT
    n.organisation_id,
    n.user_id,
    n.way,
    n.kind,
    n.thing_id,
    n.mailbox_id,
    n.case_id,
    u.email,
    u.language,
    b.name AS mailbox,
    coalesce(b.owner_id = n.user_id, FALSE) AS is_own,
    CASE
        WHEN
            u.active
            AND b.deleted_at IS NULL
            AND c.messages > 0
            AND c.state <> 'binned'
            AND EXISTS (
                SELECT
                FROM memberships m
                WHERE
                    m.organisation_id = n.organisation_id
                    AND m.mailbox_id = c.mailbox_id
                    AND m.user_id = n.user_id
                    AND (m.until IS NULL OR m.until > now())
                    AND (m.since IS NULL OR m.since <= n.happened_at)
            )
            AND (c.readers IS NULL OR cast(n.user_id AS text) = any(c.readers))
            AND (n.kind <> 'arrived' OR coalesce(r.seen, 0) < c.incoming)
            THEN TRUE
        ELSE FALSE
    END AS is_news
FROM member_news n
LEFT JOIN users u ON u.organisation_id = n.organisation_id AND u.id = n.user_id
LEFT JOIN mailboxes b ON b.organisation_id = n.organisation_id AND b.id = n.mailbox_id
LEFT JOIN cases c ON c.organisation_id = n.organisation_id AND c.id = n.case_id
LEFT JOIN reads r ON r.organisation_id = n.organisation_id AND r.user_id = n.user_id AND r.case_id = n.case_id
WHERE
    n.organisation_id = :organisation
    AND n.due_at <= now()
    AND NOT EXISTS (
        SELECT
        FROM messages m
        WHERE m.organisation_id = n.organisation_id AND m.id = n.thing_id AND m.state = :held
    )
ORDER BY n.due_at, n.happened_at, n.thing_id
LIMIT :limit
FOR UPDATE OF n SKIP LOCKED;

-- name: forget
-- Deletes news that has been sent.
DELETE FROM member_news
WHERE
    organisation_id = :organisation
    AND user_id = :user
    AND way = :way
    AND kind = :kind
    AND thing_id = any(cast(:things AS uuid[]));

-- name: postpone
-- Postpones news that could not be sent, or deletes it if it is too old.
WITH given_up AS (
    DELETE FROM member_news n
    WHERE
        n.organisation_id = :organisation
        AND n.user_id = :user
        AND n.way = :way
        AND n.kind = :kind
        AND n.thing_id = any(cast(:things AS uuid[]))
        AND n.happened_at < now() - cast(:given_up AS interval)
    RETURNING n.thing_id
)

UPDATE member_news n
SET due_at = now() + cast(:pause AS interval)
WHERE
    n.organisation_id = :organisation
    AND n.user_id = :user
    AND n.way = :way
    AND n.kind = :kind
    AND n.thing_id = any(cast(:things AS uuid[]))
    AND NOT EXISTS (SELECT FROM given_up g WHERE g.thing_id = n.thing_id);
