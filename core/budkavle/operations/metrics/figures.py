"""The metrics that are read from the database on request: queues, faults, nodes, clocks.

Every host reports the same, except for the skew of its own clock. Answers are cached for a few seconds.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from time import monotonic

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import extract, func, select
from sqlalchemy.exc import SQLAlchemyError

from budkavle.logs import describe
from budkavle.model.errors import BudkavleError
from budkavle.operations import clock, nodes
from budkavle.operations.jobs import core_jobs
from budkavle.operations.retention import ALIVE
from budkavle.storage import plugin_faults, worker_faults
from budkavle.storage.events.chaining import longest_wait
from budkavle.storage.platform import Platform
from budkavle.storage.tables import schedule

KEEP_SECONDS = 10.0
"""How long an answer is cached, so that several clients cost no more than one."""
TEXTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "budkavle_database_up": ("Whether the database has answered.", ()),
    "budkavle_queue_due": ("Deliveries that are due to be sent.", ("transport",)),
    "budkavle_queue_oldest_seconds": ("How long the oldest of them has been due.", ("transport",)),
    "budkavle_worker_faults": ("What stops workers, or keeps destinations from being reached.", ("kind", "transport")),
    "budkavle_plugin_paused": ("Parts of plugins that are paused.", ("plugin", "hook")),
    "budkavle_job_late_seconds": ("How long a job has been due beyond its deadline.", ("job",)),
    "budkavle_worker_silent_seconds": ("Since a worker was last heard of.", ()),
    "budkavle_event_log_unchained_seconds": ("How long the oldest entry of event logs has had no number.", ()),
    "budkavle_nodes": ("Hosts, by what they do and how they are.", ("kind", "state")),
    "budkavle_clock_skew_seconds": ("How far this host's clock is ahead of the database's.", ()),
    "budkavle_clock_doubted": ("Whether the database's clock has jumped ahead, so that nothing is destroyed.", ()),
    "budkavle_build_info": ("The version that runs.", ("version",)),
}
"""Each metric's description, and its labels."""
Values = dict[str, dict[tuple[str, ...], float]]
log = structlog.get_logger("budkavle.operations.metrics")


class Figures(Collector):
    """Reads the metrics from the database.

    Args:
        platform: The installation.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._asked_at = 0.0
        self._values: Values = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the metrics; if the database does not answer, only those that need no database."""
        with self._lock:
            if not self._values or monotonic() - self._asked_at > KEEP_SECONDS:
                self._values, self._asked_at = self._ask(), monotonic()
            values = self._values
        for name, by_labels in values.items():
            text, labels = TEXTS[name]
            family = GaugeMetricFamily(name, text, labels=labels)
            for of, value in by_labels.items():
                family.add_metric(of, value)
            yield family

    def _ask(self) -> Values:
        values: Values = {"budkavle_build_info": {(nodes.version(),): 1}}
        try:
            values |= _queues(self._platform) | _faults(self._platform) | _jobs(self._platform) | _hosts(self._platform)
        except (BudkavleError, SQLAlchemyError) as error:
            log.warning("metrics.not_asked", **describe(error))
            return {**values, "budkavle_database_up": {(): 0}}
        return {**values, "budkavle_database_up": {(): 1}}


def _queues(platform: Platform) -> Values:
    now = datetime.now(UTC)
    queues: dict[str, tuple[int, float]] = dict.fromkeys(platform.plugins.transports, (0, 0.0))
    for row in nodes.count_due(platform):
        name = row.transport if row.transport in queues else "off"
        due, oldest = queues.get(name, (0, 0.0))
        queues[name] = (due + row.due, max(oldest, (now - row.oldest).total_seconds()))
    return {
        "budkavle_queue_due": {(name,): due for name, (due, _) in queues.items()},
        "budkavle_queue_oldest_seconds": {(name,): oldest for name, (_, oldest) in queues.items()},
        "budkavle_event_log_unchained_seconds": {(): longest_wait(platform.database)},
    }


def _faults(platform: Platform) -> Values:
    # A destination's name may be a person's address: only its transport is reported, and a count.
    of_workers = _counted((fault.kind, fault.subject.partition(" ")[0]) for fault in worker_faults.present(platform))
    paused = {fault.called for fault in plugin_faults.list_faults(platform.database) if fault.is_paused}
    return {
        "budkavle_worker_faults": of_workers,
        "budkavle_plugin_paused": _counted((called.plugin, called.hook) for called in paused),
    }


def _jobs(platform: Platform) -> Values:
    jobs = {**core_jobs(platform), **platform.plugins.jobs}
    query = select(schedule.c.name, extract("epoch", func.clock_timestamp() - schedule.c.due_at))
    with platform.database.transaction(None) as connection:
        late = {str(name): float(seconds) for name, seconds in connection.execute(query)}
    beyond: dict[tuple[str, ...], float] = {
        (name,): max(0.0, late[name] - jobs[name].deadline.total_seconds()) for name in jobs if name in late
    }
    silent = max(0.0, late.get(f"core.{ALIVE}", float("inf")))
    return {"budkavle_job_late_seconds": beyond, "budkavle_worker_silent_seconds": {(): silent}}


def _hosts(platform: Platform) -> Values:
    return {
        "budkavle_nodes": _counted((node.kind.value, node.state.value) for node in nodes.all_nodes(platform)),
        "budkavle_clock_skew_seconds": {(): skew(platform)},
        "budkavle_clock_doubted": {(): clock.is_doubted(platform)},
    }


def skew(platform: Platform) -> float:
    """Return how many seconds this host's clock is ahead of the database's, accurate to half of the round trip."""
    before = time.time()
    with platform.database.transaction(None) as connection:
        at = connection.execute(select(extract("epoch", func.clock_timestamp()))).scalar_one()
    return (before + time.time()) / 2 - float(at)


def _counted(of: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    return dict(Counter(of))
