-- Reminders of messages that will be destroyed. A message can last be read the day before.

-- name: list_ending
-- Lists the mailboxes with messages that will be destroyed within their warning period, not yet announced: how many
-- until the last day that a reminder covers, and when the first of them. Messages that are held back or in the bin do
-- not count. A mark belongs to a mailbox and its number of days: if the number changes, everything is announced again.
WITH today AS (
    SELECT cast(cast(:now AS timestamptz) AT TIME ZONE 'Europe/Stockholm' AS date) AS day
),

numbers AS (
    SELECT
        b.id AS mailbox_id,
        coalesce(
            nullif(
                coalesce(
                    cast(:own_fixed AS int),
                    cast(own.chosen ->> 'retention_days' AS int),
                    cast(:own_usual AS int)
                ),
                0
            ),
            coalesce(cast(:fixed AS int), cast(o.chosen ->> 'retention_days' AS int), cast(:usual AS int))
        ) AS days,
        coalesce(
            nullif(
                coalesce(
                    cast(:own_reminder_fixed AS int),
                    cast(own.chosen ->> 'reminder_days' AS int),
                    cast(:own_reminder_usual AS int)
                ),
                0
            ),
            coalesce(
                cast(:reminder_fixed AS int), cast(o.chosen ->> 'reminder_days' AS int), cast(:reminder_usual AS int)
            )
        ) AS reminder
    FROM mailboxes b
    LEFT JOIN settings o
        ON
            o.organisation_id = b.organisation_id
            AND o.section = :section
            AND o.mailbox_id = '00000000-0000-0000-0000-000000000000'
    LEFT JOIN settings own
        ON
            own.organisation_id = b.organisation_id
            AND own.section = :own_section
            AND own.mailbox_id = b.id
    WHERE b.organisation_id = :organisation AND b.deleted_at IS NULL
),

spans AS (
    SELECT
        n.mailbox_id,
        n.days,
        'retention-reminder:' || n.mailbox_id || ':' || n.days AS mark,
        greatest(today.day, date '2000-01-01' + cast(told.value AS int)) AS told_to,
        today.day + least(n.reminder, n.days) AS soon,
        -- Messages that arrive tomorrow are not there yet, and must be announced later.
        today.day + least(n.reminder + cast(:ahead AS int), n.days) AS last
    FROM numbers n
    CROSS JOIN today
    LEFT JOIN counters told
        ON
            told.organisation_id = :organisation
            AND told.name = 'retention-reminder:' || n.mailbox_id || ':' || n.days
    WHERE n.days > 0 AND n.reminder > 0
)

SELECT
    s.mailbox_id,
    s.mark,
    s.last - date '2000-01-01' AS mark_value,
    s.last,
    cast(ending.first_kept_from AT TIME ZONE 'Europe/Stockholm' AS date) + s.days + 1 AS first,
    ending.messages,
    ending.cases,
    ending.case_numbers
FROM spans s
CROSS JOIN
    LATERAL (
        SELECT
            min(m.kept_from) AS first_kept_from,
            count(*) AS messages,
            count(DISTINCT c.id) AS cases,
            (array_agg(DISTINCT c.number))[1:10] AS case_numbers
        FROM messages m
        JOIN cases c
            ON
                c.organisation_id = m.organisation_id
                AND c.id = m.case_id
                AND c.messages > 0
                AND c.state <> 'binned'
        WHERE
            m.organisation_id = :organisation
            AND m.mailbox_id = s.mailbox_id
            AND m.kept_from >= cast(s.told_to - s.days AS timestamp) AT TIME ZONE 'Europe/Stockholm'
            AND m.kept_from < cast(s.last - s.days AS timestamp) AT TIME ZONE 'Europe/Stockholm'
            AND m.destroyed_at IS NULL
            AND m.state IS DISTINCT FROM 'DELETED'
            AND NOT EXISTS (
                SELECT
                FROM destruction_holds h
                WHERE
                    h.organisation_id = m.organisation_id
                    AND h.case_id = m.case_id
                    AND h.thing_id = m.id
                    AND h.plugin <> ''
                    AND h.ask_again_at > now()
            )
    ) AS ending
WHERE ending.first_kept_from < cast(s.soon - s.days AS timestamp) AT TIME ZONE 'Europe/Stockholm';

-- name: keep_mark
-- Stores up to which day a mailbox has been reminded; returns no row if another process has done so meanwhile.
INSERT INTO counters (organisation_id, name, value)
VALUES (:organisation, :mark, :value)
ON CONFLICT (organisation_id, name) DO UPDATE SET value = excluded.value WHERE counters.value < excluded.value
RETURNING value;

-- name: list_readers
-- Lists who is reminded for a mailbox: the members of a function mailbox, the owner of a personal inbox.
SELECT
    b.kind,
    b.name,
    u.id,
    u.email,
    u.language
FROM mailboxes b
JOIN users u
    ON
        u.organisation_id = b.organisation_id
        AND u.active
        AND CASE
            WHEN b.kind = 'personal' THEN u.id = b.owner_id
            ELSE EXISTS (
                SELECT
                FROM memberships m
                WHERE
                    m.organisation_id = b.organisation_id
                    AND m.mailbox_id = b.id
                    AND m.user_id = u.id
                    AND (m.until IS NULL OR m.until > now())
            )
        END
WHERE b.organisation_id = :organisation AND b.id = :mailbox
ORDER BY u.id;
