-- name: load_settings
-- Loads the choices of the organisation and of a mailbox in a section; the nil UUID stands for the organisation.
SELECT
    mailbox_id,
    chosen
FROM settings
WHERE
    organisation_id = :organisation
    AND section = :section
    AND mailbox_id IN ('00000000-0000-0000-0000-000000000000', :mailbox);

-- name: load_change
-- Loads when the organisation's own values of a section were last changed.
SELECT changed_at
FROM settings
WHERE
    organisation_id = :organisation
    AND section = :section
    AND mailbox_id = '00000000-0000-0000-0000-000000000000';

-- name: store_settings
-- Stores the choices in a section, and replaces earlier ones.
INSERT INTO settings (organisation_id, section, mailbox_id, chosen, changed_at)
VALUES (:organisation, :section, :mailbox, cast(:chosen AS jsonb), now())
ON CONFLICT (organisation_id, section, mailbox_id)
DO UPDATE SET
    chosen = excluded.chosen,
    changed_at = excluded.changed_at;

-- name: forget_settings
-- Deletes a mailbox's own choices in a section.
DELETE FROM settings
WHERE
    organisation_id = :organisation
    AND section = :section
    AND mailbox_id = :mailbox;

-- name: forget_mailbox
-- Deletes all settings of a mailbox, with their secrets.
DELETE FROM settings
WHERE
    organisation_id = :organisation
    AND mailbox_id = :mailbox;
