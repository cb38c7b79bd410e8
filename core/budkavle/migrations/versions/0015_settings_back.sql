-- What the column held before comes back into it; `join_by_reference` as 0 or 1.
UPDATE organisations AS o
SET settings = o.settings || back.chosen
FROM (
    SELECT
        s.organisation_id,
        jsonb_object_agg(
            entry.key,
            CASE entry.key WHEN 'join_by_reference' THEN to_jsonb((entry.value = 'true')::integer) ELSE entry.value END
        ) AS chosen
    FROM settings AS s
    CROSS JOIN jsonb_each(s.chosen) AS entry (key, value)
    WHERE s.section IN ('budkavle.sign_out', 'budkavle.bin', 'budkavle.cases')
    GROUP BY s.organisation_id
) AS back
WHERE o.id = back.organisation_id;
