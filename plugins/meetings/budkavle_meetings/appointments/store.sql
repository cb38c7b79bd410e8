-- name: release_times
-- Releases times that their visitors no longer have: held too long, or booked for a meeting that a member of the
-- mailbox has cancelled or moved. A moved time is busy where its meeting is now, as `list_busy` says.
UPDATE meetings_appointments AS booked
SET state = CASE WHEN meeting.cancelled_at IS NULL AND meeting.id IS NOT NULL THEN 'moved' ELSE 'over' END
FROM meetings_appointments AS same
LEFT JOIN meetings_meetings AS meeting
    ON same.organisation_id = meeting.organisation_id AND same.meeting_id = meeting.id
WHERE
    booked.organisation_id = :organisation
    AND booked.mailbox_id = :mailbox
    AND same.organisation_id = booked.organisation_id
    AND same.id = booked.id
    AND (
        (booked.state = 'held' AND booked.held_until < now())
        OR (
            booked.state IN ('booked', 'moved')
            AND (meeting.cancelled_at IS NOT NULL OR meeting.starts_at <> booked.starts_at)
        )
    );

-- name: list_busy
-- When the mailbox is busy: held and booked times with their pause, and the new times of meetings that a member moved.
SELECT
    coalesce(meeting.starts_at, booked.starts_at) AS starts_at,
    coalesce(meeting.ends_at, booked.ends_at) AS ends_at
FROM meetings_appointments AS booked
LEFT JOIN meetings_meetings AS meeting
    ON booked.organisation_id = meeting.organisation_id AND booked.meeting_id = meeting.id
WHERE
    booked.organisation_id = :organisation
    AND booked.mailbox_id = :mailbox
    AND (booked.state IN ('booked', 'moved') OR (booked.state = 'held' AND booked.held_until >= now()))
    AND meeting.cancelled_at IS NULL
    AND coalesce(meeting.ends_at, booked.ends_at) > :first
    AND coalesce(meeting.starts_at, booked.starts_at) < :last;

-- name: list_due
-- Booked meetings that begin between two times, by the meeting's current time; for reminders.
SELECT
    booked.id,
    meeting.starts_at,
    meeting.ends_at
FROM meetings_appointments AS booked
INNER JOIN meetings_meetings AS meeting
    ON booked.organisation_id = meeting.organisation_id AND booked.meeting_id = meeting.id
WHERE
    booked.organisation_id = :organisation
    AND booked.mailbox_id = :mailbox
    AND booked.state IN ('booked', 'moved')
    AND meeting.cancelled_at IS NULL
    AND meeting.starts_at > :first
    AND meeting.starts_at <= :last;
