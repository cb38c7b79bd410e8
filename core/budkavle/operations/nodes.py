"""The nodes of the installation: its hosts that run web or workers, and report that they are alive (ADR 067).

Each process writes a row every `BEAT` seconds. When an administrator takes a host out of service, its workers finish
what they have in hand and claim nothing more, and its web answers `/readyz` with 503, so that a load balancer sends
browsers elsewhere.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.metadata import metadata
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Json

from budkavle.accounts.permissions import require_platform
from budkavle.logs import describe
from budkavle.model import sources
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.people import Actor
from budkavle.operations.backup.ending import end_access, end_sign_ins
from budkavle.operations.key_moves.trying import Trial
from budkavle.organisation.register import record_in_installation
from budkavle.settings import Settings
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform

BEAT = 15.0
"""Seconds between two heartbeats of a process."""
SILENT = timedelta(minutes=2)
"""A node that has not reported for this long is shown as silent."""
GONE = timedelta(days=1)
"""A process that has not reported for this long is deleted; its node stays in the list."""

log = structlog.get_logger("budkavle.operations.nodes")


class _Queries(QueryFile):
    beat: Statement
    list_nodes: Statement
    is_in_service: Statement
    change_service: Statement
    forget_node: Statement
    forget_processes: Statement
    end_process: Statement
    count_due: Statement


QUERIES = _Queries.load()


class NodeKind(StrEnum):
    """What a node runs."""

    WEB = "web"
    WORKER = "worker"


class NodeState(StrEnum):
    """The state of a node."""

    WORKING = "working"
    DRAINED = "drained"
    """Out of service: it finishes what it has in hand, and starts nothing."""
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class NodeProcess:
    """A process of a node, as last reported.

    Attributes:
        process: Its process id in the operating system.
        facts: How many deliveries and jobs it has in hand, and which `transports` a worker serves. `clock_ms` is how
            far its host's clock is ahead of the database's; `key_provider` and `key_target` are of `key_moves.trying`.
    """

    address: str
    process: int
    version: str
    started_at: datetime
    seen_at: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """A host that runs web or workers.

    Attributes:
        name: The host's name.
        changed_at: When it was first seen, or last taken out of service or put in service.
        processes: The running ones, the youngest first.
    """

    name: str
    kind: NodeKind
    state: NodeState
    changed_at: datetime
    seen_at: datetime | None
    processes: Sequence[NodeProcess]

    @property
    def in_hand(self) -> int:
        """How many deliveries and jobs the node is working on."""
        return sum(process.facts.get(what, 0) for process in self.processes for what in ("deliveries", "jobs"))

    @property
    def clock_ahead(self) -> float:
        """How many seconds the host's clock is ahead of the database's, as last measured; negative if behind."""
        return max((process.facts.get("clock_ms", 0) / 1000 for process in self.processes), key=abs, default=0.0)


@dataclass(frozen=True, slots=True)
class QueueLength:
    """What one transport has due for sending, in all organisations."""

    transport: str
    due: int
    oldest: datetime


def node_name(settings: Settings) -> str:
    """Return this host's name in the list of nodes."""
    return settings.node or socket.gethostname()


def version() -> str:
    """Return the version of the program that this process runs."""
    return metadata("budkavle")["Version"]


def licence() -> str:
    """Return the licence of the program that the nodes run."""
    return metadata("budkavle")["License-Expression"]


class Heartbeat:
    """Reports that a process is alive, and learns whether its node is in service. It never raises.

    Args:
        platform: The installation.
        kind: What the process runs.
        facts: Returns what it has in hand, by name, and a worker's `transports`.
        address: Where it is reached; if empty, its own network address.
    """

    def __init__(
        self,
        platform: Platform,
        kind: NodeKind,
        facts: Callable[[], Mapping[str, object]] = dict,
        *,
        address: str = "",
    ) -> None:
        self._platform = platform
        self._facts = facts
        self._wake = threading.Event()
        self._ending = threading.Thread()
        self.in_service = True
        self._removals = 0
        self._clock_ms = 0
        self._trial = Trial(platform)
        self._row = {
            "id": sources.new_id(),
            "name": node_name(platform.settings),
            "kind": kind.value,
            "address": address or _own_address(),
            "process": os.getpid(),
            "version": version(),
            "started_at": sources.now(),
        }

    @property
    def id(self) -> UUID:
        """The id of the process in its row."""
        return UUID(str(self._row["id"]))

    def beat(self) -> None:
        """Report once, and learn whether the node is in service."""
        values = {**self._row, "facts": Json({**self._facts(), "clock_ms": self._clock_ms, **self._trial.told})}
        began = time.time()
        try:
            (rows,) = self._platform.database.at_once(None, (QUERIES.beat, values), durable=False)
            heard = time.time()
            self._platform.check_epoch()
            has_more_to_end = end_sign_ins(self._platform)
        except Exception as error:  # noqa: BLE001 - also the driver's own errors; the next beat reports again
            log.warning("node.not_told", **describe(error))
            return
        if has_more_to_end:
            self._end_access()
        if rows:
            self._clock_ms = round(((began + heard) / 2 - rows[0].at.timestamp()) * 1000)
        if rows and rows[0].removals != self._removals:
            self._removals = rows[0].removals
            self._platform.vault.forget()
        if rows and self._trial.hear(rows[0].key_move):
            self.wake()
        if rows and rows[0].in_service != self.in_service:
            self.in_service = rows[0].in_service
            log.warning("node.in-service" if self.in_service else "node.drained")

    def _end_access(self) -> None:
        """Continue what a restore has left to end, in a separate thread: plugins may be slow."""
        if not self._ending.is_alive():
            self._ending = threading.Thread(target=self._try_to_end, name="budkavle-end-access", daemon=True)
            self._ending.start()

    def _try_to_end(self) -> None:
        try:
            end_access(self._platform)
        except Exception as error:  # noqa: BLE001 - also the driver's own errors; retried at the next beat
            log.warning("node.access_not_ended", **describe(error))

    def wake(self) -> None:
        """Beat now: the state of the nodes has changed."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Beat until `stop` is set, then remove the process from the list."""
        while not stop.is_set():
            self.beat()
            self._wake.wait(BEAT)
            self._wake.clear()  # not before: whoever sets `stop` wakes only once
        if self._ending.ident is not None:
            self._ending.join(BEAT)
        try:
            self._platform.database.at_once(None, (QUERIES.end_process, {"id": self._row["id"]}), durable=False)
        except Exception as error:  # noqa: BLE001 - it will soon be shown as silent
            log.warning("node.not_told", **describe(error))


