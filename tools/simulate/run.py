"""One run: processes are started, do their work, are killed and started again; then all is calm, and is judged."""

import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from budkavle.model.errors import Unavailable
from budkavle.operations.jobs import Jobs, core_jobs
from budkavle.operations.worker import Worker
from budkavle.storage.events.chaining import chain_logs
from simulate import truth
from simulate.acts import IGNORED, Book, Person, offer, take_in, take_receipt
from simulate.connection import of_a_run
from simulate.errands import CORE_JOBS, JOB_LEASE, QUEUE, Errands
from simulate.files import RunDisk
from simulate.network import TRANSPORTS, Network, SimulatedTransport, frozen
from simulate.patience import TooSlow
from simulate.scheduling import Died, Process, Scheduler, Stuck, Turn
from simulate.stage import Brought, RunDatabase, Stage
from simulate.world import LEASE, Calm, SimulatedLeases, simulated

CHOSEN = CORE_JOBS | {f"outbox.{QUEUE}"}
"""The jobs of the core that are done, with the one that works off the outbox."""
PEOPLE_SECONDS = 60.0
"""Of the simulated clock, in which people and peers do something new."""
BUSY_SECONDS = 150.0
"""In which everything may go wrong: longer, so that workers meet at what others have left."""
CALM_SECONDS = 6_000.0
"""The longest that what waits may take when nothing goes wrong any more; the longest pause is ten minutes."""
MOST_RAISED = 1_000
"""So often may something come out of the product until the run is given up."""
TRIES = 3
"""How often a run is begun for which the machine is too slow."""
FAULTS = {"": 977, "cut before": 5, "cut after": 5, "die before": 3, "die after": 4, "freeze": 6}
"""What befalls an exchange with the database, by weight."""
COMMITS = {"": 917, "cut before": 15, "cut after": 22, "die before": 12, "die after": 18, "freeze": 16}
"""The same of one that commits."""
BEGINS = COMMITS | {"": 870, "freeze": 60}
"""The same where an attempt begins: who wakes here must not go on."""
ENDS = COMMITS | {"": 830, "cut before": 80, "freeze": 30}
"""The same where what came of an attempt is written down."""


@dataclass
class Result:
    """What came of a run.

    Attributes:
        told: What the rules of the model say is wrong, in words; none where all holds.
        raised: What the product's own processes raised and nobody took care of.
        history: The hash of all that happened.
        counts: How often what befell whom.
        lines: All that happened, in order.
    """

    seed: int
    told: list[str]
    raised: list[str]
    history: str
    steps: int
    counts: Counter[str]
    lines: list[str] = field(repr=False, default_factory=list)

    @property
    def faults(self) -> list[str]:
        """All that is wrong."""
        return [*self.told, *self.raised]


