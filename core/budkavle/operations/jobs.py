"""Runs jobs repeatedly, each by one worker at a time, by the table `schedule` (see `plugins.protocols.job`)."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic

import structlog

from budkavle import logs
from budkavle.approvals import requests, running
from budkavle.cases import retention_reminders
from budkavle.cases.finding import index
from budkavle.cases.member_news import telling
from budkavle.cases.owned import orphans
from budkavle.cases.teamwork import left_alone
from budkavle.identification.mail_links import endings, new_passwords
from budkavle.identification.refusals import wrong_tries
from budkavle.logs import describe
from budkavle.measures import catalogue
from budkavle.messaging import held_sends, senders
from budkavle.messaging.later import sends as later_sends
from budkavle.model.errors import Unresponsive
from budkavle.operations import destruction, notice_sending, organisation_states, outboxes, retention
from budkavle.operations.closed_accounts import destroying as closed_accounts
from budkavle.operations.leases import Leases
from budkavle.organisation import export, licence_warnings, removal, usage
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import call, call_within
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.outbox import Outbox
from budkavle.storage.events import traces
from budkavle.storage.key_slots.doomed import destroy_doomed
from budkavle.storage.outside import epoch
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform

AT_ONCE = 4
"""How many jobs one worker runs at the same time; a job that has taken `SLOW` seconds no longer counts."""
SLOW = 30.0
GRACE = 8.0
"""Seconds that running jobs get when the worker stops. Then their leases expire, and another worker starts them."""
LINGER = 0.2
"""Seconds up to which a job that has just found something waits for more: traffic comes in bursts."""
TURN = 2.0
"""Seconds after which a job that still finds something is offered to the other workers."""
PATIENCE = timedelta(seconds=0.3)
"""How long a worker leaves due jobs to the others, for each job that it already runs."""


class _Queries(QueryFile):
    add_jobs: Statement
    claim_jobs: Statement
    renew_lease: Statement
    finish_job: Statement


QUERIES = _Queries.load()

log = structlog.get_logger("budkavle.operations.jobs")


class Jobs:
    """The jobs of one worker: the plugins' and the core's own.

    Args:
        platform: The installation.
        leases: Renews the leases of long jobs.
        jobs: The jobs by their names in the schedule.
        is_in_service: Tells whether the worker may start jobs; running jobs are finished anyway.
    """

    def __init__(
        self,
        platform: Platform,
        leases: Leases,
        jobs: Mapping[str, Job],
        is_in_service: Callable[[], bool] = lambda: True,
    ) -> None:
        self._platform = platform
        self._leases = leases
        self._jobs = jobs
        self._running: dict[str, tuple[int, float]] = {}
        """The fences of the jobs that are running here, and when each was started."""
        self._inside: set[str] = set()
        """The jobs whose code is running, including those past their deadline."""
        self._lock = threading.Lock()
        self._entered = False
        self._is_in_service = is_in_service

    @property
    def in_hand(self) -> int:
        """How many jobs are running here."""
        return len(self._running)

    def run(self, stop: threading.Event) -> None:
        """Run due jobs until `stop` is set; then wait for running jobs, at most `GRACE` seconds."""
        begun, threads = monotonic(), list[threading.Thread]()
        pause = min([1.0, *(max(job.every.total_seconds(), 0.05) for job in self._jobs.values())])
        while not stop.wait(pause):
            threads = [thread for thread in threads if thread.is_alive()]
            try:
                while names := self._take_next(monotonic() - begun):
                    threads.append(threading.Thread(target=self.do, args=(names[0], stop), daemon=True))
                    threads[-1].start()
            except Exception as error:  # noqa: BLE001 - the loop survives any error
                log.error("jobs.not_taken", **describe(error))  # noqa: TRY400 - the error itself may hold content
        end = monotonic() + GRACE
        for thread in threads:
            thread.join(max(0.0, end - monotonic()))

    def _take_next(self, own_load: float) -> Sequence[str]:
        """Take one job, so that less busy workers get their share; `own_load` is how many seconds this one has run."""
        with self._lock:
            busy = sum(monotonic() - begun < SLOW for _, begun in self._running.values())
        patience = PATIENCE * busy
        is_patient = own_load >= patience.total_seconds()  # others may have started at the same time
        return self.take(min(1, AT_ONCE - busy) if is_patient else 0, patience)

    def run_due(self, stop: threading.Event | None = None) -> int:
        """Run all jobs that are due now, one after the other; returns how many ran."""
        names = self.take(len(self._jobs))
        for name in names:
            self.do(name, stop or threading.Event())
        return len(names)

    def take(self, most: int, patience: timedelta = timedelta(0)) -> Sequence[str]:
        """Lease jobs that have been due for the given time and that no worker runs."""
        with self._lock:
            free = [name for name in self._jobs if name not in self._running and name not in self._inside]
        if most <= 0 or not free or not self._is_in_service():
            return []
        if not self._entered:
            self._platform.database.at_once(None, (QUERIES.add_jobs, {"names": list(self._jobs)}))
            self._entered = True
        parameters = {"names": free, "most": most, "patience": patience, "lease": self._leases.lease}
        (rows,) = self._platform.database.at_once(None, (QUERIES.claim_jobs, parameters))
        taken = {str(row.name): int(row.fence) for row in rows}
        with self._lock:
            self._running.update({name: (fence, monotonic()) for name, fence in taken.items()})
        return list(taken)

    def do(self, name: str, stop: threading.Event) -> None:
        """Run one job until it finds nothing more, then return its lease; a failure affects no other job (PL5)."""
        job, (fence, begun), lost = self._jobs[name], self._running[name], threading.Event()
        pause, outcome = job.every, "done"
        try:
            with logs.doing(job=name), self._leases.hold(partial(self._renew, name, fence, lost)):
                pause = self._exhaust(name, stop, lost)
        except Exception as error:  # noqa: BLE001 - a plugin's job may raise anything, and fails alone
            pause = max(pause, timedelta(seconds=self._platform.plugins.walls.pause_of(called_of(name))))
            outcome = "failed"
            log.error("job.failed", job=name, **describe(error))  # noqa: TRY400 - the error itself may hold content
        finally:
            catalogue.JOBS.count(name, outcome)
            catalogue.JOB.observe(monotonic() - begun, name)
            self._finish(name, fence, pause)

    def _renew(self, name: str, fence: int, lost: threading.Event) -> None:
        parameters = {"name": name, "fence": fence, "lease": self._leases.lease}
        (rows,) = self._platform.database.at_once(None, (QUERIES.renew_lease, parameters))
        if not rows and not lost.is_set():
            lost.set()
            log.warning("job.lease_lost", job=name)

    def _finish(self, name: str, fence: int, every: timedelta) -> None:
        """Return the lease, unless another worker has the job by now."""
        try:
            self._platform.database.at_once(None, (QUERIES.finish_job, {"name": name, "fence": fence, "every": every}))
        except Exception as error:  # noqa: BLE001 - the lease expires; the job must be free here in any case
            log.error("job.not_finished", job=name, **describe(error))  # noqa: TRY400 - the error itself may hold content
        finally:
            with self._lock:
                self._running.pop(name, None)

    def _exhaust(self, name: str, stop: threading.Event, lost: threading.Event) -> timedelta:
        """Run a job until it finds nothing, its turn ends, or its lease is lost; return when it is due again.

        A job that has found something is asked a few times more before it pauses.
        """
        job = self._jobs[name]
        pause, end = LINGER, monotonic() + TURN
        while not stop.is_set() and not lost.is_set() and self._is_in_service():
            if self._run_once(name, job):
                if monotonic() > end:
                    return timedelta(0)
                pause = 0.0
            elif pause >= LINGER or stop.wait(pause := pause * 2 or LINGER / 8):
                break
        return job.every

    def _run_once(self, name: str, job: Job) -> int:
        """Run a job once, within its deadline; this worker does not start it again before that run has ended."""

        def run() -> int:
            try:
                done: object = call(job.run)
                if done is not None and not isinstance(done, int):
                    raise TypeError(f"run gave {type(done).__name__}, and how many things it did is an int")
                return done or 0
            finally:
                self._is_inside(name, inside=False)

        seconds = job.deadline.total_seconds()
        self._is_inside(name, inside=True)
        try:
            if name in self._platform.plugins.jobs:
                return self._platform.plugins.walls.ask(called_of(name), seconds, run)
            return call_within(seconds, name, run)
        except Unresponsive as error:
            if not error.asked:
                self._is_inside(name, inside=False)
            raise

    def _is_inside(self, name: str, *, inside: bool) -> None:
        with self._lock:
            (self._inside.add if inside else self._inside.discard)(name)


def called_of(name: str) -> Called:
    """Return the `Called` of a plugin's job, by the job's name in the schedule."""
    plugin, _, job = name.partition(".")
    return Called(plugin, "jobs", job)


def _destroy_slots(platform: Platform) -> int:
    days = platform.settings.key_store.backup_days
    return destroy_doomed(platform.vault.slots.store, platform.database, days)


def core_jobs(platform: Platform) -> dict[str, Job]:
    """Return the core's own jobs, and those that run the outboxes, by their names in the schedule."""
    uploaded = Job("uploads", partial(orphans.remove_orphans, platform), timedelta(hours=1))
    expired = Job("approvals", partial(requests.expire, platform), timedelta(minutes=5))
    parked = Job("outbox", partial(outboxes.sweep, platform), timedelta(hours=1))
    told = Job("notices", partial(notice_sending.sweep, platform), timedelta(hours=1))
    used = Job("usage", partial(usage.count_usage, platform), timedelta(hours=1))
    warned = Job("licences", partial(licence_warnings.warn, platform), timedelta(hours=1))
    held = Job("paused", partial(organisation_states.hold_deliveries, platform), timedelta(minutes=1))
    destroyed = Job("key-slots", partial(_destroy_slots, platform), timedelta(seconds=10), timedelta(minutes=10))
    gone = Job("removals", partial(removal.remove_approved, platform), timedelta(minutes=1), timedelta(hours=6))
    written = Job("exports", partial(export.run_exports, platform), timedelta(minutes=1), timedelta(hours=24))
    folder = platform.settings.outside_folder
    grown = Job("epoch", partial(epoch.grow, platform.database, folder), timedelta(minutes=5))
    traced = Job("traces", partial(traces.forget, platform), timedelta(hours=1))
    tried = Job("wrong-tries", partial(wrong_tries.tell, platform), timedelta(minutes=1))
    jobs = [
        uploaded,
        grown,
        traced,
        tried,
        parked,
        told,
        expired,
        used,
        warned,
        held,
        gone,
        destroyed,
        written,
        *retention.jobs(platform),
        *closed_accounts.jobs(platform),
        *retention_reminders.jobs(platform),
        *endings.jobs(platform),
        *left_alone.jobs(platform),
        *senders.jobs(platform),
        *telling.jobs(platform),
        *index.jobs(platform),
    ]
    return {**{f"core.{job.name}": job for job in jobs}, **outboxes.jobs(platform, all_outboxes(platform))}


def all_outboxes(platform: Platform) -> dict[str, Outbox]:
    """Return the outboxes by their full names: the plugins', as `PLUGIN.NAME`, and the core's own."""
    approved = running.core_outboxes(platform, held_sends.all_kinds(platform.plugins))
    own = {**destruction.core_outboxes(platform), **notice_sending.outboxes(platform), **approved}
    own |= {**later_sends.core_outboxes(platform), **new_passwords.core_outboxes(platform)}
    return {**platform.plugins.outboxes, **own}
