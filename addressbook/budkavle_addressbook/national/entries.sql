-- Entries of our copy of the national address book.

-- name: find_functions
-- Finds functions by their identifiers.
SELECT identifier, name, organisation, participant, description, keywords
FROM addressbook_functions
WHERE identifier = any(:wanted);

-- name: check_listed
-- Tells in one exchange which of the addresses are listed, and whether the copy has been fetched
-- at all. An organisation is the topmost with its participant identifier: units may bear it too.
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
