-- The schedule of jobs: one row a job, claimed by workers under a lease with a fence.

-- name: add_jobs
-- Adds the jobs that are missing, due at once.
INSERT INTO schedule (name, due_at)
SELECT name, now()
FROM unnest(cast(:names AS text[])) AS name
ON CONFLICT DO NOTHING;

-- name: claim_jobs
-- Claims the jobs that have been due for :patience, the longest first. The CTE is evaluated once;
-- a subquery may be evaluated for each row, and would then claim more than :most.
-- During a quarantine nothing is claimed.
WITH due AS (
    SELECT name
    FROM schedule
    WHERE
        name = any(:names)
        AND due_at <= now() - cast(:patience AS interval)
        AND (lease_until IS NULL OR lease_until <= now())
        AND NOT EXISTS (SELECT 1 FROM installation AS i WHERE i.name = 'quarantine')
    ORDER BY due_at
    LIMIT :most
    FOR UPDATE SKIP LOCKED
)

UPDATE schedule
SET lease_until = now() + cast(:lease AS interval), fence = fence + 1
WHERE name IN (SELECT name FROM due)
RETURNING name, fence;

-- name: renew_lease
-- Renews a lease. No row: another worker has claimed the job meanwhile.
UPDATE schedule
SET lease_until = now() + cast(:lease AS interval)
WHERE name = :name AND fence = :fence
RETURNING name;

-- name: finish_job
-- Ends the lease and sets when the job is due again. No row: the lease was lost.
UPDATE schedule
SET lease_until = NULL, due_at = now() + cast(:every AS interval)
WHERE name = :name AND fence = :fence
RETURNING name;
