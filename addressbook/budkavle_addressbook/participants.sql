-- name: find_participant
-- Finds the participant identifier that an organisation answers to.
SELECT participant
FROM addressbook_participants
WHERE organisation_id = :organisation;
