-- The logos of organisations.

-- name: find_logo
-- The organisation's logo.
SELECT
    content,
    version
FROM organisation_logos
WHERE organisation_id = :organisation;

-- name: store_logo
-- Keeps a logo in place of the one before.
INSERT INTO organisation_logos (organisation_id, content, version, changed_at)
VALUES (:organisation, :content, :version, now())
ON CONFLICT (organisation_id)
DO UPDATE SET content = excluded.content, version = excluded.version, changed_at = excluded.changed_at;

-- name: remove_logo
-- Takes it away.
DELETE FROM organisation_logos
WHERE organisation_id = :organisation
RETURNING version;
