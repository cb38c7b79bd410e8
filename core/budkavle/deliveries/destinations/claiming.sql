-- Claims of due deliveries. Columns are named, because a newer version may add some while this one runs.

-- name: claim_lane
-- Claims due deliveries of one lane, in all organisations: new ones of the named parts, and retries.
-- During a quarantine there is no lane.
SELECT organisation_id, id, fence, crashes, died, kept, destination
FROM claim_lane_v3(
    CASE
        WHEN NOT EXISTS (SELECT 1 FROM installation WHERE name = 'quarantine') THEN cast(:lane AS text)
    END,
    :most,
    cast(:lease AS interval),
    cast(:priorities AS smallint[]),
    cast(:organisations AS uuid[]),
    cast(:destinations AS bigint[]),
    cast(:rooms AS integer[]),
    cast(:shut AS bigint[])
);

-- name: list_lane
-- Lists the parts of one lane that have new deliveries due.
SELECT priority, organisation_id, destination
FROM list_lane(:lane);

-- name: claim_others
-- Claims due deliveries that belong to none of the lanes that workers serve: neither this one's, nor those of another
-- that is alive and in service. A plugin may be on at some hosts only, and the others must not put its deliveries off.
SELECT organisation_id, id, fence, crashes, died, kept, cast(0 AS bigint) AS destination
FROM claim_others_v2(
    CASE
        WHEN NOT EXISTS (SELECT 1 FROM installation WHERE name = 'quarantine')
            THEN
                cast(:known AS text[]) || array(
                    SELECT jsonb_array_elements_text(p.facts -> 'transports')
                    FROM node_processes p
                    JOIN nodes n ON n.name = p.name AND n.kind = p.kind
                    WHERE
                        p.kind = 'worker'
                        AND p.seen_at >= now() - interval '2 minutes'
                        AND n.in_service
                        AND jsonb_typeof(p.facts -> 'transports') = 'array'
                )
    END,
    :most,
    cast(:lease AS interval)
);
