-- Finding entries of the event log.

-- name: things_of
-- The messages of a case, and the deliveries of a case or a message.
SELECT id FROM messages
WHERE organisation_id = :organisation AND case_id = :thing
UNION
SELECT id FROM deliveries
WHERE organisation_id = :organisation AND (case_id = :thing OR message_id = :thing);
