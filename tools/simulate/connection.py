"""Connections whose every exchange is a step of the run, and may be cut before or after the server has done it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final, Self

import psycopg
from psycopg import pq
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus
from psycopg.pq.abc import PGconn

from budkavle.storage.database import Database
from budkavle.storage.pipeline import PipelineConnection
from simulate.scheduling import Died, Process, current

_COMMIT = b"COMMIT"
_MOMENTS = {b"begun_at = clock_timestamp()": "begins", b"attempt = attempt - ": "ends"}
"""What a statement has in it with which an attempt begins or ends."""
_LOST: Final = "The connection to the database was lost."
_CLOSED: Final[PGconn] = pq.PGconn.connect_start(b"host=/")
"""What stands in for a connection that was cut."""
_CLOSED.finish()


class SimulatedConnection(PipelineConnection):
    """A connection of a simulated process; outside of a run it is like any other.

    Attributes:
        faults: Decides what befalls an exchange: gets the process and what the exchange does ("exchange", "commit",
            "begins", "ends"); returns a word or "".
        gone: Waits until the server has noticed that a connection was cut.
        spares: Server processes whose connections were cut. They have rolled back and forgotten everything, and the
            next connections get them: a new server process costs more than all that it is asked in a run.
    """

    connect_ticks: ClassVar[int] = 1_000_000  # a busy machine is no fault of the run: the scheduler watches over it
    faults: ClassVar[Callable[[Process, str], str]] = staticmethod(lambda *_: "")
    gone: ClassVar[Callable[[int], None]] = staticmethod(lambda _: None)
    spares: ClassVar[list[PGconn]] = []
    _is_exchanging = False

    @classmethod
    def connect(cls, conninfo: str = "", **more: Any) -> Self:  # type: ignore[override]
        """Connect as the process whose thread this is."""
        process = current()
        if process is None or not cls.spares:
            return super().connect(conninfo, **more)
        connection = cls(cls.spares.pop())
        _tell(connection.pgconn, f"SET application_name = '{process.life}'")
        return connection

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        process = current()
        self._of = process.owner.connections if process else {}
        self._of[self] = None

    def _exchange(self, queue: Sequence[Any]) -> Any:
        return self._step(lambda: super(SimulatedConnection, self)._exchange(queue), _kind(queue))

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait for the server; where it is no part of an exchange, it is a step of its own."""
        is_idle = self.pgconn.transaction_status == TransactionStatus.IDLE  # then it asks nothing of the server
        if self._is_exchanging or (is_idle and not self.is_lost):
            return self._wait(gen, *args, **kwargs)
        return self._step(lambda: self._wait(gen, *args, **kwargs), "exchange")

    def _wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Watch over the server by the real clock only outside of a run."""
        wait = super().wait if current() is None else super(PipelineConnection, self).wait
        return wait(gen, *args, **kwargs)

    def _step(self, exchange: Callable[[], Any], kind: str) -> Any:
        process = current()
        if process is None or self._is_exchanging:
            return exchange()
        if process.is_dead:
            self.cut()
            raise Died
        if self.is_lost:
            raise psycopg.OperationalError(_LOST)
        fault = self.faults(process, kind)
        word = "exchange" if kind == "exchange" else "commit"
        if fault == "die before":
            self.cut()
            process.die(f"before {word}")
        if fault == "cut before":
            process.scheduler.note(f"{process.name} cut before {word}")
            self.cut()
            raise psycopg.OperationalError(_LOST)
        try:
            answer = self._done(process, exchange)
        except Died:
            self.cut()
            raise
        if fault == "die after":
            self.cut()
            process.die(f"after {word}")
        if fault == "cut after":
            process.scheduler.note(f"{process.name} cut after {word}")
            self.cut()
            raise psycopg.OperationalError(_LOST)
        return answer

    def _done(self, process: Process, exchange: Callable[[], Any]) -> Any:
        process.begin_statement(self.pgconn.backend_pid)
        self._is_exchanging = True
        try:
            answer = exchange()
        except psycopg.errors.QueryCanceled as error:
            if not process.is_victim:
                raise
            raise psycopg.errors.DeadlockDetected("deadlock detected") from error
        finally:
            self._is_exchanging = False
            process.end_statement()
        process.point("exchange")
        return answer

    def cut(self) -> None:
        """Hang up, and wait until the server has rolled back; what another thread waits for here fails."""
        self._of.pop(self, None)
        if self.is_lost:
            return
        pgconn = self.pgconn
        if self._is_exchanging:
            self.gone(pgconn.backend_pid)
            return
        self.pgconn = _CLOSED
        if _is_cleared(pgconn):
            self.spares.append(pgconn)
        else:
            pid = pgconn.backend_pid
            pgconn.finish()
            self.gone(pid)

    def close(self) -> None:
        """Close; what was not committed is gone then, and not some time later."""
        if current() is not None and not self.is_lost and self.pgconn.transaction_status != TransactionStatus.IDLE:
            self.cut()
        self._of.pop(self, None)
        super().close()


def _is_cleared(pgconn: PGconn) -> bool:
    """Let a server process roll back and forget everything, as if it had ended; False where it cannot."""
    if pgconn.pipeline_status != PipelineStatus.OFF or pgconn.transaction_status == TransactionStatus.ACTIVE:
        return False
    is_idle = pgconn.transaction_status == TransactionStatus.IDLE
    return (is_idle or _tell(pgconn, "ROLLBACK")) and _tell(pgconn, "DISCARD ALL")


def _tell(pgconn: PGconn, statement: str) -> bool:
    """Do a statement beside the run: nothing befalls it."""
    return pgconn.exec_(statement.encode()).status == ExecStatus.COMMAND_OK


@contextmanager
def of_a_run(faults: Callable[[Process, str], str], gone: Callable[[int], None]) -> Iterator[None]:
    """Let a run decide what befalls connections as long as the block lasts."""
    SimulatedConnection.faults, SimulatedConnection.gone = staticmethod(faults), staticmethod(gone)
    SimulatedConnection.spares = []
    try:
        yield
    finally:
        for pgconn in SimulatedConnection.spares:
            pgconn.finish()
        SimulatedConnection.spares = []


def _kind(queue: Sequence[Any]) -> str:
    """Return what an exchange does; both ends of an attempt are in one that commits."""
    if not queue or queue[-1][0][0] != _COMMIT:
        return "exchange"
    words = [word for (sql, _), *_ in queue for part, word in _MOMENTS.items() if part in sql]
    return words[-1] if words else "commit"


class SimulatedDatabase(Database):
    """The database of one simulated process; it sends no notifications, since none are received."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connection_class = SimulatedConnection
        self._notifier.tell = lambda _: None  # type: ignore[method-assign]
