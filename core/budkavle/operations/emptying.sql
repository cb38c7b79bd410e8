-- Cases whose content has been destroyed completely.

-- name: empty_cases
-- Sets the counters of cases to zero and removes their search words.
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
-- Removes the tags of cases.
DELETE FROM case_tags
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));

-- name: forget_news
-- Deletes the news of cases that members were still to be told.
DELETE FROM member_news
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));

-- name: forget_moves
-- Deletes where cases came from.
DELETE FROM case_moves
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));

-- name: forget_restrictions
-- Deletes why cases were restricted. The people who were named for them stay, so that only they can see what is left.
DELETE FROM case_restrictions
WHERE organisation_id = :organisation AND case_id = any(cast(:cases AS uuid[]));
