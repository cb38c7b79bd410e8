-- The accessibility statement.

-- name: find_changed
-- Finds when a settings section was last changed.
SELECT changed_at FROM settings
WHERE organisation_id = :organisation AND section = :section AND mailbox_id = :mailbox;
