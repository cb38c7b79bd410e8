-- Answers of publishers and authorities: public knowledge, so nothing is sealed. An older answer never replaces a
-- newer one.

-- name: find_answer
-- Finds what is known of a participant and a document type.
SELECT
    participant,
    document,
    answer,
    fetched_at,
    tried_at,
    used_at,
    failure
FROM sdk_published
WHERE participant = :participant AND document = :document;

-- name: list_answers
-- Lists all that is known, by participant.
SELECT
    participant,
    document,
    answer,
    fetched_at,
    tried_at,
    used_at,
    failure
FROM sdk_published
ORDER BY participant, document;

-- name: store_answer
-- Stores an answer.
INSERT INTO sdk_published (participant, document, answer, fetched_at, tried_at, used_at, failure)
VALUES (:participant, :document, :answer, :at, :at, :at, '')
ON CONFLICT (participant, document)
DO UPDATE SET
    answer = excluded.answer,
    fetched_at = excluded.fetched_at,
    tried_at = excluded.tried_at,
    failure = ''
WHERE sdk_published.tried_at <= excluded.tried_at;

-- name: store_failure
-- Notes that there was no answer; the one before stays.
INSERT INTO sdk_published (participant, document, tried_at, used_at, failure)
VALUES (:participant, :document, :at, :at, :failure)
ON CONFLICT (participant, document)
DO UPDATE
    SET tried_at = excluded.tried_at, failure = excluded.failure
    WHERE sdk_published.tried_at <= excluded.tried_at;

-- name: remove_answer
-- Removes the answer of a participant that is not published any more.
UPDATE sdk_published
SET answer = NULL, fetched_at = NULL, tried_at = :at, failure = :failure
WHERE participant = :participant AND document = :document AND tried_at <= :at;

-- name: mark_used
-- Notes that an answer is needed, once an hour.
UPDATE sdk_published
SET used_at = :at
WHERE
    participant = :participant
    AND document = :document
    AND used_at < :hour_ago;

-- name: remove_unused_answers
-- Removes what nobody has used for long.
DELETE FROM sdk_published
WHERE used_at < :before;

-- name: remove_old_verdicts
-- Removes verdicts that hold no longer.
DELETE FROM sdk_revocations
WHERE until < :before;

-- name: find_verdict
-- Finds an authority's word about a certificate.
SELECT revoked, until
FROM sdk_revocations
WHERE fingerprint = :fingerprint;

-- name: store_verdict
-- Stores an authority's word about a certificate.
INSERT INTO sdk_revocations (fingerprint, revoked, until)
VALUES (:fingerprint, :revoked, :until)
ON CONFLICT (fingerprint)
DO UPDATE SET revoked = excluded.revoked, until = excluded.until;
