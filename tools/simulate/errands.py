"""What is done later: an outbox of a plugin, a job that counts, and one that always fails."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from budkavle.model.errors import Permanent, Temporary
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.plugins.protocols.transport import Backoff
from simulate.network import PATIENCE, Network
from simulate.scheduling import Process, this_process

QUEUE = "simulated.errands"
EVERY = timedelta(seconds=2)
JOB_LEASE = timedelta(seconds=15)
"""The product's own."""
CORE_JOBS = frozenset({"core.outbox", "core.paused"})
"""Those of the core that are done in a run; each costs exchanges."""
FATES = {"done": 70, "later": 12, "answer lost": 8, "never": 4}
"""What becomes of an errand, by weight."""


@dataclass
class Errand:
    """What has become of one entry of the outbox.

    Attributes:
        began: When it was begun, each time.
        done: How often it was done.
        excused: How often it was done and something else was said.
        is_refused: Whether it can never be done.
        known: When the last try that was done was begun, and by which process.
        inside: When the try under way was begun, and by which process.
    """

    began: list[float] = field(default_factory=list)
    done: int = 0
    excused: int = 0
    is_refused: bool = False
    known: tuple[float, Process] | None = None
    inside: tuple[float, Process] | None = None


@dataclass
class Errands:
    """The plugin's side of an outbox and of two jobs.

    Attributes:
        tried: What somebody has tried to queue.
        confirmed: What has been queued, as the page said.
        of: What has become of each, by its content.
        runs: When each job was begun.
        wrong: What went wrong while it went on, in words.
    """

    network: Network
    tried: set[bytes] = field(default_factory=set)
    confirmed: set[bytes] = field(default_factory=set)
    of: defaultdict[bytes, Errand] = field(default_factory=lambda: defaultdict(Errand))
    ids: dict[UUID, bytes] = field(default_factory=dict)
    runs: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    _inside: dict[str, tuple[float, Process]] = field(default_factory=dict)

    @property
    def outbox(self) -> Outbox:
        """The outbox, which the product calls."""
        pauses = Backoff(timedelta(seconds=2), timedelta(seconds=10), tries=6, deadline=timedelta(seconds=PATIENCE))
        return Outbox("errands", self.handle, backoff=pauses, every=EVERY)

    @property
    def jobs(self) -> list[Job]:
        """The jobs, which the product begins."""
        return [Job("counts", self._count, EVERY), Job("breaks", self._break, EVERY)]

    def handle(self, entry: OutboxEntry) -> None:
        """Do one errand, or not."""
        process, now, errand = this_process(), self.network.scheduler.time, self.of[entry.content]
        self.ids[entry.id] = entry.content
        errand.began.append(now)
        known, errand.known = errand.known, None
        if known and not known[1].stood_still(known[0], now) and not entry.is_unsure:
            self.wrong.append(f"errand {entry.id}: done, begun again, and nobody says that it may have been")
        if errand.inside and errand.inside[1].was_well(errand.inside[0], now):
            self.wrong.append(f"errand {entry.id}: begun while {errand.inside[1].name} did it")
        errand.inside = now, process
        try:
            self._do(process, entry.content, errand, now)
        finally:
            if not process.is_dead:
                errand.inside = None

    def _do(self, process: Process, content: bytes, errand: Errand, began: float) -> None:
        process.point(f"does {content.decode()}")
        self.network.befall(process)
        fate = "done" if self.network.is_calm else self.network.choose(FATES)
        self.network.scheduler.note(f"{process.name} {fate} {content.decode()}")
        if fate == "never":
            errand.is_refused = True
            raise Permanent("Det går inte.")
        if fate == "later":
            raise Temporary("Inte nu.")
        errand.done += 1
        if fate == "answer lost":
            errand.excused += 1
            raise Temporary("Förbindelsen bröts.")
        errand.known = began, process
        self.network.befall(process)

    def _count(self) -> int:
        self._enter("counts")
        return 0

    def _break(self) -> int:
        self._enter("breaks")
        raise RuntimeError("It always breaks.")

    def _enter(self, name: str) -> None:
        """Be in a job for a moment, alone unless somebody else there has died or stood still."""
        process, now = this_process(), self.network.scheduler.time
        if name in self._inside:
            since, other = self._inside[name]
            if other.was_well(since, JOB_LEASE.total_seconds()) and now - since < JOB_LEASE.total_seconds():
                self.wrong.append(f"job {name}: {process.name} began it while {other.name} did it")
        self._inside[name] = now, process
        self.runs[name].append(now)
        for _ in range(3):
            process.point(f"is in {name}")
        self.network.befall(process)
        self._inside.pop(name, None)

    def faults(self, gone: dict[UUID, float], parked: set[UUID], ended_at: float) -> Iterator[str]:
        """Return what is wrong after the run.

        Args:
            gone: When each entry left the outbox, by its id.
            parked: The entries that were given up and are there.
            ended_at: When the run ended.
        """
        yield from self.wrong
        for content in sorted(self.confirmed):
            errand = self.of[content]
            if not errand.done and not errand.is_refused:
                yield f"errand {content.decode()}: queued, said the page, and never done"
        for content in sorted(self.of.keys() - self.tried):
            yield f"errand {content.decode()}: nobody queued it"
        for entry_id, content in self.ids.items():
            if entry_id in gone and any(began > gone[entry_id] for began in self.of[content].began):
                yield f"errand {content.decode()}: begun after it was forgotten"
            if entry_id in gone and not self.of[content].done:
                yield f"errand {content.decode()}: forgotten, and never done"
            if entry_id not in gone and entry_id not in parked:
                yield f"errand {content.decode()}: it has not ended"
        for name in ("counts", "breaks"):
            if not self.runs[name] or ended_at - self.runs[name][-1] > 400:
                yield f"job {name}: not begun for a long time"
