-- What an organisation says itself of the rows of its register of processing.

-- name: load_processing
-- Gives what it has said, by row.
SELECT
    activity,
    ground,
    note
FROM processing_notes
WHERE organisation_id = :organisation;

-- name: store_processing
-- Keeps what it says of one row, in place of what it said before.
INSERT INTO processing_notes (organisation_id, activity, ground, note, changed_at)
VALUES (:organisation, :activity, :ground, :note, now())
ON CONFLICT (organisation_id, activity) DO UPDATE
    SET ground = excluded.ground, note = excluded.note, changed_at = now();
