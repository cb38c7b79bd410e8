-- The logos of organisations.

-- name: find_logo
-- Finds the organisation's logo.
SELECT
    content,
    version
FROM organisation_logos
WHERE organisation_id = :organisation;

-- name: store_logo
-- Stores a logo, and replaces the previous one.
INSERT INTO organisation_logos (organisation_id, content, version, changed_at)
VALUES (:organisation, :content, :version, now())
ON CONFLICT (organisation_id)
DO UPDATE SET content = excluded.content, version = excluded.version, changed_at = excluded.changed_at;

-- name: remove_logo
-- Deletes the logo.
DELETE FROM organisation_logos
WHERE organisation_id = :organisation
RETURNING version;
