-- What each host has seen of the database's clock.

-- name: load_clocks
-- Loads them, each with the current time; one row without a host if there are none.
SELECT
    clock_timestamp() AS now,
    c.boot,
    c.booted_at,
    c.believed_at,
    c.doubted_after,
    c.doubted_booted_at
FROM (SELECT 1) AS always
LEFT JOIN clocks c ON TRUE;

-- name: load_moment
-- Loads the time from which days count: now, but never before the last trusted time.
SELECT message_clock() AS at;

-- name: store_clock
-- Stores what a host has seen, and deletes boots that have had no trusted time for a month.
WITH forgotten AS (
    DELETE FROM clocks
    WHERE
        boot <> :boot
        AND believed_at < cast(:believed_at AS timestamptz) - interval '30 days'
)

INSERT INTO clocks (boot, booted_at, believed_at, doubted_after, doubted_booted_at)
VALUES (
    :boot,
    :booted_at,
    :believed_at,
    cast(:doubted_after AS interval),
    cast(:doubted_booted_at AS timestamptz)
)
ON CONFLICT (boot)
DO UPDATE SET
    booted_at = excluded.booted_at,
    believed_at = excluded.believed_at,
    doubted_after = excluded.doubted_after,
    doubted_booted_at = excluded.doubted_booted_at;

-- name: forget_clocks
-- Deletes them all.
DELETE FROM clocks;
