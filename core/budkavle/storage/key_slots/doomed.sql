-- Slots of the key store that are to be destroyed, and those that are destroyed.

-- name: list_doomed
-- Lists slots that are to be destroyed, grouped by block.
SELECT slot
FROM doomed_slots
WHERE destroyed_at IS NULL
ORDER BY slot
LIMIT :most;

-- name: mark_destroyed
-- Marks slots as destroyed, with the store's generation.
UPDATE doomed_slots
SET destroyed_at = now(), generation = :generation
WHERE slot = any(cast(:slots AS bigint[])) AND destroyed_at IS NULL;

-- name: forget_destroyed
-- Deletes the slots that no copy of the key store can bring back.
DELETE FROM doomed_slots
WHERE destroyed_at < now() - cast(:kept AS interval);

-- name: count_doomed
-- Counts the slots that have waited longer than :late.
SELECT count(*) AS count
FROM doomed_slots
WHERE destroyed_at IS NULL AND doomed_at < now() - cast(:late AS interval);
