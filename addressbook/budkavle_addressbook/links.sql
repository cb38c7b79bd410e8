-- Links between mailboxes and functions of the national address book.

-- name: find_mailbox
-- Finds the mailbox of an identifier, in any organisation.
SELECT organisation_id, mailbox_id
FROM addressbook_mailbox(:transport, :identifier);

-- name: list_links
-- Lists links of mailboxes, with their current data in the address book and the organisation's own
-- participant.
SELECT
    l.mailbox_id,
    l.identifier,
    coalesce(f.name, l.name) AS name,
    coalesce(f.organisation, l.organisation) AS organisation,
    coalesce(f.participant, l.participant) AS participant,
    f.participant AS now_participant,
    p.participant AS own
FROM addressbook_links l
LEFT JOIN addressbook_functions f ON f.identifier = l.identifier
LEFT JOIN addressbook_participants p ON p.organisation_id = l.organisation_id
WHERE
    l.organisation_id = :organisation
    AND l.transport = :transport
    AND l.mailbox_id = any(cast(:boxes AS uuid[]));
