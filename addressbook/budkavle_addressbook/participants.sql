-- name: find_participant
-- Finds the participant identifier of an organisation.
SELECT participant
FROM addressbook_participants
WHERE organisation_id = :organisation;
