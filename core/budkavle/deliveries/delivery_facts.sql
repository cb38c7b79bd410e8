-- Facts of a delivery besides its state: notified, opened, answered, downloaded.

-- name: lock_delivery
-- Locks a delivery of a message, and loads its facts.
SELECT
    d.id,
    d.state,
    d.case_id,
    d.transport,
    d.notified_at,
    d.opened_at,
    d.answered_at,
    d.downloaded_at,
    m.mailbox_id,
    m.direction
FROM deliveries d
JOIN messages m
    ON
        m.organisation_id = d.organisation_id
        AND m.id = d.message_id
WHERE d.organisation_id = :organisation AND d.id = :id AND d.purpose = 'message'
FOR UPDATE OF d;

-- name: store_fact
-- Stores a fact, the first time that it is reported, and its event.
WITH noted AS (
    UPDATE deliveries
    SET
        changed_at = clock_timestamp(),
        notified_at = coalesce(notified_at, cast(:notified AS timestamptz)),
        opened_at = coalesce(opened_at, cast(:opened AS timestamptz)),
        answered_at = coalesce(answered_at, cast(:answered AS timestamptz)),
        downloaded_at = coalesce(downloaded_at, cast(:downloaded AS timestamptz)),
        identified_by = CASE WHEN cast(:opened AS timestamptz) IS NULL THEN identified_by ELSE :method END,
        identified_loa = CASE WHEN cast(:opened AS timestamptz) IS NULL THEN identified_loa ELSE :loa END
    WHERE
        organisation_id = :organisation
        AND id = :id
    RETURNING id
)

INSERT INTO delivery_events (organisation_id, delivery_id, at, state, detail)
SELECT :organisation, id, cast(:at AS timestamptz), :fact, :detail
FROM noted;
