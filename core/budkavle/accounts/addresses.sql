-- Finding recipients inside the installation.

-- name: find_accounts
-- Finds the open accounts with these e-mail addresses, in any organisation.
SELECT
    asked,
    f.organisation_id,
    f.user_id,
    o.slug
FROM unnest(cast(:emails AS text[])) AS asked, find_account(asked) AS f
JOIN organisations o ON o.id = f.organisation_id;

-- name: count_lookups
-- Counts the addresses that a person has looked up, each of them once within the period.
WITH new AS (
    INSERT INTO attempts (key, failures, until)
    SELECT key, 0, now() + cast(:within AS interval)
    FROM unnest(cast(:keys AS bytea[])) AS key
    ON CONFLICT (key) DO UPDATE
        SET until = excluded.until
        WHERE attempts.until < now()
    RETURNING key
)
INSERT INTO attempts (key, failures, until)
SELECT cast(:counter AS bytea), count(*), now() + cast(:within AS interval)
FROM new
ON CONFLICT (key) DO UPDATE
    SET
        failures = CASE WHEN attempts.until < now() THEN 0 ELSE attempts.failures END + excluded.failures,
        until = CASE WHEN attempts.until < now() THEN excluded.until ELSE attempts.until END
RETURNING failures;

-- name: load_mailboxes
-- Loads mailboxes that can receive: not deleted, and if personal, with an open account.
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
