-- What keeps workers from their work, for the health page.

-- name: report_fault
-- Stores that a fault lasts. `since` is kept while it is reported again within :lasts.
INSERT INTO worker_faults AS f (kind, subject, worker, since, seen_at, facts)
VALUES (:kind, :subject, :worker, now(), now(), :facts)
ON CONFLICT (kind, subject, worker)
DO UPDATE SET
    since = CASE WHEN f.seen_at > now() - cast(:lasts AS interval) THEN f.since ELSE now() END,
    seen_at = now(),
    facts = excluded.facts;

-- name: clear_fault
-- Deletes a fault that has ended.
DELETE FROM worker_faults
WHERE kind = :kind AND subject = :subject AND worker = :worker;

-- name: list_faults
-- Lists the ongoing faults, the oldest first; those of plugins are listed elsewhere.
SELECT kind, subject, worker, since, facts
FROM worker_faults
WHERE seen_at > now() - cast(:lasts AS interval) AND kind <> 'plugin'
ORDER BY since, kind, subject, worker;

-- name: remove_old_faults
-- Removes faults that have not been reported for a day, and returns their kinds.
DELETE FROM worker_faults
WHERE seen_at < now() - interval '1 day'
RETURNING kind;
