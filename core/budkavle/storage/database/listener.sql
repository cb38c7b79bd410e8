-- name: notify
-- Notifies the processes that listen to the channels of what has been committed.
SELECT count(pg_notify(told.channel, told.payload))
FROM unnest(cast(:channels AS text[]), cast(:payloads AS text[])) AS told (channel, payload);
