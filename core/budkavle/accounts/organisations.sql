-- Organisations.

-- name: load_organisation
-- Loads an organisation; runs for each sent message.
SELECT id, name, slug, settings, state
FROM organisations
WHERE id = :organisation;
