-- The register of all organisations. Both functions are in the migrations: they read the accounts of all
-- organisations, and return nothing else about them.

-- name: count_accounts
-- Counts the open accounts of some organisations.
SELECT organisation_id, accounts
FROM count_accounts(cast(:ids AS uuid[]));

-- name: list_administrators
-- Lists the administrators of the whole installation.
SELECT organisation_id, id, name, email
FROM list_installation_administrators();
