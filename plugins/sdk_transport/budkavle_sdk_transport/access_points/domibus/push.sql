-- Pushes of the access point: it says that there is something, and a job fetches it.

-- name: add_ring
-- Notes what the access point has said, once.
INSERT INTO sdk_rings (bell)
VALUES (:bell)
ON CONFLICT DO NOTHING;

-- name: take_rings
-- Takes all of it.
DELETE FROM sdk_rings
RETURNING bell;
