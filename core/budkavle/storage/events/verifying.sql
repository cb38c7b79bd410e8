-- How much of an event log is already verified.

-- name: find_horizon
-- Finds the oldest transaction that is under way: every later statement sees what was written before it.
SELECT cast(cast(pg_snapshot_xmin(pg_current_snapshot()) AS xid) AS text) AS horizon;

-- name: find_unchanged
-- Finds the last number, at most :number, up to which no entry was written since the horizon; the hash of that entry,
-- and how many entries there are up to it.
SELECT
    u.number,
    (SELECT l.hash FROM audit_log AS l WHERE l.organisation_id = :organisation AND l.number = u.number) AS hash,
    (SELECT count(*) FROM audit_log AS l WHERE l.organisation_id = :organisation AND l.number <= u.number) AS entries
FROM (
    SELECT least(min(l.number) - 1, cast(:number AS bigint)) AS number
    FROM audit_log AS l
    WHERE l.organisation_id = :organisation AND age(l.xmin) <= age(cast(cast(:horizon AS text) AS xid))
) AS u;

-- name: list_seals
-- Lists the signed heads of entries after a number, and those that were written since the horizon.
SELECT s.number, s.hash, s.signature, l.hash AS chained
FROM audit_seals AS s
LEFT JOIN audit_log AS l ON l.organisation_id = s.organisation_id AND l.number = s.number
WHERE
    s.organisation_id = :organisation
    AND (s.number > :number OR age(s.xmin) <= age(cast(cast(:horizon AS text) AS xid)));
