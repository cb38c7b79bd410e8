-- Who holds back what from destruction.

-- name: forget_holds
-- Deletes the holds of messages that have just been asked about, and returns them.
DELETE FROM destruction_holds
WHERE
    organisation_id = :organisation
    AND case_id = any(cast(:cases AS uuid[]))
    AND thing_id = any(cast(:things AS uuid[]))
RETURNING case_id, plugin, why, held_at;

-- name: load_other_holds
-- Loads the holds of other messages of the same cases: these are in the case's log already.
SELECT DISTINCT
    case_id,
    plugin,
    why
FROM destruction_holds
WHERE
    organisation_id = :organisation
    AND case_id = any(cast(:cases AS uuid[]))
    AND thing_id <> all(cast(:things AS uuid[]));

-- name: store_holds
-- Stores the holds of messages; a hold that already existed keeps its time.
INSERT INTO destruction_holds (
    organisation_id,
    case_id,
    thing_id,
    plugin,
    why,
    held_at,
    ask_again_at
)
SELECT
    :organisation,
    hold.case_id,
    hold.thing_id,
    hold.plugin,
    hold.why,
    coalesce(hold.since, now()),
    now() + hold.pause * interval '1 second'
FROM
    unnest(
        cast(:cases AS uuid[]),
        cast(:things AS uuid[]),
        cast(:plugins AS text[]),
        cast(:reasons AS text[]),
        cast(:since AS timestamptz[]),
        cast(:pauses AS int[])
    ) AS hold (case_id, thing_id, plugin, why, since, pause)
ON CONFLICT DO NOTHING;
