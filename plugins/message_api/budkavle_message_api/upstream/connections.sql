-- name: list_served
-- Lists the organisations that are connected to another message service.
SELECT organisation_id
FROM message_api_served();
