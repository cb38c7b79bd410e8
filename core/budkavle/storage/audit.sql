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

-- name: choose_log
-- Chooses whose log the next entries of the transaction belong to.
SELECT set_config('budkavle.organisation', :organisation, true);

-- name: seal_entry
-- Stores the signed head of a log, where the log has that entry with that hash. Only the function may.
SELECT audit_seal(:organisation, :number, :hash, :signature) AS is_new;
