-- The wrapped keys of organisations.

-- name: next_version
-- Returns the version of an organisation's next key.
SELECT coalesce(max(version), 0) + 1 AS version
FROM organisation_keys
WHERE organisation_id = :organisation;

-- name: add_key
-- Adds a wrapped key.
INSERT INTO organisation_keys (organisation_id, version, created_at, wrapped, provider, recovery)
VALUES (:organisation_id, :version, :created_at, :wrapped, :provider, :recovery);
