-- Favourites, compared with their current data in the address book.

-- name: list_changed
-- Lists favourites whose function has left the address book or has a changed description.
SELECT
    v.mailbox_id,
    v.identifier,
    v.name,
    v.organisation,
    v.participant,
    f.name AS now_name,
    f.organisation AS now_organisation,
    f.participant AS now_participant
FROM addressbook_favourites v
LEFT JOIN addressbook_functions f ON f.identifier = v.identifier
WHERE
    v.organisation_id = :organisation
    AND v.transport = :transport
    AND (
        f.identifier IS NULL
        OR (f.name, f.organisation, f.participant) IS DISTINCT FROM (v.name, v.organisation, v.participant)
    );

-- name: confirm_change
-- Accepts the description in the address book, once somebody has seen it.
UPDATE addressbook_favourites v
SET name = f.name, organisation = f.organisation, participant = f.participant
FROM addressbook_functions f
WHERE
    f.identifier = v.identifier
    AND v.organisation_id = :organisation
    AND v.mailbox_id = :mailbox
    AND v.transport = :transport
    AND v.identifier = :identifier
RETURNING v.identifier;
