-- An organisation's current counts: accounts, mailboxes and their people, and waiting cases.

-- name: count_organisation
-- How many accounts are open, and how many function mailboxes are in use.
SELECT
    (SELECT count(*) FROM users WHERE organisation_id = :organisation AND active) AS accounts,
    (
        SELECT count(*) FROM mailboxes
        WHERE organisation_id = :organisation AND kind = 'function' AND deleted_at IS NULL
    ) AS mailboxes;

-- name: list_mailboxes
-- Function mailboxes with all the words in their name, by name, each with how many people may open it.
WITH box AS (
    SELECT
        id,
        name,
        count(*) OVER () AS matches,
        row_number() OVER (ORDER BY lower(name), id) AS place
    FROM mailboxes
    WHERE
        organisation_id = :organisation
        AND kind = 'function'
        AND deleted_at IS NULL
        AND (cast(:mailbox AS uuid) IS NULL OR id = cast(:mailbox AS uuid))
        AND NOT EXISTS (
            SELECT 1 FROM unnest(cast(:words AS text[])) AS word
            WHERE strpos(lower(mailboxes.name), lower(word)) = 0
        )
)

SELECT
    box.id,
    box.name,
    box.matches,
    count(account.id) AS users,
    count(account.id) FILTER (WHERE member.administrator) AS administrators
FROM box
LEFT JOIN memberships AS member
    ON
        member.organisation_id = :organisation
        AND member.mailbox_id = box.id
LEFT JOIN users AS account
    ON
        account.organisation_id = member.organisation_id
        AND account.id = member.user_id
        AND account.active
WHERE box.place > :offset AND (cast(:limit AS bigint) IS NULL OR box.place <= :offset + cast(:limit AS bigint))
GROUP BY box.id, box.name, box.matches, box.place
ORDER BY box.place;

-- name: list_waiting
-- Open cases of some function mailboxes by mailbox, channel, age and whether they are taken.
SELECT
    inbox.mailbox_id,
    inbox.channel,
    inbox.holder_id IS NOT NULL AS is_taken,
    CASE
        WHEN inbox.opened_at >= cast(:today AS timestamptz) THEN 'today'
        WHEN inbox.opened_at >= cast(:week AS timestamptz) THEN 'week'
        WHEN inbox.opened_at >= cast(:month AS timestamptz) THEN 'month'
        ELSE 'older'
    END AS age,
    count(*) AS number,
    min(inbox.opened_at) AS oldest_at
FROM mailboxes AS box
JOIN cases AS inbox
    ON
        inbox.organisation_id = box.organisation_id
        AND inbox.mailbox_id = box.id
        AND inbox.state = 'open'
        AND (inbox.has_incoming OR inbox.trouble)
WHERE
    box.organisation_id = :organisation
    AND box.kind = 'function'
    AND box.deleted_at IS NULL
    AND box.id = any(cast(:mailboxes AS uuid[]))
GROUP BY inbox.mailbox_id, inbox.channel, inbox.holder_id IS NOT NULL, age;

-- name: list_waiting_of_all
-- As list_waiting, for all function mailboxes together.
SELECT
    inbox.channel,
    inbox.holder_id IS NOT NULL AS is_taken,
    CASE
        WHEN inbox.opened_at >= cast(:today AS timestamptz) THEN 'today'
        WHEN inbox.opened_at >= cast(:week AS timestamptz) THEN 'week'
        WHEN inbox.opened_at >= cast(:month AS timestamptz) THEN 'month'
        ELSE 'older'
    END AS age,
    count(*) AS number,
    min(inbox.opened_at) AS oldest_at
FROM mailboxes AS box
JOIN cases AS inbox
    ON
        inbox.organisation_id = box.organisation_id
        AND inbox.mailbox_id = box.id
        AND inbox.state = 'open'
        AND (inbox.has_incoming OR inbox.trouble)
WHERE
    box.organisation_id = :organisation
    AND box.kind = 'function'
    AND box.deleted_at IS NULL
GROUP BY inbox.channel, inbox.holder_id IS NOT NULL, age;
