"""Whether the database's clock is believed: destroying by days asks here first.

A clock that jumps ahead would destroy too early. Each host has another clock that nobody sets, the time since it was
started. While both run alike, the database's clock is believed. Where the database's has run ahead of it, or nobody has
watched for a while, it is believed again once that has stood for as long as it is ahead, a week at most, or when an
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
"""So much may the database's clock run ahead between two looks."""
LONGEST = timedelta(days=7)
"""So long at most is a clock that has run ahead doubted."""
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
        boot: Which start of which host.
        since: The time since then.
    """

    boot: str
    since: timedelta

    @classmethod
    def read(cls) -> "Uptime":
        """Read this host's; where it has none to read, this process's."""
        if _BOOT.exists() and hasattr(time, "CLOCK_BOOTTIME"):
            return cls(_BOOT.read_text("ascii").strip(), timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME)))
        return cls(f"{_PROCESS} {os.getpid()}", timedelta(seconds=time.monotonic()))


@dataclass(frozen=True, slots=True)
class Clock:
    """What a host has seen of the database's clock.

    Attributes:
        boot: Which start of which host.
        booted_at: When that was by the database's clock, as far as it is believed.
        believed_at: The last moment of the database's clock that the host believed.
        doubted_after: How long the host had been up when it first saw another `booted_at`.
        doubted_booted_at: Which.
    """

    boot: str
    booted_at: datetime
    believed_at: datetime
    doubted_after: timedelta | None = None
    doubted_booted_at: datetime | None = None

    @property
    def is_doubted(self) -> bool:
        """Whether the database's clock had run ahead when the host last looked."""
        return self.doubted_after is not None


def judge(clocks: Sequence[Clock], now: datetime, uptime: Uptime) -> Clock:
    """Return what a host has seen of the database's clock after another look at it.

    Args:
        clocks: What each host has seen before.
        now: The database's clock.
        uptime: The host's, at the same moment.
    """
    booted_at = now - uptime.since
    if not clocks:
        return Clock(uptime.boot, booted_at, now)
    newest = max(clock.believed_at for clock in clocks)
    # To a host that has just been started, the clock has stood still since it was last believed.
    fresh = Clock(uptime.boot, min(booted_at, newest - uptime.since), newest)
    clock = next((clock for clock in clocks if clock.boot == uptime.boot), fresh)
    ahead = min(booted_at - clock.booted_at, now - newest)
    if ahead <= TOLERANCE or _has_stood(clock, booted_at, uptime, min(ahead, LONGEST)):
        return Clock(uptime.boot, booted_at, max(now, newest))
    if clock.doubted_booted_at is not None and abs(booted_at - clock.doubted_booted_at) <= TOLERANCE:
        return clock
    return replace(clock, doubted_after=uptime.since, doubted_booted_at=booted_at)


def _has_stood(clock: Clock, seen: datetime, uptime: Uptime, long: timedelta) -> bool:
    """Tell whether the clock has shown the same for so long, by the host's own."""
    if clock.doubted_after is None or clock.doubted_booted_at is None:
        return False
    return abs(seen - clock.doubted_booted_at) <= TOLERANCE and uptime.since - clock.doubted_after >= long


def believed_now(platform: Platform, uptime: Uptime | None = None) -> datetime | None:
    """Look at the database's clock.

    Args:
        platform: The installation.
        uptime: This host's; read where it is not given.

    Returns:
        The present, by the database; None where its clock has run ahead and is not believed yet.
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
    """Return the moment from which the days of what is stored now count, by the database's clock.

    A clock that has gone back makes nothing older than it is: the moment is never before the last that was believed.

    Args:
        work: Stores it.

    Example:
        values = {"kept_from": counting_moment(work)}
    """
    (row,) = QUERIES.load_moment.all(work.connection, {})
    at: datetime = row.at
    return at


def is_doubted(platform: Platform) -> bool:
    """Tell whether nothing is destroyed by days, since no host believes the database's clock."""
    with platform.database.transaction(None) as connection:
        rows = QUERIES.load_clocks.all(connection, {})
    clocks = _clocks(rows)
    if not clocks or all(not clock.is_doubted for clock in clocks):
        return False
    return bool(rows[0].now - max(clock.believed_at for clock in clocks) > TOLERANCE + EVERY)


def believe(platform: Platform) -> None:
    """Believe the database's clock as it is now; an operator has looked at it."""
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
