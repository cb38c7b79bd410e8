-- What people have chosen to be notified of.

-- name: list_choices
-- Lists a person's choices for some mailboxes.
SELECT
    mailbox_id,
    way,
    pace
FROM notice_choices
WHERE organisation_id = :organisation AND user_id = :user AND mailbox_id = any(cast(:mailboxes AS uuid[]));

-- name: choose
-- Stores a person's paces.
INSERT INTO notice_choices (organisation_id, mailbox_id, user_id, way, pace)
SELECT
    :organisation,
    c.mailbox_id,
    :user,
    c.way,
    c.pace
FROM unnest(cast(:mailboxes AS uuid[]), cast(:ways AS text[]), cast(:paces AS text[])) AS c (mailbox_id, way, pace)
ON CONFLICT (organisation_id, mailbox_id, user_id, way) DO UPDATE SET pace = excluded.pace;

-- name: begin_here
-- Starts notifications with events from now on, if nobody of the organisation has been notified until now.
INSERT INTO counters (organisation_id, name, value)
SELECT
    :organisation,
    :place,
    coalesce((SELECT max(h.number) FROM audit_heads h WHERE h.organisation_id = :organisation), 0)
WHERE NOT EXISTS (SELECT FROM notice_choices n WHERE n.organisation_id = :organisation AND n.pace <> 'off')
ON CONFLICT (organisation_id, name) DO UPDATE SET value = excluded.value;
