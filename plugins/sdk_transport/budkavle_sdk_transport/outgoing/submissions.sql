-- What the access point has of ours, until its outcome is known; and what was sent again.

-- name: add_submission
-- Notes that the access point has a parcel.
INSERT INTO sdk_enqueued (organisation_id, transport_id, delivery_id, recipient, purpose, word, at, asked_at)
VALUES (:organisation_id, :transport_id, :delivery_id, :recipient, :purpose, :word, :at, :asked_at)
ON CONFLICT DO NOTHING;

-- name: claim_submissions
-- Claims submissions to ask about, in turns: many that do not get through must not hide the
-- others. The CTE is evaluated once; a subquery may be evaluated for each row, and would then
-- claim more than :most.
WITH due AS (
    SELECT transport_id
    FROM sdk_enqueued
    WHERE
        organisation_id = :organisation
        AND asked_at <= :now
    ORDER BY asked_at
    LIMIT :most
    FOR UPDATE SKIP LOCKED
)

UPDATE sdk_enqueued
SET asked_at = :now
WHERE
    organisation_id = :organisation
    AND transport_id IN (SELECT transport_id FROM due)
RETURNING transport_id, delivery_id, purpose, word, at;

-- name: store_word
-- Stores what the access point said last.
UPDATE sdk_enqueued
SET word = :word
WHERE organisation_id = :organisation AND transport_id = :transport_id;

-- name: remove_submission
-- Forgets a submission whose outcome is known.
DELETE FROM sdk_enqueued
WHERE organisation_id = :organisation AND transport_id = :transport_id;

-- name: count_submissions
-- Counts the messages to a recipient that are on their way.
SELECT count(*) AS number
FROM sdk_enqueued
WHERE
    organisation_id = :organisation
    AND recipient = :recipient
    AND purpose = 'message';

-- name: find_last_resend
-- Finds when a delivery was last sent again, and as which attempt.
SELECT coalesce(max(number), 0) AS number, max(at) AS at
FROM sdk_resends
WHERE organisation_id = :organisation AND delivery_id = :id;

-- name: add_resend
-- Notes that a delivery is sent again, under another identifier.
INSERT INTO sdk_resends (organisation_id, delivery_id, number, transport_id, at)
VALUES (:organisation_id, :delivery_id, :number, :transport_id, :at);
