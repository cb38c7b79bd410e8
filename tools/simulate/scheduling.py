"""Processes that take turns: one runs at a time, and the seed says which, so that a run can be repeated.

Each process is a thread that gives up its turn at every exchange with the database, at every call of a peer and where
it sleeps. A statement that waits for a lock of another process gives up its turn as well: the server is asked whether
it is blocked. So the order of everything follows from the seed alone.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random

MOST_STEPS = 60_000
STEP_SECONDS = 0.002
"""By so much the clock moves at each step."""
SWITCHES = 0.4
"""How often another process may go on at a point; a switch costs more than most exchanges."""
MOST_LOOKS = 30_000
"""So often is the server asked, every 2 ms of the real clock, while everybody waits: a busy machine may be slow."""
LOOK_SECONDS = 0.01
"""Of the real clock: how long a statement may take until the server is asked whether it is blocked."""


class Died(BaseException):
    """The process has been killed; nothing of it goes on."""


class Stuck(Exception):
    """The run does not end, or everybody waits for a lock."""


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
        is_dead: Whether it has been killed: then each further exchange of it fails with `Died`.
        answers_after: Seconds until the answer of the call under way, which the peer has got; None where it is there.
        pid: The server process of the statement under way.
    """

    name: str
    scheduler: "Scheduler"
    work: Callable[["Process"], None]
    skew: float = 0.0
    is_dead: bool = False
    deaths: int = 0
    answers_after: float | None = None
    turn: Turn = Turn.READY
    wakes_at: float = 0.0
    pid: int = 0
    error: BaseException | None = None
    _go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

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

    def die(self, label: str) -> None:
        """End here, as by SIGKILL."""
        self.scheduler.note(f"{self.name} dies {label}")
        self.is_dead = True
        self.deaths += 1
        raise Died

    def _wait(self) -> None:
        self._go.acquire()
        if self.is_dead:
            raise Died

    def begin_statement(self, pid: int) -> None:
        """Note which server process works for it now."""
        self.pid = pid

    def end_statement(self) -> None:
        """Go on after a statement, or wait for the next turn where others have run meanwhile."""
        with self.scheduler.lock:
            self.pid = 0
            was_blocked = self.turn is Turn.BLOCKED
            if was_blocked:
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
        is_blocked: Asks the server whether one of its processes waits for a lock.
        tell_time: Tells the server the time, in seconds since the beginning.
    """

    def __init__(
        self, seed: int, is_blocked: Callable[[int], bool], tell_time: Callable[[float], None] = lambda _: None
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - nothing secret
        self.time = 0.0
        self.steps = 0
        self.processes: list[Process] = []
        self.lock = threading.Lock()
        self.reported = threading.Semaphore(0)
        self.lines: list[str] = []
        self._is_blocked = is_blocked
        self._tell_time = tell_time
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

    def add(self, name: str, work: Callable[[Process], None], skew: float = 0.0) -> Process:
        """Begin a process."""
        process = Process(name, self, work, skew)
        self.processes.append(process)
        process.start()
        return process

    def run(self) -> None:
        """Run until all processes have ended.

        Raises:
            Stuck: They do not end.
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
                self._settle_blocked(wait=True)

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
        while not self.reported.acquire(timeout=LOOK_SECONDS):
            pid = process.pid
            if pid and self._is_blocked(pid):
                with self.lock:
                    if process.pid != pid:
                        continue
                    process.turn = Turn.BLOCKED
                self.note(f"{process.name} waits for a lock")
                break
        if process.error is not None:
            raise process.error
        self._settle_blocked(wait=False)

    def _settle_blocked(self, *, wait: bool) -> None:
        """Wait until each blocked process has its lock, or is still blocked by one that does not run."""
        tries = 0
        while blocked := [process for process in self.processes if process.turn is Turn.BLOCKED]:
            pids = [process.pid for process in blocked]
            if not wait and all(pid and self._is_blocked(pid) for pid in pids):
                return
            tries += 1
            if tries > MOST_LOOKS:
                raise Stuck("everybody waits for a lock")
            threading.Event().wait(0.002)
            if wait and any(process.turn is not Turn.BLOCKED for process in blocked):
                wait = False

    def _move(self, time: float) -> None:
        if time > self.time:
            self.time = time
            self._tell_time(time)


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
