-- What has come in from the access point.

-- name: find_accepted
-- Tells whether a message with this identifier was accepted before.
SELECT exists(
    SELECT
    FROM sdk_arrivals
    WHERE
        organisation_id = :organisation
        AND message_id = :id
        AND outcome = 'ACCEPTED'
) AS yes;

-- name: find_arrival
-- Tells whether a parcel has been dealt with.
SELECT exists(
    SELECT
    FROM sdk_arrivals
    WHERE organisation_id = :organisation AND transport_id = :id
) AS yes;

-- name: add_arrival
-- Notes what came of a parcel.
INSERT INTO sdk_arrivals (organisation_id, transport_id, message_id, document, sender, outcome, at)
VALUES (:organisation_id, :transport_id, :message_id, :document, :sender, :outcome, :at);
