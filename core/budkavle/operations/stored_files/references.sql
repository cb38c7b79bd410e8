-- Which rows refer to files of the store, one organisation at a time.

-- name: list_references
-- Lists every file that a row refers to, with its kind and owner, and its plain size if the row knows it; of all
-- rows, or of those written by a transaction and later ones.
SELECT
    'file' AS part,
    id AS owner_id,
    blob AS name,
    size,
    cast(NULL AS bigint) AS start,
    cast(NULL AS bigint) AS whole
FROM attachments
WHERE
    organisation_id = :organisation
    AND age(xmin) <= coalesce(age(cast(cast(:since AS text) AS xid)), 2147483647)
UNION ALL
SELECT
    'owned-file' AS part,
    id AS owner_id,
    blob AS name,
    size,
    cast(NULL AS bigint) AS start,
    cast(NULL AS bigint) AS whole
FROM owned_files
WHERE
    organisation_id = :organisation
    AND age(xmin) <= coalesce(age(cast(cast(:since AS text) AS xid)), 2147483647) AND blob <> ''
UNION ALL
SELECT
    'piece' AS part,
    p.file_id AS owner_id,
    p.blob AS name,
    p.size,
    p.start,
    f.size AS whole
FROM owned_file_pieces p
JOIN owned_files f ON f.organisation_id = p.organisation_id AND f.id = p.file_id
WHERE
    p.organisation_id = :organisation
    AND age(p.xmin) <= coalesce(age(cast(cast(:since AS text) AS xid)), 2147483647)
UNION ALL
SELECT
    'evidence' AS part,
    id AS owner_id,
    evidence_blob AS name,
    cast(NULL AS bigint) AS size,
    cast(NULL AS bigint) AS start,
    cast(NULL AS bigint) AS whole
FROM messages
WHERE
    organisation_id = :organisation
    AND age(xmin) <= coalesce(age(cast(cast(:since AS text) AS xid)), 2147483647) AND evidence_blob IS NOT NULL
UNION ALL
SELECT
    'wire' AS part,
    id AS owner_id,
    wire_blob AS name,
    cast(NULL AS bigint) AS size,
    cast(NULL AS bigint) AS start,
    cast(NULL AS bigint) AS whole
FROM deliveries
WHERE
    organisation_id = :organisation
    AND age(xmin) <= coalesce(age(cast(cast(:since AS text) AS xid)), 2147483647) AND wire_blob IS NOT NULL
UNION ALL
SELECT
    'export' AS part,
    id AS owner_id,
    file AS name,
    cast(NULL AS bigint) AS size,
    cast(NULL AS bigint) AS start,
    cast(NULL AS bigint) AS whole
FROM exports
WHERE
    subject_id = :organisation
    AND age(xmin) <= coalesce(age(cast(cast(:since AS text) AS xid)), 2147483647) AND file IS NOT NULL
ORDER BY name;

-- name: list_written
-- Lists the names of files that are being written, as their rows store them.
SELECT writing
FROM owned_files
WHERE organisation_id = :organisation AND writing <> '';
