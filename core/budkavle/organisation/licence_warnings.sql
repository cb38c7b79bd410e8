-- What an organisation has been told of its licence.

-- name: keep_warnings
-- Forgets warnings whose cause is gone.
DELETE FROM licence_warnings
WHERE
    organisation_id = :organisation
    AND NOT warning = any(cast(:keys AS text[]));

-- name: add_warning
-- Notes a warning; gives nothing where it has been told already.
INSERT INTO licence_warnings (organisation_id, warning, told_at)
VALUES (:organisation, :warning, now())
ON CONFLICT (organisation_id, warning) DO NOTHING
RETURNING warning;
