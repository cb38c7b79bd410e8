-- name: find_organisation
-- Finds the organisation of a token, before anybody is identified.
SELECT organisation_id
FROM scim_of_token(cast(:hash AS bytea));
