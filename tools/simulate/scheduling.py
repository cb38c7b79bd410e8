"""Processes that take turns: one runs at a time, and the seed says which, so that a run can be repeated.

Each process is a thread that gives up its turn at every exchange with the database, at every call of a peer and where
it sleeps. A statement that waits for a lock of another process gives up its turn as well: the server is asked whether
it is blocked. Its server process stands still until its turn comes: a commit that ends the waiting of two lets them
go on together. Circles of locks are found here, and the one that closed the circle is ended; the server's own
timer reads the real clock. So the order of everything follows from the seed alone, however slow the machine is.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any, Protocol

from simulate.patience import Patience

MOST_STEPS = 60_000
STEP_SECONDS = 0.002
"""By so much the clock moves at each step."""
SWITCHES = 0.4
"""How often another process may go on at a point; a switch costs more than most exchanges."""
MOST_LOOKS = 1_000
"""So often in a row must the server say that everybody waits for a lock, until the run is stuck."""
LONG_WAIT = 2.0
"""Seconds of waiting for a lock after which it is said of who waits that something befell it."""
LOOK_SECONDS = 0.02
"""Of the real clock: how long a statement may take until the server is asked whether it is blocked."""


class Died(BaseException):
    """The process has been killed; none of its code continues."""


class Stuck(Exception):
    """The run does not end, or everybody waits for a lock."""


class Server(Protocol):
    """What the scheduler asks of the database server, by the ids of server processes."""

    def blockers(self, pid: int, /) -> list[int]:
        """Return those whose locks one waits for."""

    def halt(self, pid: int, /) -> None:
        """Let one stand still that waits for a lock."""

    def go_on(self, pid: int, /) -> None:
        """Let it go on."""

    def cancel(self, pid: int, /) -> None:
        """End its statement."""

    def tell_time(self, seconds: float, /) -> None:
        """Set its clock to a number of seconds after the start."""


class Turn(Enum):
    """Where a process is."""

    READY = "ready"
    RUNNING = "running"
    BLOCKED = "blocked"
    """Its statement waits for a lock that another process holds."""
    SLEEPING = "sleeping"
    ENDED = "ended"


@dataclass
class Process:
    """One process: a web process, a worker, or the receiver of what peers send.

    Attributes:
        skew: Seconds by which its host's clock is ahead.
        is_killed: Whether it has been killed: then each further exchange of it fails with `Died`.
        parent: Whose late thread it is; it dies with it.
        connections: Those that it has to the database, with those of its late threads, in the order of their opening.
        troubles: When it was killed, or stood still, or began to wait for long for a lock of another that did.
        freezes: When it stood still.
        is_victim: Whether its statement has been ended, as it closed a circle of locks.
        answers_after: Seconds until the answer of the call under way, which the peer has got; None where it is there.
        pid: The server process of the statement under way.
        blocked_at: When its statement began to wait for a lock; None where it does not.
    """

    name: str
    scheduler: "Scheduler"
    work: Callable[["Process"], None]
    skew: float = 0.0
    is_killed: bool = False
    deaths: int = 0
    parent: "Process | None" = None
    parents_life: int = 0
    connections: dict[Any, None] = field(default_factory=dict)
    troubles: list[float] = field(default_factory=list)
    freezes: list[float] = field(default_factory=list)
    is_victim: bool = False
    statements: int = 0
    answers_after: float | None = None
    turn: Turn = Turn.READY
    wakes_at: float = 0.0
    pid: int = 0
    blocked_at: float | None = None
    error: BaseException | None = None
    _go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @property
    def owner(self) -> "Process":
        """The process that this is, or whose late thread it is."""
        return self.parent or self

    @property
    def life(self) -> str:
        """Its name and how often it has died, as its connections have it."""
        return f"{self.owner.name}/{self.owner.deaths}"

    @property
    def is_dead(self) -> bool:
        """Whether it has been killed, or the process whose late thread it is."""
        if self.parent is not None and self.parent.deaths != self.parents_life:
            return True
        return self.is_killed or self.scheduler.is_over

    def start(self) -> None:
        """Begin its thread, which waits for its first turn."""
        threading.Thread(target=self._run, name=self.name, daemon=True).start()

    def _run(self) -> None:
        self._go.acquire()
        _LOCAL.process = self
        try:
            if not self.is_dead:
                self.work(self)
        except Died:
            pass
        except BaseException as error:  # noqa: BLE001 - told in the scheduler's thread
            self.error = error
        self._give(Turn.ENDED)

    def _give(self, turn: Turn) -> None:
        self.turn = turn
        self.scheduler.reported.release()

    def point(self, label: str) -> None:
        """Let others run, perhaps; the history notes that the process was here."""
        self.scheduler.note(f"{self.name} {label}")
        if self.is_dead:
            raise Died
        if self.scheduler.random.random() < SWITCHES:
            self._give(Turn.READY)
            self._wait()
        else:
            self.scheduler.tick()

    def sleep(self, seconds: float) -> None:
        """Sleep for some seconds of the simulated clock."""
        self.wakes_at = self.scheduler.time + max(seconds, 0.0)
        self._give(Turn.SLEEPING)
        self._wait()

    def freeze(self, seconds: float, label: str) -> None:
        """Stand still for some seconds, as by SIGSTOP."""
        self.scheduler.note(f"{self.name} freezes {label}".rstrip())
        self.owner.troubles.append(self.scheduler.time)
        self.owner.freezes.append(self.scheduler.time)
        self.sleep(seconds)

    def wake(self) -> None:
        """End its sleep."""
        if self.turn is Turn.SLEEPING:
            self.wakes_at = self.scheduler.time

    def was_well(self, since: float, seconds: float) -> bool:
        """Tell whether nothing has befallen it (`troubles`) for so many seconds since a moment."""
        return not any(since <= at <= since + seconds for at in [*self.owner.troubles, *self._long_wait])

    @property
    def _long_wait(self) -> list[float]:
        """When it began to wait for a lock, if it waits and has done so for long."""
        is_long = self.blocked_at is not None and self.scheduler.time - self.blocked_at > LONG_WAIT
        return [self.blocked_at] if is_long and self.blocked_at is not None else []

    def stood_still(self, since: float, until: float) -> bool:
        """Tell whether it has stood still between two moments."""
        return any(since <= at <= until for at in self.owner.freezes)

    def die(self, label: str) -> None:
        """End here, as by SIGKILL."""
        self.scheduler.note(f"{self.name} dies {label}")
        self.owner.is_killed = True
        self.owner.deaths += 1
        self.owner.troubles.append(self.scheduler.time)
        for connection in list(self.owner.connections):
            connection.cut()
        raise Died

    def _wait(self) -> None:
        if not self.scheduler.is_over:
            self._go.acquire()
        if self.is_dead:
            raise Died

    def begin_statement(self, pid: int) -> None:
        """Note which server process works for it now."""
        self.statements += 1
        self.is_victim = False
        self.pid = pid

    def end_statement(self) -> None:
        """Go on after a statement, or wait for the next turn where others have run meanwhile."""
        with self.scheduler.lock:
            self.pid = 0
            was_blocked = self.turn is Turn.BLOCKED
            if was_blocked:
                self.owner.troubles += self._long_wait
                self.blocked_at = None
                self.turn = Turn.READY
        if was_blocked:
            self._wait()

    def resume(self) -> None:
        """Let it run; the scheduler's."""
        self.turn = Turn.RUNNING
        self._go.release()


