-- Every write of a delivery's state except the claim, which is the SQL function `claim_lane` (see the migrations).

-- name: move_delivery
-- Moves a delivery to a state, writes its timeline, and notifies the pages that show it; receipts are on no page. It
-- must be in one of the states :before, which come from the table in `budkavle.model.states`, and if a worker moves it,
-- under the worker's lease.
WITH moved AS (
    UPDATE deliveries
    SET
        state = :state,
        failure = :failure,
        lease_until = NULL,
        remote_id = coalesce(cast(:remote_id AS text), remote_id),
        due_at = now() + cast(:pause AS interval),
        attempt = attempt - cast(:uncounted AS integer),
        crashes = crashes * cast(:uncounted AS integer),
        begun_at = NULL,
        changed_at = clock_timestamp()
    WHERE
        organisation_id = :organisation
        AND id = :id
        AND fence = coalesce(cast(:fence AS bigint), fence)
        AND state = any(:before)
    RETURNING id, message_id, case_id, purpose, transport
),
logged AS (
    INSERT INTO delivery_events (organisation_id, delivery_id, at, state, detail)
    SELECT
        :organisation,
        moved.id,
        step.at,
        step.state,
        step.detail
    FROM
        moved,
        unnest(cast(:ats AS timestamptz[]), cast(:states AS text[]), cast(:details AS text[]))
        WITH ORDINALITY AS step (at, state, detail, number)
    ORDER BY step.number
)
SELECT
    moved.id,
    moved.message_id,
    moved.case_id,
    moved.purpose,
    moved.transport,
    cast(:channel AS text) AS channel,
    CASE
        WHEN moved.purpose = 'message' AND c.id IS NOT NULL
            THEN
                cast(
                    json_build_object(
                        'o', c.organisation_id, 'm', c.mailbox_id, 'c', c.id, 'd', moved.id, 'k', 'state'
                    ) AS text
                )
    END AS notice
FROM moved
LEFT JOIN cases c
    ON
        c.organisation_id = :organisation
        AND c.id = moved.case_id;
