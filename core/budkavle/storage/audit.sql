-- The event log.

-- name: append_entry
-- Appends one entry to an organisation's log and returns its number. Only the function may write
-- the log.
SELECT audit_append(:organisation, :at, :kind, :entry);

-- name: append_entry_and_notify
-- As append_entry, and tells the processes that listen, when the transaction commits: one
-- statement fewer.
SELECT
    audit_append(:organisation, :at, :kind, :entry),
    (
        SELECT count(pg_notify(channel, :payload))
        FROM unnest(cast(:channels AS text[])) AS channel
    );

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
