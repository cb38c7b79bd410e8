-- Notices to people outside of the pages. The states that a change may start from are parameters, taken from the table
-- in budkavle.model.states.

-- name: add
-- Adds a notice, unless there is one with its topic and key, or with its id.
INSERT INTO notices (
    organisation_id, id, kind, topic, key, about, sealed, state, is_urgent, expires_at, asked_at, changed_at
)
VALUES (
    :organisation,
    :id,
    :kind,
    :topic,
    cast(:key AS text),
    cast(:about AS uuid),
    :sealed,
    :state,
    :urgent,
    cast(:expires_at AS timestamptz),
    clock_timestamp(),
    clock_timestamp()
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: find
-- One notice, with all columns.
SELECT
    *,
    coalesce(expires_at <= clock_timestamp(), false) AS is_expired
FROM notices
WHERE organisation_id = :organisation AND id = :id;

-- name: find_locked
-- One notice, with all columns, locked until the end of the transaction.
SELECT *
FROM notices
WHERE organisation_id = :organisation AND id = :id
FOR UPDATE;

-- name: find_about
-- The notices of a topic about some objects.
SELECT
    organisation_id, id, kind, topic, about, key, state, failure, asked_at, changed_at
FROM notices
WHERE organisation_id = :organisation AND topic = :topic AND about = any(cast(:about AS uuid[]))
ORDER BY asked_at;

-- name: list_latest
-- The latest notices of a kind, with all columns.
SELECT *
FROM notices
WHERE organisation_id = :organisation AND kind = :kind
ORDER BY asked_at DESC
LIMIT :limit;

-- name: count_failed
-- How many notices of a kind have not been delivered since a time.
SELECT count(*) AS number
FROM notices
WHERE
    organisation_id = :organisation
    AND kind = :kind
    AND state = any(:failed)
    AND asked_at > cast(:since AS timestamptz);

-- name: move
-- Changes the state, and the encrypted content.
UPDATE notices
SET
    state = :new,
    failure = :failure,
    sealed = :sealed,
    changed_at = clock_timestamp()
WHERE organisation_id = :organisation AND id = :id AND state = any(:before)
RETURNING organisation_id, id, kind, topic, about, key, state, failure, asked_at, changed_at;

-- name: note_failure
-- Stores why the latest try has failed, if there will be another.
UPDATE notices
SET failure = :failure
WHERE organisation_id = :organisation AND id = :id AND state = any(:open)
RETURNING id;

-- name: forget
-- Deletes the notices about some objects.
DELETE FROM notices
WHERE organisation_id = :organisation AND about = any(cast(:about AS uuid[]))
RETURNING id;

-- name: sweep
-- Deletes the notices of a kind that have been finished for a long time.
DELETE FROM notices
WHERE
    organisation_id = :organisation
    AND kind = :kind
    AND state <> :waiting
    AND changed_at < now() - cast(:kept AS interval)
RETURNING id;
