-- Locks by name, until the transaction ends. Two names with the same hash wait for each other, which is harmless.

-- name: lock_names
-- Waits until no other transaction holds one of the names, shared or exclusively.
SELECT pg_advisory_xact_lock(hashtextextended(key, 0))
FROM unnest(cast(:keys AS text[])) AS key;

-- name: share_name
-- Takes the name shared with others, and waits for an exclusive holder.
SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 0));
