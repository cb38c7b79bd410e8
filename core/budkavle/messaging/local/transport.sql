-- name: find_mailboxes
-- Finds mailboxes that may receive: not deleted, and of a person who may still sign in.
SELECT b.id, b.name, b.organisation_id, o.name AS organisation
FROM mailboxes b
JOIN organisations o ON o.id = b.organisation_id
LEFT JOIN users u
    ON
        u.organisation_id = b.organisation_id
        AND u.id = b.owner_id
WHERE
    b.organisation_id = :organisation
    AND b.id = any(:ids)
    AND b.deleted_at IS NULL
    AND coalesce(u.active, TRUE);
