-- After how many days messages are destroyed, and which are due. The mailbox's number applies if it is not 0, otherwise
-- the organisation's. A message is kept for its day and this many days more, by the calendar in Sweden.

-- name: load_present
-- Loads the present time, by the database's clock.
SELECT now() AS now;

-- name: load_times
-- Loads a case's messages: when their days start to count, which have been destroyed, and the numbers that apply.
SELECT
    m.id,
    m.direction,
    m.transport,
    m.created_at,
    m.kept_from,
    m.destroyed_at,
    coalesce(
        nullif(
            coalesce(cast(:own_fixed AS int), cast(own.chosen ->> 'retention_days' AS int), cast(:own_usual AS int)),
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
        coalesce(cast(:reminder_fixed AS int), cast(o.chosen ->> 'reminder_days' AS int), cast(:reminder_usual AS int))
    ) AS reminder
FROM messages m
LEFT JOIN settings o
    ON
        o.organisation_id = :organisation
        AND o.section = :section
        AND o.mailbox_id = '00000000-0000-0000-0000-000000000000'
LEFT JOIN settings own
    ON
        own.organisation_id = :organisation
        AND own.section = :own_section
        AND own.mailbox_id = m.mailbox_id
WHERE
    m.organisation_id = :organisation
    AND m.case_id = :case
    AND m.created_at >= coalesce(cast(:since AS timestamptz), '-infinity')
    AND (m.state IS DISTINCT FROM 'DELETED' OR m.destroyed_at IS NOT NULL)
ORDER BY m.created_at, m.id;

-- name: count_disappearing
-- Counts the messages from before :day in a mailbox, or in all mailboxes without a number of their own: those that a
-- new number of days would destroy next night.
SELECT count(*) AS messages
FROM mailboxes b
LEFT JOIN settings own
    ON
        own.organisation_id = b.organisation_id
        AND own.section = :own_section
        AND own.mailbox_id = b.id
JOIN messages m
    ON
        m.organisation_id = b.organisation_id
        AND m.mailbox_id = b.id
        AND m.destroyed_at IS NULL
        AND m.state IS DISTINCT FROM 'DELETED'
        AND m.kept_from < cast(:day AS timestamp) AT TIME ZONE 'Europe/Stockholm'
WHERE
    b.organisation_id = :organisation
    AND CASE
        WHEN cast(:mailbox AS uuid) IS NULL
            THEN coalesce(
                cast(:own_fixed AS int),
                cast(own.chosen ->> 'retention_days' AS int),
                cast(:own_usual AS int)
            ) = 0
        ELSE b.id = cast(:mailbox AS uuid)
    END;

-- name: find_due
-- Finds messages that are due at :now, after a position in the order of mailboxes and days. A number changed today
-- applies from tomorrow. Messages that a plugin holds back are skipped until the plugin is to be asked again.
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
        greatest(o.changed_at, own.changed_at) AS changed_at
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
    WHERE b.organisation_id = :organisation AND b.id >= :mailbox
)

SELECT
    found.id,
    found.case_id,
    found.kept_from,
    n.mailbox_id,
    n.ends_at
FROM (
    SELECT
        numbers.mailbox_id,
        cast(today.day - numbers.days AS timestamp) AT TIME ZONE 'Europe/Stockholm' AS ends_at,
        CASE WHEN numbers.mailbox_id = :mailbox THEN cast(:at AS timestamptz) ELSE '-infinity' END AS after_at,
        CASE
            WHEN numbers.mailbox_id = :mailbox THEN cast(:id AS uuid)
            ELSE cast('00000000-0000-0000-0000-000000000000' AS uuid)
        END AS after_id
    FROM numbers
    CROSS JOIN today
    WHERE
        numbers.days > 0
        AND (
            numbers.changed_at IS NULL
            OR numbers.changed_at < cast(today.day AS timestamp) AT TIME ZONE 'Europe/Stockholm'
        )
) AS n
CROSS JOIN
    LATERAL (
        SELECT
            m.id,
            m.case_id,
            m.kept_from
        FROM messages m
        WHERE
            m.organisation_id = :organisation
            AND m.mailbox_id = n.mailbox_id
            AND m.kept_from < n.ends_at
            AND m.destroyed_at IS NULL
            AND m.state IS DISTINCT FROM 'DELETED'
            AND (m.kept_from, m.id) > (n.after_at, n.after_id)
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
        ORDER BY m.kept_from, m.id
        LIMIT :most
    ) AS found
ORDER BY n.mailbox_id, found.kept_from, found.id
LIMIT :most;

-- name: due_of_cases
-- Finds all that is due in some cases, each up to its time, so that a case is processed once.
SELECT
    m.id,
    m.case_id
FROM unnest(cast(:cases AS uuid[]), cast(:ends AS timestamptz[])) AS due (case_id, ends_at)
JOIN messages m
    ON
        m.organisation_id = :organisation
        AND m.case_id = due.case_id
        AND m.kept_from < due.ends_at
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
        );
