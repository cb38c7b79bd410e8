-- Keys of sealed content, each wrapped by a key of its organisation.

-- name: load_content_keys
-- Loads the keys of several parts in one query.
SELECT k.owner_id, k.part, k.version, k.wrapped, k.slot
FROM unnest(cast(:owners AS uuid[]), cast(:parts AS text[])) AS wanted (owner, part)
JOIN content_keys k
    ON
        k.organisation_id = :organisation
        AND k.owner_id = wanted.owner
        AND k.part = wanted.part;

-- name: store_content_keys
-- Stores the keys of several parts. A part that is sealed again gets a new key, and its former slot is doomed.
INSERT INTO content_keys (organisation_id, owner_id, part, version, wrapped, slot)
SELECT :organisation, one.owner, one.part, :version, one.wrapped, one.slot
FROM
    unnest(
        cast(:owners AS uuid[]),
        cast(:parts AS text[]),
        cast(:wrapped AS bytea[]),
        cast(:slots AS bigint[])
    ) AS one (owner, part, wrapped, slot)
ON CONFLICT (organisation_id, owner_id, part)
DO UPDATE SET version = excluded.version, wrapped = excluded.wrapped, slot = excluded.slot;
