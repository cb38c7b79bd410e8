-- Restricted cases that none of the named people may open any more.

-- name: mark_left_alone
-- Marks those that administrators have not been notified of, and clears the mark of those with a reader again.
WITH judged AS (
    SELECT
        r.case_id,
        r.told_at,
        c.number,
        c.mailbox_id,
        b.name AS mailbox,
        exists(
            SELECT 1
            FROM case_readers a
            JOIN users u ON u.organisation_id = a.organisation_id AND u.id = a.user_id AND u.active
            JOIN memberships m
                ON
                    m.organisation_id = a.organisation_id
                    AND m.mailbox_id = c.mailbox_id
                    AND m.user_id = a.user_id
                    AND (m.until IS NULL OR m.until > now())
            WHERE a.organisation_id = r.organisation_id AND a.case_id = r.case_id
        ) AS is_read
    FROM case_restrictions r
    JOIN cases c ON c.organisation_id = r.organisation_id AND c.id = r.case_id AND c.messages > 0
    JOIN mailboxes b ON b.organisation_id = c.organisation_id AND b.id = c.mailbox_id AND b.deleted_at IS NULL
    WHERE r.organisation_id = :organisation
),

marked AS (
    UPDATE case_restrictions r
    SET told_at = CASE WHEN j.is_read THEN NULL ELSE now() END
    FROM judged j
    WHERE r.organisation_id = :organisation AND r.case_id = j.case_id AND (j.told_at IS NULL) = (NOT j.is_read)
    RETURNING r.case_id, r.told_at
)

SELECT
    j.case_id,
    j.number,
    j.mailbox_id,
    j.mailbox,
    m.told_at
FROM marked m
JOIN judged j ON j.case_id = m.case_id
WHERE m.told_at IS NOT NULL;

-- name: list_administrators
-- Lists the administrators of the organisation.
SELECT
    id,
    email,
    language
FROM users
WHERE organisation_id = :organisation AND active AND role IN ('admin', 'platform');
