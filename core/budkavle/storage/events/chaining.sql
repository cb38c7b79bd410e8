-- Numbering and linking what has been written to event logs.

-- name: chain_log
-- Numbers and links the oldest waiting entries of one log, at most :most, and returns how many.
-- If another transaction is doing so, it waits for half a second.
SELECT audit_chain(:organisation, :most, true) AS number;

-- name: list_logs
-- The logs with waiting entries, and for how many seconds the oldest of each has waited.
SELECT
    w.organisation_id,
    extract(EPOCH FROM now() - w.since)::double precision AS seconds
FROM organisations_to_chain() AS w
ORDER BY w.organisation_id;

-- name: chain_logs
-- As chain_log, in several logs; logs that another transaction is linking are skipped.
SELECT coalesce(max(audit_chain(chosen.organisation, :most, false)), 0) AS number
FROM unnest(cast(:organisations AS uuid[])) WITH ORDINALITY AS chosen (organisation, place);
