-- The last fault of each part of a plugin, by process, for health and for the page Tillägg. They share a table with
-- worker faults, under the kind 'plugin'.

-- name: report_fault
-- Stores a fault, or that a part has answered correctly since. `since` is kept until it has.
INSERT INTO worker_faults AS f (kind, subject, worker, since, seen_at, facts)
VALUES ('plugin', :subject, :worker, now(), now(), :facts)
ON CONFLICT (kind, subject, worker)
DO UPDATE SET
    since = CASE
        WHEN f.facts ->> 'faults' = '0' OR f.seen_at < now() - interval '1 hour' THEN now() ELSE f.since
    END,
    seen_at = now(),
    facts = excluded.facts;

-- name: list_faults
-- Lists them: ongoing ones first, each group with the latest first.
SELECT worker, since, seen_at, facts, seen_at > now() - interval '1 hour' AS is_recent
FROM worker_faults
WHERE kind = 'plugin' AND seen_at > now() - interval '1 day'
ORDER BY (facts ->> 'faults') = '0', seen_at DESC, subject, worker;
