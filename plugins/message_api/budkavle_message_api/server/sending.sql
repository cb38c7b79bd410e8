-- name: lock_name
-- Waits until nobody else sends under the same name.
SELECT pg_advisory_xact_lock(hashtextextended(:key, 0));