class Scheduler:
    """Decides whose turn it is.

    Args:
        seed: What everything follows from.
        server: The database server.
    """

    def __init__(self, seed: int, server: Server) -> None:
        self.random = Random(seed)  # noqa: S311 - nothing secret
        self.time = 0.0
        self.is_over = False
        self.steps = 0
        self.processes: list[Process] = []
        self.lock = threading.Lock()
        self.reported = threading.Semaphore(0)
        self.lines: list[str] = []
        self._server = server
        self._hash = hashlib.sha256()

    @property
    def history(self) -> str:
        """The hash of all that has happened, in order."""
        return self._hash.hexdigest()

    def note(self, line: str) -> None:
        """Add a line to the history."""
        text = f"{self.time:.3f} {line}"
        self.lines.append(text)
        self._hash.update(text.encode() + b"\n")

    def add(
        self, name: str, work: Callable[[Process], None], skew: float = 0.0, *, parent: Process | None = None
    ) -> Process:
        """Begin a process, or a late thread of one."""
        process = Process(name, self, work, skew, parent=parent, parents_life=parent.deaths if parent else 0)
        self.processes.append(process)
        process.start()
        return process

    def run(self) -> None:
        """Run until all processes have ended.

        Raises:
            Stuck: They do not end.
            TooSlow: The machine does not get anything done.
        """
        while processes := [process for process in self.processes if process.turn is not Turn.ENDED]:
            ready = [process for process in processes if process.turn is Turn.READY]
            if ready:
                self._step(self.random.choice(ready))
            elif sleeping := [process for process in processes if process.turn is Turn.SLEEPING]:
                self._move(min(process.wakes_at for process in sleeping))
                for process in sleeping:
                    if process.wakes_at <= self.time:
                        process.turn = Turn.READY
            else:
                self._wait_for_locks()

    def tick(self) -> None:
        """Let a moment pass."""
        self.steps += 1
        self._move(self.time + STEP_SECONDS)

    def _step(self, process: Process) -> None:
        if self.steps > MOST_STEPS:
            raise Stuck(f"not done after {MOST_STEPS} steps")
        self.tick()
        for other in self.processes:
            if other.turn is Turn.SLEEPING and other.wakes_at <= self.time:
                other.turn = Turn.READY
        process.resume()
        patience = Patience()
        while not self.reported.acquire(timeout=LOOK_SECONDS):
            patience.check()
            statements, pid = process.statements, process.pid
            if pid and not process.is_victim and self._waits(process, pid):
                with self.lock:
                    if process.statements != statements:
                        self._server.go_on(pid)
                        continue
                    process.turn, process.blocked_at = Turn.BLOCKED, self.time
                self.note(f"{process.name} waits for a lock")
                break
        if process.error is not None:
            raise process.error
        self._settle_blocked()

    def _waits(self, process: Process, pid: int) -> bool:
        """Tell whether a server process waits for a lock; then it stands still. One that closes a circle is ended."""
        if not self._server.blockers(pid):
            return False
        if not self._closes_a_circle(pid):
            self._server.halt(pid)
            return True
        self.note(f"{process.name} is ended, as it waits in a circle")
        process.is_victim = True
        self._server.cancel(pid)
        return False

    def _closes_a_circle(self, pid: int) -> bool:
        ahead, passed = [*self._server.blockers(pid)], set[int]()
        while ahead:
            blocker = ahead.pop()
            if blocker == pid:
                return True
            if blocker not in passed:
                passed.add(blocker)
                ahead += self._server.blockers(blocker)
        return False

    def _settle_blocked(self) -> None:
        """Let those go on that have got their lock, one after the other, until each is done or waits again."""
        for process in [process for process in self.processes if process.turn is Turn.BLOCKED]:
            if pid := process.pid:
                if self._server.blockers(pid):
                    continue
                self._server.go_on(pid)
            patience = Patience()
            while process.turn is Turn.BLOCKED:
                patience.check()
                pid = process.pid
                if pid and not process.is_victim and self._waits(process, pid):
                    break
                threading.Event().wait(0.001)

    def _wait_for_locks(self) -> None:
        """Wait, where everybody is blocked, until somebody is not.

        Raises:
            Stuck: Everybody goes on waiting.
        """
        for _ in range(MOST_LOOKS):
            self._settle_blocked()
            if any(process.turn is not Turn.BLOCKED for process in self.processes if process.turn is not Turn.ENDED):
                return
            threading.Event().wait(0.002)
        raise Stuck("everybody waits for a lock")

    def abandon(self) -> None:
        """Let no process of a run go on that has not come to its end."""
        self.is_over = True
        for process in self.processes:
            if pid := process.pid:
                self._server.go_on(pid)
            if process.turn is not Turn.ENDED:
                process.resume()

    def _move(self, time: float) -> None:
        if time > self.time:
            self.time = time
            self._server.tell_time(time)


_LOCAL = threading.local()


def current() -> Process | None:
    """Return the process whose thread this is; None outside of a run."""
    return getattr(_LOCAL, "process", None)


def this_process() -> Process:
    """Return the process whose thread this is."""
    process = current()
    if process is None:
        raise RuntimeError("Only a simulated process does this.")
    return process
