-- Locks by name, until the transaction ends. Two names of one hash wait for each other, which harms nobody.

-- name: lock_names
-- Waits until nobody else holds one of the names, in either way.
SELECT pg_advisory_xact_lock(hashtextextended(key, 0))
FROM unnest(cast(:keys AS text[])) AS key;

-- name: share_name
-- Lets others share the name, and waits for who holds it alone.
SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 0));
