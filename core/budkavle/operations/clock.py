"""Whether to trust the database's clock; code that destroys by days asks here first.

A clock that jumps ahead would destroy too early. Each host has another clock that cannot be set: the time since it
booted. While the two run alike, the database's clock is trusted. If it has run ahead, or no host has watched it for a
while, it is trusted again when its offset has stayed the same for as long as it is ahead (a week at most), or when an
operator says that it is right. A clock that goes back destroys nothing, and is followed.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import structlog

from budkavle.storage import locks
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement
from budkavle.storage.platform import Platform, Work

TOLERANCE = timedelta(minutes=2)
"""How far the database's clock may run ahead between two checks."""
LONGEST = timedelta(days=7)
"""The longest time for which a clock that has run ahead is doubted."""
EVERY = timedelta(minutes=1)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PROCESS = str(uuid4())
log = structlog.get_logger("budkavle.operations.clock")


class _Queries(QueryFile):
    load_clocks: Statement
    load_moment: Statement
    store_clock: Statement
    forget_clocks: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Uptime:
    """How long a host has been up, by a clock that is never set.

    Attributes:
        boot: The id of the boot, which also identifies the host.
        since: The time since that boot.
    """

    boot: str
    since: timedelta

    @classmethod
    def read(cls) -> "Uptime":
        """Read this host's uptime, or this process's where the host offers none."""
        if _BOOT.exists() and hasattr(time, "CLOCK_BOOTTIME"):
            return cls(_BOOT.read_text("ascii").strip(), timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME)))
        return cls(f"{_PROCESS} {os.getpid()}", timedelta(seconds=time.monotonic()))


@dataclass(frozen=True, slots=True)
class Clock:
    """What a host has seen of the database's clock.

    Attributes:
        boot: The id of the host's boot.
        booted_at: The time of that boot by the database's clock, as far as the clock is trusted.
        believed_at: The last time of the database's clock that the host trusted.
        doubted_after: The host's uptime when it first saw a different `booted_at`.
        doubted_booted_at: That different `booted_at`.
    """

    boot: str
    booted_at: datetime
    believed_at: datetime
    doubted_after: timedelta | None = None
    doubted_booted_at: datetime | None = None

    @property
    def is_doubted(self) -> bool:
        """Whether the database's clock had run ahead when the host last checked."""
        return self.doubted_after is not None


def judge(clocks: Sequence[Clock], now: datetime, uptime: Uptime) -> Clock:
    """Return what a host knows of the database's clock after another check.

    Args:
        clocks: What each host has seen before.
        now: The time by the database's clock.
        uptime: The host's uptime at the same moment.
    """
    booted_at = now - uptime.since
    if not clocks:
        return Clock(uptime.boot, booted_at, now)
    newest = max(clock.believed_at for clock in clocks)
    # For a host that has just booted, the clock counts as having stood still since it was last trusted.
    fresh = Clock(uptime.boot, min(booted_at, newest - uptime.since), newest)
    clock = next((clock for clock in clocks if clock.boot == uptime.boot), fresh)
    ahead = min(booted_at - clock.booted_at, now - newest)
    if ahead <= TOLERANCE or _has_stood(clock, booted_at, uptime, min(ahead, LONGEST)):
        return Clock(uptime.boot, booted_at, max(now, newest))
    if clock.doubted_booted_at is not None and abs(booted_at - clock.doubted_booted_at) <= TOLERANCE:
        return clock
    return replace(clock, doubted_after=uptime.since, doubted_booted_at=booted_at)


def _has_stood(clock: Clock, seen: datetime, uptime: Uptime, long: timedelta) -> bool:
    """Tell whether the clock's offset has stayed the same for this long, by the host's own clock."""
    if clock.doubted_after is None or clock.doubted_booted_at is None:
        return False
    return abs(seen - clock.doubted_booted_at) <= TOLERANCE and uptime.since - clock.doubted_after >= long


def believed_now(platform: Platform, uptime: Uptime | None = None) -> datetime | None:
    """Check the database's clock.

    Args:
        platform: The installation.
        uptime: This host's uptime; read if not given.

    Returns:
        The current time by the database; None if its clock has run ahead and is not trusted yet.
    """
    with platform.database.transaction(None) as connection:
        locks.one_at_a_time(connection, "the database's clock")
        rows = QUERIES.load_clocks.all(connection, {})
        own = uptime or Uptime.read()
        now: datetime = rows[0].now
        before = _clocks(rows)
        clock = judge(before, now, own)
        QUERIES.store_clock.enqueue(
            connection,
            {
                "boot": clock.boot,
                "booted_at": clock.booted_at,
                "believed_at": clock.believed_at,
                "doubted_after": clock.doubted_after,
                "doubted_booted_at": clock.doubted_booted_at,
            },
        )
    was_doubted = any(earlier.is_doubted for earlier in before if earlier.boot == clock.boot)
    if clock.is_doubted and not was_doubted:
        log.warning("clock.doubted", seconds=round((now - clock.believed_at).total_seconds()))
    return None if clock.is_doubted else now


def counting_moment(work: Work) -> datetime:
    """Return the time from which the retention days of what is stored now count, by the database's clock.

    It is never before the last trusted time, so a clock that has gone back does not make new rows look older.

    Args:
        work: The unit of work that stores the rows.

    Example:
        values = {"kept_from": counting_moment(work)}
    """
    (row,) = QUERIES.load_moment.all(work.connection, {})
    at: datetime = row.at
    return at


def is_doubted(platform: Platform) -> bool:
    """Tell whether destruction by days is suspended, because no host trusts the database's clock."""
    with platform.database.transaction(None) as connection:
        rows = QUERIES.load_clocks.all(connection, {})
    clocks = _clocks(rows)
    if not clocks or all(not clock.is_doubted for clock in clocks):
        return False
    return bool(rows[0].now - max(clock.believed_at for clock in clocks) > TOLERANCE + EVERY)


def believe(platform: Platform) -> None:
    """Trust the database's clock as it is now; an operator has checked it."""
    with platform.database.transaction(None) as connection:
        locks.one_at_a_time(connection, "the database's clock")
        QUERIES.forget_clocks.enqueue(connection, {})
    believed_now(platform)


def _clocks(rows: Sequence[ResultRow]) -> list[Clock]:
    return [
        Clock(row.boot, row.booted_at, row.believed_at, row.doubted_after, row.doubted_booted_at)
        for row in rows
        if row.boot is not None
    ]
