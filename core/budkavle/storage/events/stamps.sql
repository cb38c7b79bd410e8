-- Spans of the event log that a third party stamps.

-- name: hashes_between
-- The hashes of the entries of a span, in their order.
SELECT
    number,
    hash
FROM audit_log
WHERE
    organisation_id = :organisation
    AND number BETWEEN :first AND :last
ORDER BY number;
