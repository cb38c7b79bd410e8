-- name: remove_old
-- Removes what the API need not remember any longer, in all organisations.
SELECT message_api_sweep() AS gone;
