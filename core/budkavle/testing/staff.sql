-- The people and the mailboxes of a test's organisation, written at once.

-- name: add_people
-- Adds accounts that have had the tour, each with its own inbox.
WITH people AS (
    INSERT INTO users (organisation_id, id, email, name, role, password_hash, preferences, created_at)
    SELECT
        :organisation,
        added.id,
        added.email,
        added.name,
        added.role,
        nullif(added.password_hash, ''),
        '{"tour": true}',
        now()
    FROM unnest(
        cast(:ids AS uuid[]),
        cast(:emails AS text[]),
        cast(:names AS text[]),
        cast(:roles AS text[]),
        cast(:password_hashes AS text[])
    ) AS added (id, email, name, role, password_hash)
)

INSERT INTO mailboxes (organisation_id, id, kind, owner_id, name, created_at)
SELECT
    :organisation,
    added.inbox,
    'personal',
    added.id,
    added.name,
    now()
FROM unnest(
    cast(:ids AS uuid[]),
    cast(:inboxes AS uuid[]),
    cast(:names AS text[])
) AS added (id, inbox, name);

-- name: add_mailboxes
-- Adds function mailboxes; the first is the default mailbox.
INSERT INTO mailboxes (organisation_id, id, kind, name, is_default, created_at)
SELECT
    :organisation,
    added.id,
    'function',
    added.name,
    added.place = 1,
    now()
FROM unnest(
    cast(:ids AS uuid[]),
    cast(:names AS text[])
) WITH ORDINALITY AS added (id, name, place);

-- name: add_memberships
-- Adds memberships, with whether the member administers the mailbox.
INSERT INTO memberships (organisation_id, mailbox_id, user_id, administrator)
SELECT
    :organisation,
    added.mailbox_id,
    added.user_id,
    added.administrator
FROM unnest(
    cast(:mailboxes AS uuid[]),
    cast(:users AS uuid[]),
    cast(:administrators AS boolean[])
) AS added (mailbox_id, user_id, administrator);