@dataclass
class Run:
    """The processes of one run, and what they share."""

    stage: Stage
    database: RunDatabase
    scheduler: Scheduler
    network: Network
    transports: Sequence[SimulatedTransport]
    errands: Errands
    disk: RunDisk
    book: Book = field(default_factory=Book)
    counts: Counter[str] = field(default_factory=Counter)
    pages: list[Process] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    """What came out of the product that nobody takes care of."""
    poison: int = 0
    in_hand: int = 0
    """What the receiver has begun to take in."""

    @property
    def brings(self) -> Brought:
        """The hooks of the plugin, which every process has."""
        transports, outbox, jobs = list(self.transports), self.errands.outbox, self.errands.jobs
        return {
            "transports": lambda host: transports,  # noqa: ARG005 - pluggy passes by name
            "outboxes": lambda host: [outbox],  # noqa: ARG005
            "jobs": lambda host: jobs,  # noqa: ARG005
        }

    def start(self) -> None:
        """Begin the processes."""
        random = self.scheduler.random
        self.poison = random.choice((0, 0, 1))
        skews = [random.choice((0.0, 0.0, -300.0, 300.0)) for _ in range(2)]
        for number, skew in enumerate(skews):
            self.scheduler.add(f"worker-{number}", self._supervised(self._work), skew)
        self.pages = [self.scheduler.add(f"web-{number}", self._supervised(self._use_pages)) for number in range(2)]
        self.network.on_receipt = self.scheduler.add("receiver", self._supervised(self._receive)).wake

    def befall(self, process: Process, kind: str) -> str:
        """Decide what befalls an exchange."""
        if self.network.is_calm:
            return ""
        weights = {"exchange": FAULTS, "commit": COMMITS, "begins": BEGINS, "ends": ENDS}[kind]
        fault = self.scheduler.random.choices(list(weights), weights.values())[0]
        if fault:
            self.counts[fault] += 1
        if fault == "freeze":
            process.freeze(frozen(self.scheduler.random), "")
            return ""
        if self.scheduler.random.random() < 0.002:
            process.skew += self.scheduler.random.choice((-600.0, 600.0))
            self.counts["clock jump"] += 1
        return fault

    @property
    def is_busy(self) -> bool:
        """Whether things may still go wrong."""
        if self.scheduler.time >= BUSY_SECONDS and not self.network.is_calm:
            self.network.is_calm = True
            self.scheduler.note("calm")
        return not self.network.is_calm

    def _supervised(self, work: Callable[[Process], None]) -> Callable[[Process], None]:
        """Start a process again where it has died, without anything that it had in memory."""

        def keep(process: Process) -> None:
            while True:
                try:
                    work(process)
                except Died:
                    process.is_killed = False
                    self.counts["deaths"] += 1
                except Exception as error:  # noqa: BLE001 - it is told, and the process starts again as by systemd
                    self._note_raised(process.name, error)
                else:
                    return
                process.sleep(20.0 if self.network.is_calm else self.scheduler.random.choice((0.5, 2.0)))

        return keep

    def _note_raised(self, name: str, error: Exception) -> None:
        """Tell of what nobody takes care of, and let the run go on, so that the rules can judge it."""
        self.scheduler.note(f"{name} {type(error).__name__}")
        self.raised.append(f"{name}: {type(error).__name__}: {error}")
        self.scheduler.lines += traceback.format_exception(error)
        if len(self.raised) > MOST_RAISED:
            raise error

    def _work(self, process: Process) -> None:
        platform = self.database.open(self.brings)
        worker = Worker(platform, threads=1, lease=LEASE)
        jobs = {**{name: job for name, job in core_jobs(platform).items() if name in CHOSEN}, **platform.plugins.jobs}
        worker.jobs = Jobs(platform, SimulatedLeases(JOB_LEASE), jobs)
        pause = 0.5
        try:
            while self.is_busy or not self._is_done():
                try:
                    done = worker.work_once() + chain_logs(platform.database)
                    worker.jobs.run_due(Calm())
                except Unavailable:
                    done = 0
                pause = 0.5 if done else min(pause * 2, 1.0 if self.is_busy else 30.0)
                process.sleep(pause)
        finally:
            worker.close()
            platform.close()

    def _use_pages(self, process: Process) -> None:
        platform = self.database.open(self.brings)
        random = Random(self.scheduler.random.random())  # noqa: S311 - nothing secret
        stage = self.stage
        person = Person(
            platform, process, stage.case_worker, stage.mailbox_id, self.book, random, self.poison, self.errands
        )
        try:
            while self.scheduler.time < PEOPLE_SECONDS:
                try:
                    person.act()
                except IGNORED as error:
                    self.scheduler.note(f"{process.name} {type(error).__name__}")
                except Exception as error:  # noqa: BLE001 - the page says that something went wrong, and goes on
                    self._note_raised(process.name, error)
                process.sleep(random.choice((0.2, 1.0, 3.0)))
        finally:
            self.poison = person.poison
            platform.close()

    def _receive(self, process: Process) -> None:
        platform = self.database.open(self.brings)
        stage, random = self.stage, self.scheduler.random
        try:
            while self.is_busy or not self._is_done():
                if self.scheduler.time < PEOPLE_SECONDS and random.random() < 0.15:
                    offer(self.network, self.book, stage.organisation_id, stage.mailbox_id, random)
                waiting, self.book.waiting = self.book.waiting, []
                steps = [lambda one=one: take_in(platform, self.book, one) for one in waiting]
                due = self.network.due()
                steps += [
                    lambda one=one: take_receipt(platform, self.network, stage.organisation_id, one) for one in due
                ]
                self._each(steps, waiting, due)
                process.sleep(1.0 if self.is_busy else 20.0)
        finally:
            platform.close()

    def _each(self, steps: list[Callable[[], None]], waiting: list, due: list) -> None:  # type: ignore[type-arg]
        """Do each step; what has not been begun when the process dies comes again."""
        self.in_hand = len(steps)
        for number, step in enumerate(steps):
            try:
                step()
            except IGNORED as error:
                self.scheduler.note(f"receiver {type(error).__name__}")
            except Exception as error:  # noqa: BLE001 - its peer gets no answer, and comes again
                self._note_raised("receiver", error)
            except BaseException:
                left = number + 1
                self.book.waiting += waiting[left:]
                self.network.receipts += due[max(left - len(waiting), 0) :]
                raise
        self.in_hand = 0

    def _is_done(self) -> bool:
        """Whether nothing waits any more, or it has waited for so long that something is wrong."""
        if self.scheduler.time > BUSY_SECONDS + CALM_SECONDS:
            return True
        if any(process.turn is not Turn.ENDED for process in self.pages):
            return False  # they may still send what they had begun
        return not (self.in_hand or self.book.waiting or self.network.receipts or truth.waiting(self.database))


def simulate(stage: Stage, seed: int) -> Result:
    """Run one seed, once more where the machine was too slow for it.

    Args:
        stage: Where.
        seed: What everything follows from.

    Raises:
        TooSlow: The machine was too slow each time; nothing is known of the product.
    """
    for _ in range(TRIES - 1):
        with suppress(TooSlow):
            return _simulate(stage, seed)
    return _simulate(stage, seed)


def _simulate(stage: Stage, seed: int) -> Result:
    with stage.database() as database:
        scheduler = Scheduler(seed, database)
        network = Network(scheduler)
        transports = [SimulatedTransport(name, network) for name in TRANSPORTS]
        folders = stage.settings.blob_folder, database.outside
        disk = RunDisk(network, folders, scheduler.random.choice((10.0, 40.0, 90.0, 1e9, 1e9, 1e9)))
        run = Run(stage, database, scheduler, network, transports, Errands(network), disk)
        with simulated(scheduler, seed), of_a_run(run.befall, database.wait_until_gone):
            run.start()
            told = []
            try:
                with disk.failing():
                    scheduler.run()
                told += truth.faults(run)
            except TooSlow:
                raise
            except Stuck as error:
                told.append(f"it does not end: {error}")
            except Exception as error:  # noqa: BLE001 - whatever a process raised is a fault of the run
                run.raised.append(f"{type(error).__name__}: {error}")
                scheduler.lines += traceback.format_exception(error)
            finally:
                scheduler.abandon()
        for row in database.rows(truth.CHANGES):
            scheduler.note(" ".join(map(str, row)))
        counts = run.counts + network.fates + disk.counts
        return Result(seed, told, run.raised, scheduler.history, scheduler.steps, counts, scheduler.lines)
