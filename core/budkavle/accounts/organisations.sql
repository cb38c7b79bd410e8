-- Organisations.

-- name: load_organisation
-- Loads an organisation; each message that is sent asks for it.
SELECT id, name, slug, settings, state
FROM organisations
WHERE id = :organisation;
