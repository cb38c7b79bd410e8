-- Incoming messages, for telling their transports of openings.

-- name: find_message_of_file
-- Finds the incoming message of a file.
SELECT m.id, m.head, m.remote_id, m.transport
FROM attachments a
JOIN messages m
    ON
        m.organisation_id = a.organisation_id
        AND m.id = a.message_id
WHERE
    a.organisation_id = :organisation
    AND a.id = :id
    AND m.direction = 'in';
