"""Faults of plugins, stored so that every process can show them: often another process shows them than met them.

Only names, kinds of errors and lines of programs are stored, never what a plugin was asked or answered.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog
from psycopg.types.json import Json
from sqlalchemy.exc import SQLAlchemyError

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError
from budkavle.model.sentences import Sentence
from budkavle.plugins import calls
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.health import Health
from budkavle.plugins.walls import PluginFault
from budkavle.storage.database import Database
from budkavle.storage.pipeline import QueryFile, Statement

AGAIN = 10.0
"""Seconds between two reports of the same part that fails."""


class _Queries(QueryFile):
    report_fault: Statement
    list_faults: Statement


QUERIES = _Queries.load()
log = structlog.get_logger("budkavle.storage.plugin_faults")


@dataclass(frozen=True, slots=True)
class ReportedFault:
    """The last fault of a part of a plugin in one process.

    Attributes:
        called: The part.
        error: The kind of error.
        at: File, line and function.
        faults: How many in a row; 0 if it has answered correctly since.
        is_paused: Whether there were so many that the part is called only now and then.
        is_recent: Whether it was reported within the last hour.
        process: Host and process.
        since: When it began to fail.
        seen_at: When it last failed, or answered correctly again.
    """

    called: Called
    error: str
    at: str
    faults: int
    is_paused: bool
    is_recent: bool
    process: str
    since: datetime
    seen_at: datetime


class PluginFaults:
    """Reports the faults in one process. It never raises, and never blocks.

    Args:
        database: Where they are stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reported: dict[Called, tuple[float, PluginFault]] = {}
        self._waiting: dict[Called, PluginFault] = {}
        self._lock = threading.Lock()
        self._storing = threading.Lock()

    def report(self, fault: PluginFault) -> None:
        """Report a fault, or that the part has answered correctly since, unless this has just been reported."""
        with self._lock:
            at, before = self._reported.get(fault.called, (0.0, None))
            changed = before is None or (before.faults == 0) != (fault.faults == 0) or before.pause != fault.pause
            if not changed and monotonic() - at < AGAIN:
                return
            self._reported[fault.called] = (monotonic(), fault)
            self._waiting[fault.called] = fault
        # The caller may hold the last connection, or a lock; a separate thread waits for both.
        try:
            calls.begin("budkavle.plugin-faults", self.store)
        except RuntimeError as error:  # no more threads; the next report stores it
            log.warning("plugin.faults_not_stored", count=1, **describe(error))

    def store(self) -> None:
        """Store waiting reports, one thread at a time, so that the latest report of a part is stored last."""
        with self._storing:
            with self._lock:
                waiting, self._waiting = self._waiting, {}
            try:
                if waiting:
                    self._database.at_once(None, *map(_statement, waiting.values()), durable=False)
            except (BudkavleError, SQLAlchemyError) as error:
                log.warning("plugin.faults_not_stored", count=len(waiting), **describe(error))


def _statement(fault: PluginFault) -> tuple[Statement, dict[str, object]]:
    names = [fault.called.plugin, fault.called.hook, fault.called.part]
    content = {
        "called": names,
        "error": fault.error,
        "at": fault.at,
        "faults": fault.faults,
        "paused": fault.pause > 0,
    }
    process = f"{socket.gethostname()}:{os.getpid()}"
    return QUERIES.report_fault, {"subject": "\n".join(names), "worker": process, "facts": Json(content)}


def list_faults(database: Database) -> Sequence[ReportedFault]:
    """Return the faults of the last day in all processes, ongoing ones first."""
    (rows,) = database.at_once(None, (QUERIES.list_faults, {}))
    return [
        ReportedFault(
            Called(*row.facts["called"]),
            row.facts["error"],
            row.facts["at"],
            row.facts["faults"],
            row.facts["paused"],
            row.is_recent,
            row.worker,
            row.since,
            row.seen_at,
        )
        for row in rows
    ]


def health(database: Database, label: Callable[[str], str]) -> Iterator[Health]:
    """Report plugins that fail repeatedly, and where; only the page Tillägg shows a single fault.

    Args:
        database: Where the faults are stored.
        label: Returns a plugin's Swedish display name, by its name.
    """
    lasting = [fault for fault in list_faults(database) if fault.is_paused and fault.is_recent]
    for fault in {fault.called: fault for fault in reversed(lasting)}.values():
        sentence = (
            "Tillägget {plugin} fungerar inte i {part} sedan {at} och är pausat där. Senaste fel: {error}, {line}."
        )
        remedy = "Resten går som vanligt, och det prövas igen av sig självt. Se sidan Tillägg och rätta tillägget."
        called = fault.called
        details = {
            "plugin": Sentence(label(called.plugin)),
            "part": f"{called.hook} {called.part}".strip(),
            "at": fault.since,
            "error": fault.error,
            "line": fault.at or "–",
        }
        yield Health("Tilläggen", False, sentence, remedy, details)
    if not lasting:
        yield Health("Tilläggen", True, "Inget tillägg är pausat.")
