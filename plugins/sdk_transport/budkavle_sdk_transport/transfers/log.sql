-- The log of transfers: what came and what was sent again.

-- name: list_arrivals
-- Lists what came, the newest first, in a span of time or by an identifier.
SELECT transport_id, message_id, document, sender, outcome, at
FROM sdk_arrivals
WHERE
    organisation_id = :organisation
    AND (:wanted = '' OR transport_id = :typed OR message_id = :wanted)
    AND at < :before
    AND at >= :since
ORDER BY at DESC
LIMIT :most;

-- name: list_resends
-- Lists what was sent again, the newest first.
SELECT transport_id, delivery_id, at
FROM sdk_resends
WHERE
    organisation_id = :organisation
    AND (cast(:ids AS uuid[]) IS NULL OR delivery_id = any(cast(:ids AS uuid[])))
    AND at < :before
    AND at >= :since
ORDER BY at DESC
LIMIT :most;

-- name: find_resent_delivery
-- Finds the delivery that was sent again under an identifier.
SELECT delivery_id
FROM sdk_resends
WHERE organisation_id = :organisation AND transport_id = :wanted;
