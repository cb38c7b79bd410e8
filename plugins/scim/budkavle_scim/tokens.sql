-- name: find_organisation
-- Finds whose token it is, before anybody is identified.
SELECT organisation_id
FROM scim_of_token(cast(:hash AS bytea));
