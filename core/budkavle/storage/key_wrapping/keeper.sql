-- Who wraps the installation's keys.

-- name: hold
-- Keeps the provider that wraps keys the same until the transaction ends.
SELECT pg_advisory_xact_lock_shared(hashtextextended(:lock, 0));
