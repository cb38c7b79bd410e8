-- name: list_earlier_terms
-- Lists the terms of earlier recipients in the case of a message, the oldest first.
SELECT d.id, d.recipient, d.terms
FROM messages m
JOIN messages o
    ON
        o.organisation_id = m.organisation_id
        AND o.case_id = m.case_id
JOIN deliveries d
    ON
        d.organisation_id = o.organisation_id
        AND d.message_id = o.id
        AND d.terms IS NOT NULL
WHERE
    m.organisation_id = :organisation
    AND m.id = :message
    AND d.recipient <> ''
ORDER BY d.created_at, d.id;
