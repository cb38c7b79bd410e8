-- name: find_organisation
-- Finds the organisation of a client, before anybody is identified.
SELECT organisation_id
FROM message_api_of_client(cast(:client AS uuid));
