-- name: find_organisation
-- Finds whose client it is, before anybody is identified.
SELECT organisation_id
FROM message_api_of_client(cast(:client AS uuid));
