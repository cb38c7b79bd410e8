-- Entries of our copy of the national address book.

-- name: find_functions
-- Finds functions by their identifiers.
SELECT identifier, name, organisation, participant, description, keywords
FROM addressbook_functions
WHERE identifier = any(:wanted);

-- name: list_participants
-- Lists the organisations that have functions, each by its top-level name.
SELECT
    counted.participant,
    coalesce(top.name, '') AS name,
    coalesce(top.alternate_name, '') AS alternate_name
FROM (SELECT DISTINCT participant FROM addressbook_functions) AS counted
LEFT JOIN LATERAL (
    SELECT name, alternate_name
    FROM addressbook_organisations
    WHERE participant = counted.participant
    ORDER BY parent_id NULLS FIRST, id
    LIMIT 1
) AS top ON TRUE;

-- name: check_listed
-- Tells in one query which of the addresses are listed, and whether the copy has ever been fetched. An organisation is
-- the top-level one with its participant identifier, since units may have it too.
SELECT 'function' AS kind, identifier, name, organisation, participant
FROM addressbook_functions
WHERE identifier = any(:values)
UNION ALL
(
    SELECT DISTINCT ON (participant) 'organisation', '', name, name AS organisation, participant
    FROM addressbook_organisations
    WHERE participant = any(:participants)
    ORDER BY participant, parent_id NULLS FIRST, id
)
UNION ALL
SELECT 'read', '', '', '', ''
FROM addressbook_copy
WHERE fetched_at IS NOT NULL;
