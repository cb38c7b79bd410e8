-- The register of all organisations. Both functions are in the migrations: they see the accounts of all organisations,
-- and tell no more of them than this.

-- name: count_accounts
-- Counts the open accounts of some organisations.
SELECT organisation_id, accounts
FROM count_accounts(cast(:ids AS uuid[]));

-- name: list_administrators
-- Lists who administers the whole installation.
SELECT organisation_id, id, name, email
FROM list_installation_administrators();