@contextmanager
def beating(platform: Platform) -> Iterator[None]:
    """Report that a web process is alive, while the block lasts."""
    stop, heart = threading.Event(), Heartbeat(platform, NodeKind.WEB)
    thread = threading.Thread(target=heart.run, args=(stop,), name="budkavle-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        heart.wake()
        thread.join(BEAT)


def is_in_service(platform: Platform, kind: NodeKind) -> bool:
    """Tell whether this host is in service; unknown hosts are."""
    values = {"name": node_name(platform.settings), "kind": kind.value}
    (rows,) = platform.database.at_once(None, (QUERIES.is_in_service, values))
    return not rows or bool(rows[0].in_service)


def list_nodes(platform: Platform, actor: Actor) -> list[Node]:
    """Return the nodes of the installation, by name.

    Raises:
        Forbidden: The actor does not administer the installation.
    """
    require_platform(actor)
    return all_nodes(platform)


def all_nodes(platform: Platform) -> list[Node]:
    """Return the nodes of the installation, by name, without an actor: for monitoring."""
    (rows,) = platform.database.at_once(None, (QUERIES.list_nodes, {}))
    by_node: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        by_node.setdefault((row.name, row.kind), []).append(row)
    return [_node(found) for found in by_node.values()]


def list_queues(platform: Platform, actor: Actor) -> list[QueueLength]:
    """Return what is due for sending in all organisations, by transport: numbers only.

    Raises:
        Forbidden: The actor does not administer the installation.
    """
    require_platform(actor)
    return count_due(platform)


def count_due(platform: Platform) -> list[QueueLength]:
    """Return the same without an actor: for monitoring."""
    (rows,) = platform.database.at_once(None, (QUERIES.count_due, {}))
    return [QueueLength(row.transport, row.due, row.oldest) for row in rows]


def set_service(platform: Platform, actor: Actor, name: str, kind: NodeKind, *, in_service: bool) -> None:
    """Take a node out of service, or put it in service again.

    Raises:
        Forbidden: The actor does not administer the installation.
        NotFound: There is no such node.
    """
    require_platform(actor)
    values = {"name": name, "kind": kind.value, "in_service": in_service}
    with platform.database.transaction(None) as connection:
        if QUERIES.change_service.one_or_none(connection, values) is None:
            raise NotFound("Noden {name} finns inte.", name=name)
        platform.database.notify(connection, {"w": [], "n": name})
    step = "node.put-in-service" if in_service else "node.taken-out"
    record_in_installation(platform, actor, step, name, name=f"{name} ({kind.value})")


def forget_node(platform: Platform, actor: Actor, name: str, kind: NodeKind) -> None:
    """Remove a missing node from the list; it is listed again if it comes back.

    Raises:
        Forbidden: The actor does not administer the installation.
        Conflict: The node is alive: it reported a short while ago.
        NotFound: There is no such node.
    """
    known_node = {(node.name, node.kind): node for node in list_nodes(platform, actor)}.get((name, kind))
    if known_node is None:
        raise NotFound("Noden {name} finns inte.", name=name)
    if known_node.state is not NodeState.SILENT and known_node.processes:
        raise Conflict("Noden {name} är igång. Stoppa den först.", name=name)
    platform.database.at_once(None, (QUERIES.forget_node, {"name": name, "kind": kind.value}))
    record_in_installation(platform, actor, "node.forgotten", name, name=f"{name} ({kind.value})")


def sweep(platform: Platform) -> int:
    """Delete processes that have been silent for long; returns how many. Run it as a job."""
    (rows,) = platform.database.at_once(None, (QUERIES.forget_processes, {"gone": GONE}))
    return len(rows)


def _node(rows: Sequence[Any]) -> Node:
    first = rows[0]
    processes = [
        NodeProcess(row.address, row.process, row.version, row.started_at, row.seen_at, row.facts)
        for row in rows
        if row.process is not None and not row.is_silent
    ]
    last_seen = max((row.seen_at for row in rows if row.seen_at), default=None)
    state = NodeState.WORKING if first.in_service else NodeState.DRAINED
    if not processes:
        state = NodeState.SILENT
    return Node(first.name, NodeKind(first.kind), state, first.changed_at, last_seen, processes)


def _own_address() -> str:
    """Return the address by which others in the network reach this host; finding it out sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: this only looks up a route
            address: str = probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"
    return address
