-- The warnings that an organisation has had about its licence.

-- name: keep_warnings
-- Deletes warnings whose cause is gone.
DELETE FROM licence_warnings
WHERE
    organisation_id = :organisation
    AND NOT warning = any(cast(:keys AS text[]));

-- name: add_warning
-- Stores a warning; returns no row if it has already been sent.
INSERT INTO licence_warnings (organisation_id, warning, told_at)
VALUES (:organisation, :warning, now())
ON CONFLICT (organisation_id, warning) DO NOTHING
RETURNING warning;
