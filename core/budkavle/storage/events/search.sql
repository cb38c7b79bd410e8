-- Finding entries of the event log.

-- name: things_of
-- The messages of a case, and the deliveries of a case or a message.
SELECT id FROM messages
WHERE organisation_id = :organisation AND case_id = :thing
UNION
SELECT d.id FROM messages m
JOIN deliveries d ON d.organisation_id = m.organisation_id AND d.message_id = m.id
WHERE m.organisation_id = :organisation AND m.case_id = :thing
UNION
SELECT id FROM deliveries
WHERE organisation_id = :organisation AND message_id = :thing;
