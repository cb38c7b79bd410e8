-- The stamps that cover entries of the event log.

-- name: stamps_of
-- For each entry, the stamp of the span that contains it: the first one that ends at the entry or later.
SELECT DISTINCT
    stamp.first,
    stamp.last,
    stamp.at,
    stamp.authority,
    stamp.token
FROM unnest(cast(:numbers AS bigint[])) AS entry (number)
CROSS JOIN
    LATERAL (
        SELECT *
        FROM timestamps_stamps AS kept
        WHERE
            kept.organisation_id = :organisation
            AND kept.last >= entry.number
        ORDER BY kept.last
        LIMIT 1
    ) AS stamp
WHERE stamp.first <= entry.number;
