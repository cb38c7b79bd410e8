-- Messages between accounts of the installation: the recipient's copy.

-- name: load_states
-- Loads states of deliveries, and whether they were opened.
SELECT id, state, opened_at
FROM deliveries
WHERE
    organisation_id = :organisation
    AND id = any(:ids);
