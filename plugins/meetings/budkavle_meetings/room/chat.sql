-- The chat of a meeting; each line is sealed.

-- name: add_line
-- Adds a line with the next number. The caller locks the row of the room, so that numbers become visible in order.
INSERT INTO meetings_chat (organisation_id, meeting_id, number, participant_id, key, at, is_kept, sealed)
SELECT
    cast(:organisation_id AS uuid),
    cast(:meeting_id AS uuid),
    coalesce(max(chat.number), 0) + 1,
    cast(:participant_id AS uuid),
    cast(:key AS uuid),
    now(),
    cast(:is_kept AS boolean),
    :sealed
FROM meetings_chat AS chat
WHERE chat.meeting_id = :meeting_id
HAVING coalesce(max(chat.number), 0) < :most
ON CONFLICT (meeting_id, key) DO NOTHING;

-- name: read_lines
-- Reads the lines of a meeting after a number.
SELECT
    meeting_id,
    number,
    participant_id,
    at,
    sealed
FROM meetings_chat
WHERE meeting_id = :meeting_id AND number > :after
ORDER BY number
LIMIT 200;

-- name: kept_lines
-- Reads the lines that a meeting keeps.
SELECT
    meeting_id,
    number,
    participant_id,
    at,
    sealed
FROM meetings_chat
WHERE meeting_id = :meeting_id AND is_kept
ORDER BY number;

-- name: newest_lines
-- Returns the number of the newest line of each meeting.
SELECT
    meeting_id,
    max(number) AS number
FROM meetings_chat
WHERE meeting_id = any(:meetings)
GROUP BY meeting_id;

-- name: remove_lines
-- Deletes the chat of a meeting: the lines that are not kept, or everything.
DELETE FROM meetings_chat
WHERE meeting_id = :meeting_id AND (cast(:everything AS boolean) OR NOT is_kept);

-- name: quiet_meetings
-- Lists the meetings that have lines not to be kept, and where nobody has written for a while.
SELECT meeting_id
FROM meetings_chat
WHERE NOT is_kept
GROUP BY meeting_id
HAVING max(at) < now() - interval '10 minutes';
