-- Messages between accounts of the installation: the recipient's copy.

-- name: load_states
-- Loads states of deliveries, and whether they were opened.
SELECT id, state, opened_at
FROM deliveries
WHERE
    organisation_id = :organisation
    AND id = any(:ids);

-- name: find_original
-- Finds the message whose copy an attachment belongs to.
SELECT m.id, m.head, m.remote_id
FROM attachments a
JOIN messages m
    ON
        m.organisation_id = a.organisation_id
        AND m.id = a.message_id
WHERE
    a.organisation_id = :organisation
    AND a.id = :id
    AND m.transport = 'local'
    AND m.direction = 'in';
