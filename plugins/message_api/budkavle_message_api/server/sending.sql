-- name: lock_name
-- Waits until nobody else sends with the same id.
SELECT pg_advisory_xact_lock(hashtextextended(:key, 0));
