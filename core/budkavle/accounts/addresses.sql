-- Finding whom people write to inside the installation.

-- name: find_accounts
-- Finds the open accounts of e-mail addresses, in whichever organisation they are.
SELECT
    asked,
    f.organisation_id,
    f.user_id
FROM unnest(cast(:emails AS text[])) AS asked, find_account(asked) AS f;

-- name: load_mailboxes
-- Loads mailboxes that may receive: not deleted, and of a person who may still sign in.
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
