-- Cases of which everything has been destroyed.

-- name: empty_cases
-- Lets cases count nothing and be found by nothing.
UPDATE cases
SET
    messages = 0,
    incoming = 0,
    attachments = 0,
    has_incoming = FALSE,
    has_outgoing = FALSE,
    trouble = FALSE,
    words = '{}',
    last_message_id = NULL
WHERE organisation_id = :organisation AND id = any(cast(:cases AS uuid[]));

-- name: forget_reads
-- Forgets who has read cases.
DELETE FROM reads
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));

-- name: forget_tags
-- Takes the tags of cases away.
DELETE FROM case_tags
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));

-- name: forget_news
-- Forgets what members were still to be told of cases.
DELETE FROM member_news
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));

-- name: forget_moves
-- Forgets from where cases have come.
DELETE FROM case_moves
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));

-- name: forget_restrictions
-- Forgets why cases were restricted. Who was named for them stays, so that what is left of them is for these only.
DELETE FROM case_restrictions
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));
