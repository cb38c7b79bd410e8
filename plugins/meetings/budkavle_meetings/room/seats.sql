-- Seats of the rooms and signals between browsers. All of it is deleted with the room, so the tables are unlogged.

-- name: open_room
-- Creates the room for the first participant.
INSERT INTO meetings_rooms (organisation_id, meeting_id)
VALUES (:organisation_id, :meeting_id)
ON CONFLICT (meeting_id) DO NOTHING;

-- name: hold_room
-- Locks the room, so that nobody else can take a seat meanwhile.
SELECT locked FROM meetings_rooms
WHERE meeting_id = :meeting_id
FOR UPDATE;

-- name: seats_of
-- Lists the seats of one room, including those whose browser is silent.
SELECT
    seat,
    participant_id,
    instance,
    place,
    signals,
    seen_at > clock_timestamp() - make_interval(secs => :silent) AS is_taken
FROM meetings_seats
WHERE meeting_id = :meeting_id;

-- name: sit
-- Takes a seat, or takes it again. The caller gives a new page load the last place.
INSERT INTO meetings_seats (organisation_id, meeting_id, seat, participant_id, instance, place, state)
VALUES (
    :organisation_id, :meeting_id, :seat, :participant_id, :instance, :place, cast(:state AS jsonb)
)
ON CONFLICT (meeting_id, seat) DO UPDATE
    SET
        instance = excluded.instance,
        place = excluded.place,
        state = excluded.state,
        is_linked = true,
        seen_at = clock_timestamp();

-- name: stand_up
-- Releases the seat.
DELETE FROM meetings_seats
WHERE meeting_id = :meeting_id AND seat = :seat AND instance = :instance;

-- name: unlink
-- Records that the browser's socket is lost; the seat is kept for a while.
UPDATE meetings_seats SET is_linked = false
WHERE meeting_id = :meeting_id AND seat = :seat AND instance = :instance;

-- name: remove_seats
-- Removes all seats of a participant.
DELETE FROM meetings_seats
WHERE meeting_id = :meeting_id AND participant_id = :participant_id;

-- name: tell_state
-- Stores a participant's state.
UPDATE meetings_seats SET state = cast(:state AS jsonb)
WHERE meeting_id = :meeting_id AND seat = :seat AND instance = :instance;

-- name: lock_room
-- Locks or unlocks a room.
UPDATE meetings_rooms SET locked = :locked
WHERE meeting_id = :meeting_id;

-- name: signal
-- Numbers a signal for its seat, and keeps it until it is fetched. The row of the seat is locked until the commit, so
-- that numbers become visible in order. Nothing happens if either seat is not in the room.
WITH recipient AS (
    UPDATE meetings_seats AS seats SET signals = seats.signals + 1
    WHERE
        seats.meeting_id = :meeting_id
        AND seats.seat = :recipient
        AND EXISTS (
            SELECT 1 FROM meetings_seats AS sender
            WHERE sender.meeting_id = :meeting_id AND sender.seat = :seat AND sender.instance = :instance
        )
    RETURNING seats.seat, seats.signals
)
INSERT INTO meetings_signals (organisation_id, meeting_id, seat, number, sealed)
SELECT cast(:organisation_id AS uuid), cast(:meeting_id AS uuid), recipient.seat, recipient.signals, :sealed
FROM recipient;

-- name: wake
-- Notifies all web processes of news in a room, once the transaction is committed.
SELECT
    'budkavle_meetings' AS channel,
    cast(:payload AS text) AS notice;

-- name: keep_seats
-- Records that the browsers of these seats are there.
UPDATE meetings_seats AS seats SET seen_at = clock_timestamp()
FROM
    unnest(cast(:meetings AS uuid[]), cast(:seats AS uuid[]), cast(:instances AS uuid[]))
        AS here (meeting_id, seat, instance)
WHERE
    seats.meeting_id = here.meeting_id
    AND seats.seat = here.seat
    AND seats.instance = here.instance;

-- name: read_rooms
-- Reads who is in these rooms now.
SELECT
    rooms.meeting_id,
    rooms.locked,
    seats.seat,
    seats.participant_id,
    seats.instance,
    seats.place,
    seats.is_linked,
    cast(seats.state AS text) AS state
FROM meetings_rooms AS rooms
LEFT JOIN meetings_seats AS seats
    ON
        rooms.meeting_id = seats.meeting_id
        AND seats.seen_at > clock_timestamp() - make_interval(secs => :silent)
WHERE rooms.meeting_id = any(:meetings)
ORDER BY seats.place;

-- name: read_signals
-- Reads the signals for these seats after the number that each has received.
SELECT
    signals.meeting_id,
    signals.seat,
    signals.number,
    signals.sealed
FROM
    unnest(cast(:meetings AS uuid[]), cast(:seats AS uuid[]), cast(:lasts AS bigint[]))
        AS here (meeting_id, seat, seen)
INNER JOIN meetings_signals AS signals
    ON here.meeting_id = signals.meeting_id AND here.seat = signals.seat AND here.seen < signals.number
ORDER BY signals.number;

-- name: sweep_signals
-- Deletes signals that are old enough to have been received.
DELETE FROM meetings_signals
WHERE at < now() - make_interval(secs => :seconds);

-- name: sweep_seats
-- Deletes seats that nobody has returned to.
DELETE FROM meetings_seats
WHERE seen_at < now() - make_interval(secs => :seconds);

-- name: sweep_rooms
-- Deletes rooms that have been empty for long.
DELETE FROM meetings_rooms
WHERE
    opened_at < now() - interval '1 day'
    AND NOT EXISTS (
        SELECT 1 FROM meetings_seats AS seats
        WHERE seats.meeting_id = meetings_rooms.meeting_id
    );

-- name: read_stands
-- Returns for each meeting a hash of its times, its participants and their admission.
SELECT
    meetings.id AS meeting_id,
    md5(
        concat_ws(
            ' ', meetings.sequence, meetings.cancelled_at, meetings.ends_at, string_agg(
                concat_ws(
                    ' ', participants.id, participants.state, participants.occurrence_at, length(participants.identity)
                ),
                ',' ORDER BY participants.id
            )
        )
    ) AS word
FROM meetings_meetings AS meetings
LEFT JOIN meetings_participants AS participants ON meetings.id = participants.meeting_id
WHERE meetings.id = any(:meetings)
GROUP BY meetings.organisation_id, meetings.id;
