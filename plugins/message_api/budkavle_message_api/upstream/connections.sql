-- name: list_served
-- Lists the organisations that have a connection to another installation's API.
SELECT organisation_id
FROM message_api_served();
