-- An organisation's own texts for the rows of its register of processing.

-- name: load_processing
-- Loads the texts, by row.
SELECT
    activity,
    ground,
    note
FROM processing_notes
WHERE organisation_id = :organisation;

-- name: store_processing
-- Stores the texts of one row, and replaces earlier ones.
INSERT INTO processing_notes (organisation_id, activity, ground, note, changed_at)
VALUES (:organisation, :activity, :ground, :note, now())
ON CONFLICT (organisation_id, activity) DO UPDATE
    SET ground = excluded.ground, note = excluded.note, changed_at = now();
