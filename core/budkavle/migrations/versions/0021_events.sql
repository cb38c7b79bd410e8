-- noqa: disable=LT02
-- The linter cannot read a generated column, and would move its lines.
-- What an entry of the event log names. The server computes the columns from the entry, so that they cannot disagree
-- with it. The entry is read as a text, since the types for JSON refuse some. Its fields stand in order of their names:
-- the actor is the first, the thing the last. A quotation mark inside a value is written with a backslash, so that
-- nothing but the field itself fits.
ALTER TABLE audit_log
ADD COLUMN actor_id uuid GENERATED ALWAYS AS (
    substring(entry, '^\{"actor":\{"id":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')::uuid
) STORED,
ADD COLUMN user_id uuid GENERATED ALWAYS AS (
    substring(entry, '"user":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')::uuid
) STORED,
ADD COLUMN mailbox_id uuid GENERATED ALWAYS AS (
    substring(
        entry,
        CASE
            WHEN kind LIKE 'mailbox.%' THEN '"thing":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"\}$'
            ELSE '"mailbox":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"'
        END
    )::uuid
) STORED,
ADD COLUMN thing text GENERATED ALWAYS AS (substring(entry, '"thing":"([^"\\]{1,200})"\}$')) STORED;

CREATE INDEX audit_log_actor ON audit_log (organisation_id, actor_id, at) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_user ON audit_log (organisation_id, user_id, at) WHERE user_id IS NOT NULL;
CREATE INDEX audit_log_mailbox ON audit_log (organisation_id, mailbox_id, at) WHERE mailbox_id IS NOT NULL;
CREATE INDEX audit_log_thing ON audit_log (organisation_id, thing, at) WHERE thing IS NOT NULL;
