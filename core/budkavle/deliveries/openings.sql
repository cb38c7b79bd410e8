-- Messages that came in, as their transports hear of their openings.

-- name: find_message_of_file
-- Finds the message that came in with a file.
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
