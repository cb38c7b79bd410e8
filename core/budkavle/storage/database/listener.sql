-- name: notify
-- Tells the processes that listen to the channels, when the transaction commits.
SELECT pg_notify(channel, :payload)
FROM unnest(cast(:channels AS text[])) AS channel;
