-- The mailboxes of the navigation.

-- name: choose_shown
-- Chooses the function mailboxes that a user's navigation shows, and counts all of the user's:
-- the open one first, then favourites, then the most recently active.
WITH mine AS (
    SELECT b.id, b.organisation_id, lower(b.name) AS name, m.favourite
    FROM memberships m
    JOIN mailboxes b
        ON
            b.organisation_id = m.organisation_id
            AND b.id = m.mailbox_id
    WHERE
        m.organisation_id = :organisation
        AND m.user_id = cast(:reader AS uuid)
        AND (m.until IS NULL OR m.until > now())
        AND b.kind = 'function'
        AND b.deleted_at IS NULL
),

latest AS (
    SELECT
        mine.id,
        mine.name,
        mine.favourite,
        (
            SELECT c.active_at
            FROM cases c
            WHERE
                c.organisation_id = mine.organisation_id
                AND c.mailbox_id = mine.id
                AND c.messages > 0
                AND c.state <> 'binned'
            ORDER BY c.active_at DESC, c.id DESC
            LIMIT 1
        ) AS active_at
    FROM mine
)

SELECT id, (SELECT count(*) FROM mine) AS many
FROM latest
ORDER BY coalesce(id = cast(:current AS uuid), FALSE) DESC, favourite DESC, active_at DESC NULLS LAST, name, id
LIMIT :most;

-- name: count_elsewhere
-- Counts what waits in a user's function mailboxes that the navigation does not show: untaken
-- cases, up to the limit, and whether any case needs action.
SELECT
    (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM cases c
            WHERE
                c.organisation_id = :organisation
                AND c.mailbox_id = any(others.ids)
                AND c.state = 'open'
                AND (c.has_incoming OR c.trouble)
                AND c.holder_id IS NULL
            LIMIT :most
        ) AS waiting
    ) AS untaken,
    exists(
        SELECT 1
        FROM cases c
        WHERE
            c.organisation_id = :organisation
            AND c.mailbox_id = any(others.ids)
            AND c.trouble
            AND c.state <> 'binned'
            AND (c.has_incoming OR c.trouble)
    ) AS trouble
FROM (
    SELECT array_agg(b.id) AS ids
    FROM memberships m
    JOIN mailboxes b
        ON
            b.organisation_id = m.organisation_id
            AND b.id = m.mailbox_id
    WHERE
        m.organisation_id = :organisation
        AND m.user_id = cast(:reader AS uuid)
        AND (m.until IS NULL OR m.until > now())
        AND b.kind = 'function'
        AND b.deleted_at IS NULL
        AND b.id <> all(cast(:shown AS uuid[]))
) AS others;
