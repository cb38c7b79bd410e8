-- Whether the access point answers; one row for all processes.

-- name: store_answer
-- Notes that it answered.
INSERT INTO sdk_access_point (id, answered_at)
VALUES (1, now())
ON CONFLICT (id)
DO UPDATE SET answered_at = now(), failing_since = NULL, reason = '';

-- name: store_failure
-- Notes that it did not, and why; since the first time without an answer in between.
INSERT INTO sdk_access_point AS p (id, failing_since, reason)
VALUES (1, now(), :reason)
ON CONFLICT (id)
DO UPDATE SET failing_since = coalesce(p.failing_since, now()), reason = :reason;

-- name: load_availability
-- Loads what is noted.
SELECT answered_at, failing_since, reason
FROM sdk_access_point
WHERE id = 1;

-- name: count_silent
-- Counts what came and got no answer: messages that nobody was told of, and receipts that fit
-- nothing.
SELECT
    count(*) FILTER (WHERE outcome = 'SILENT') AS messages,
    count(*) FILTER (WHERE outcome <> 'SILENT') AS receipts,
    max(at) AS last
FROM sdk_arrivals
WHERE
    organisation_id = :organisation
    AND outcome IN ('SILENT', 'REFUSED', 'STRANGE')
    AND at > :since;
