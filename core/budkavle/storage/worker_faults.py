"""Faults that stop a worker, stored for the health page: the worker is another process, often on another host.

A fault is reported repeatedly while it lasts, and ends when the reports stop, or by `clear`.

A fault is reported again and again while it lasts, and ends when the reports stop, or by `clear`.
"""

import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from psycopg.types.json import Json

from budkavle.logs import describe
from budkavle.model import sources
from budkavle.model.errors import BudkavleError
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform

LASTS = timedelta(minutes=3)
"""How long a fault is shown after its last report: longer than the pause between two attempts that wait for its end."""
SICK_AFTER = 5
"""After this many unreadable deliveries in a row, without a readable one, a worker counts as sick."""
AGAIN = 10.0
"""Seconds between two reports of the same fault."""


class _Queries(QueryFile):
    report_fault: Statement
    clear_fault: Statement
    list_faults: Statement
    remove_old_faults: Statement


QUERIES = _Queries.load()

log = structlog.get_logger("budkavle.operations.worker")


@dataclass(frozen=True, slots=True)
class Fault:
    """What stops a worker.

    Attributes:
        kind: A key of `fault_texts.FAULTS`.
        subject: Which one of its kind, such as the name of a transport; empty if there is only one.
        worker: Host and process.
        since: When it was first reported.
        count: How many of its kind.
    """

    kind: str
    subject: str
    worker: str
    since: datetime
    count: int


class Faults:
    """Reports the faults of one worker. It never raises: the health page reports an unreachable database anyway.

    Args:
        platform: The installation.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._told: dict[tuple[str, str], float] = {}
        self._unreadable: dict[UUID, str] = {}
        self._lock = threading.Lock()

    def note_unreadable(self, delivery_id: UUID, why: str) -> None:
        """Record that this worker cannot read a delivery because of a fault of its own.

        Args:
            delivery_id: The delivery.
            why: The fault, see `corruption.cause`.
        """
        with self._lock:
            self._unreadable[delivery_id] = why

    def note_readable(self) -> None:
        """Record that this worker could read a delivery: so the fault of those it could not read is their own."""
        with self._lock:
            self._unreadable.clear()

    @property
    def sickness(self) -> str:
        """Why this worker can read nothing; empty if it can, or if it has not tried enough to tell."""
        with self._lock:
            return next(reversed(self._unreadable.values())) if len(self._unreadable) >= SICK_AFTER else ""

    def report(self, kind: str, subject: str = "", *, count: int = 1) -> None:
        """Report that a fault exists, or still exists."""
        with self._lock:
            last = self._told.get((kind, subject))
            if last is not None and sources.monotonic() - last < AGAIN:
                return
            self._told[kind, subject] = sources.monotonic()
        details = {"facts": Json({"count": count}), "lasts": LASTS}
        self._write(QUERIES.report_fault, {"kind": kind, "subject": subject, "worker": self._worker, **details})

    def clear(self, kind: str, subject: str = "") -> None:
        """Report that a fault has ended; nothing happens if it was never reported."""
        with self._lock:
            if self._told.pop((kind, subject), None) is None:
                return
        self._write(QUERIES.clear_fault, {"kind": kind, "subject": subject, "worker": self._worker})

    def _write(self, statement: Statement, parameters: dict[str, object]) -> None:
        try:
            self._platform.database.at_once(None, (statement, parameters), durable=False)
        except BudkavleError as error:
            log.warning("worker.fault_not_told", **describe(error))


def present(platform: Platform) -> Sequence[Fault]:
    """Return the faults of all workers, the oldest first."""
    (rows,) = platform.database.at_once(None, (QUERIES.list_faults, {"lasts": LASTS}))
    return [Fault(row.kind, row.subject, row.worker, row.since, int(row.facts.get("count", 1))) for row in rows]


def sweep(platform: Platform) -> int:
    """Delete faults that ended long ago; returns how many. Run it as a job."""
    (rows,) = platform.database.at_once(None, (QUERIES.remove_old_faults, {}))
    return len(rows)
