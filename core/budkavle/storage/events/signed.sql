-- Entries of the event log with the proof of their place in its chain.

-- name: entries_naming
-- The entries that match one of some patterns, each with the hash of the entry before it.
SELECT
    entry.number,
    entry.entry,
    entry.hash,
    before.hash AS before
FROM audit_log AS entry
LEFT JOIN audit_log AS before
    ON
        before.organisation_id = entry.organisation_id
        AND before.number = entry.number - 1
WHERE
    entry.organisation_id = :organisation
    AND entry.at >= :since
    AND entry.entry LIKE any(cast(:patterns AS text[]))
ORDER BY entry.number;
