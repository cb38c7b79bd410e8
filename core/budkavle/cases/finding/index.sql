-- The search index of words, as the job writes it.

-- name: find_organisations
-- Lists the organisations with cases to index.
SELECT o.id
FROM organisations_to_index() AS f
JOIN organisations o ON o.id = f.organisation_id AND o.state IN ('active', 'paused')
ORDER BY o.id;

-- name: list_waiting
-- Lists cases to index, the longest waiting first, with the mark that indexing them completes.
SELECT case_id AS id, mark
FROM search_cases
WHERE organisation_id = :organisation AND mark <> done AND marked_at <= now()
ORDER BY marked_at
LIMIT :limit;

-- name: lock_cases
-- Locks those of some cases that have not changed since; a case that is being changed now is left for the next run.
SELECT
    s.case_id AS id,
    s.words,
    c.opened_at,
    c.mailbox_id
FROM unnest(cast(:ids AS uuid[]), cast(:marks AS bigint[])) AS read (id, mark)
JOIN search_cases s ON s.organisation_id = :organisation AND s.case_id = read.id AND s.mark = read.mark
JOIN cases c ON c.organisation_id = s.organisation_id AND c.id = s.case_id
FOR UPDATE OF s SKIP LOCKED;

-- name: delete_words
-- Deletes words that their cases no longer have.
DELETE FROM search_words AS w
USING unnest(cast(:words AS bigint[]), cast(:ids AS uuid[]), cast(:opened AS timestamptz[])) AS gone (word, id, at)
WHERE
    w.organisation_id = :organisation
    AND w.word = gone.word
    AND w.opened_at = gone.at
    AND w.case_id = gone.id;

-- name: change_places
-- Changes the places of words that their cases already had. Unchanged rows are not touched.
UPDATE search_words AS w
SET places = changed.places, mailbox_id = (cast(:mailboxes AS uuid[]))[changed.number]
FROM
    unnest(cast(:words AS bigint[]), cast(:numbers AS integer[]), cast(:places AS smallint[]))
        AS changed (word, number, places)
WHERE
    w.organisation_id = :organisation
    AND w.word = changed.word
    AND w.opened_at = (cast(:opened AS timestamptz[]))[changed.number]
    AND w.case_id = (cast(:ids AS uuid[]))[changed.number]
    AND (w.places <> changed.places OR w.mailbox_id <> (cast(:mailboxes AS uuid[]))[changed.number]);

-- name: write_words
-- Inserts the new words of some cases in the order of the index, which also hides their order in the text. Then notes
-- which words the table has, and up to which change. A word has the number of its case, counted from 1; the first
-- :new words are new. The locked row of their case tells that they are not in the table, so the table need not be
-- queried for each.
WITH finished AS (
    UPDATE search_cases AS s
    SET words = coalesce(new.words, '{}'), done = s.mark
    FROM unnest(cast(:ids AS uuid[])) WITH ORDINALITY AS written (id, number)
    LEFT JOIN (
        SELECT
            number,
            array_agg(word ORDER BY word) AS words
        FROM unnest(cast(:words AS bigint[]), cast(:numbers AS integer[])) AS new (word, number)
        GROUP BY number
    ) AS new ON new.number = written.number
    WHERE s.organisation_id = :organisation AND s.case_id = written.id
)
INSERT INTO search_words (organisation_id, word, opened_at, case_id, mailbox_id, places)
SELECT
    :organisation,
    word,
    (cast(:opened AS timestamptz[]))[number] AS opened_at,
    (cast(:ids AS uuid[]))[number],
    (cast(:mailboxes AS uuid[]))[number],
    places
FROM
    unnest(cast(:words AS bigint[]), cast(:numbers AS integer[]), cast(:places AS smallint[]))
    WITH ORDINALITY AS new (word, number, places, position)
WHERE position <= cast(:new AS bigint)
ORDER BY word, opened_at;

-- name: postpone
-- Postpones a case with texts that could not be read.
UPDATE search_cases
SET marked_at = now() + cast(:pause AS interval)
WHERE organisation_id = :organisation AND case_id = :case AND mark = :mark;

-- name: mark_case
-- Marks a case to be indexed again; :forgets removes its words at once.
SELECT mark_case(organisation_id, id, :forgets) FROM cases
WHERE organisation_id = :organisation AND id = :case;

-- name: mark_old
-- Marks the next cases from before the index existed, and returns how many; 0 if there are no more.
WITH place AS (
    SELECT last_id FROM search_backfills
    WHERE organisation_id = :organisation
    FOR UPDATE
),
old AS (
    SELECT c.id FROM cases c, place
    WHERE c.organisation_id = :organisation AND c.id > place.last_id
    ORDER BY c.id
    LIMIT :limit
),
marked AS (
    INSERT INTO search_cases (organisation_id, case_id)
    SELECT
        :organisation,
        old.id
    FROM old
    ON CONFLICT DO NOTHING
),
moved AS (
    UPDATE search_backfills SET last_id = (SELECT max(id::text)::uuid FROM old)
    WHERE organisation_id = :organisation AND EXISTS (SELECT FROM old)
)
SELECT count(*) AS number FROM old;

-- name: end_backfill
-- Notes that all old cases have been marked.
DELETE FROM search_backfills
WHERE organisation_id = :organisation;

-- name: is_unfinished
-- Tells whether cases have been missing from the index for longer than indexing one takes. The order keeps the planner,
-- which assumes that nearly all cases wait, from reading them all.
SELECT
    EXISTS (SELECT FROM search_backfills WHERE organisation_id = :organisation)
    OR coalesce((
        SELECT true FROM search_cases
        WHERE organisation_id = :organisation AND mark <> done AND marked_at < now() - interval '1 minute'
        ORDER BY marked_at
        LIMIT 1
    ), false) AS unfinished;
