-- An organisation's usage, and its monthly peaks.

-- name: count_now
-- Counts open accounts, function mailboxes in use, and bytes of files.
SELECT
    (
        SELECT count(*) FROM users
        WHERE users.organisation_id = :organisation AND users.active
    ) AS users,
    (
        SELECT count(*) FROM mailboxes
        WHERE
            mailboxes.organisation_id = :organisation
            AND mailboxes.kind = 'function'
            AND mailboxes.deleted_at IS NULL
    ) AS mailboxes,
    cast(
        (
            SELECT coalesce(sum(attachments.size), 0) FROM attachments
            WHERE attachments.organisation_id = :organisation
        )
        + (
            SELECT coalesce(sum(owned_files.size), 0) FROM owned_files
            WHERE owned_files.organisation_id = :organisation
        ) AS bigint
    ) AS storage;

-- name: note_counts
-- Stores a count if it is the month's highest, with the first day when it was reached.
INSERT INTO usage_months (organisation_id, month, kind, peak, peak_on, counted_on)
VALUES (:organisation, cast(:month AS date), :kind, cast(:count AS bigint), cast(:day AS date), cast(:day AS date))
ON CONFLICT (organisation_id, month, kind) DO UPDATE SET
    peak_on = CASE WHEN excluded.peak > usage_months.peak THEN excluded.peak_on ELSE usage_months.peak_on END,
    peak = greatest(excluded.peak, usage_months.peak),
    counted_on = greatest(excluded.counted_on, usage_months.counted_on);

-- name: list_months
-- Lists the peaks by month.
SELECT
    month,
    kind,
    peak,
    peak_on,
    counted_on
FROM usage_months
WHERE
    organisation_id = :organisation
    AND month >= cast(:since AS date)
    AND month < cast(:until AS date)
ORDER BY month, kind;
