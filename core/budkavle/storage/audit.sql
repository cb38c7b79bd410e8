-- The event log.

-- name: append_entry
-- Writes one entry of an organisation's log; it gets its number and place in the chain afterwards.
-- Only functions may write the log.
SELECT audit_write(:organisation, :at, :kind, :entry);

-- name: choose_log
-- Chooses the log that the next entries of the transaction belong to.
SELECT set_config('budkavle.organisation', :organisation, true);

-- name: seal_entry
-- Stores the signed head of a log, if the log has that entry with that hash. Only the function may do so.
SELECT audit_seal(:organisation, :number, :hash, :signature) AS is_new;
