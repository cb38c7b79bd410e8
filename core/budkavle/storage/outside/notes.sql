-- Small notes of the installation.

-- name: find_table
-- Tells whether a table exists.
SELECT to_regclass(:name) IS NOT NULL AS is_there;

-- name: load_note
-- Loads a note.
SELECT value FROM installation
WHERE name = :name;

-- name: store_note
-- Stores a note in place of an earlier one.
INSERT INTO installation (name, value)
VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: add_note
-- Stores a note unless there is one.
INSERT INTO installation (name, value)
VALUES (:name, :value)
ON CONFLICT DO NOTHING;

-- name: change_note
-- Replaces an existing note.
UPDATE installation SET value = :value
WHERE name = :name;

-- name: remove_note
-- Removes a note.
DELETE FROM installation
WHERE name = :name;
