-- name: remove_old
-- Deletes what the API no longer needs, in all organisations.
SELECT message_api_sweep() AS gone;
