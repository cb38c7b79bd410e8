"""A driver's connection that takes several statements to the server in one exchange, and their answers back.

Each exchange puts two processes to sleep and wakes them again, which costs more than most statements do. So what needs
no answer of its own (BEGIN, what is only written, COMMIT) waits until an answer is wanted, and goes along with it in
libpq's pipeline mode. The server does all of it in order, and nothing that comes after a statement that failed.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, ClassVar, Final, Self, TypeAlias, TypeVar

import psycopg
from psycopg import generators
from psycopg.abc import PQGen, PQGenConn
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

from budkavle.storage.database.silence import answers

RV = TypeVar("RV")
Prepared: TypeAlias = tuple[bytes, tuple[int, ...]]
"""A statement and the types of its values: what the server plans once for each connection."""
_Asked: TypeAlias = tuple[Prepared, Sequence[Any], Sequence[Any]]
_BEGIN: Final = b"BEGIN"
_SEE: Final = b"SELECT set_config('budkavle.organisation', $1, true)"
_LIGHTLY: Final = b", set_config('synchronous_commit', 'off', true)"
_HASTILY: Final = b", set_config('lock_timeout', $2, true), set_config('statement_timeout', $3, true)"
_COMMIT: Final = b"COMMIT"
_NUMBERS: Final = count(1)
_R: Final = Wait.R
_RW: Final = Wait.RW
_READABLE: Final = Ready.R
_SYNC: Final = ExecStatus.PIPELINE_SYNC
_TICK: Final = 0.1
"""Seconds after which a wait looks up (psycopg's own interval)."""
_SILENT: Final = 10
"""Ticks without a word after which the server is asked whether it lives; then after twice as many, and so on."""
_FAILED: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED})
_STALE: Final = (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName)
"""What a prepared statement returns was changed by a migration (0A000), or the server does not know it (26000)."""


class NoAnswer(psycopg.OperationalError):
    """The server has not answered, and does not answer others either."""


class Wire(psycopg.Connection[Any]):
    """A connection whose statements may wait. Cursors work as always: what waits is done before them.

    Attributes:
        connect_ticks: How long it may take to connect to one host, in tenths of a second.
    """

    connect_ticks: ClassVar[int] = 100

    @classmethod
    def within(cls, seconds: float) -> "type[Wire]":
        """Return the same with a time of its own to connect; psycopg's `connect_timeout` begins at two seconds."""
        return type("Wire", (cls,), {"connect_ticks": max(1, round(seconds / _TICK))})

    @classmethod
    def _connect_gen(cls, conninfo: str = "", **more: Any) -> PQGenConn[Self]:
        connecting = super()._connect_gen(conninfo, **more)
        ticks = 0
        try:
            wanted = next(connecting)
            while True:
                ready = yield wanted
                ticks = ticks if ready else ticks + 1
                if ticks >= cls.connect_ticks:
                    connecting.close()
                    raise psycopg.errors.ConnectionTimeout("The database does not take the connection.")
                wanted = connecting.send(ready)
        except StopIteration as end:
            connection: Self = end.value
            return connection

    def __init__(self, pgconn: PGconn, *args: Any, **kwargs: Any) -> None:
        super().__init__(pgconn, *args, **kwargs)
        self._waiting: list[_Asked] = []
        self._names: dict[Prepared, bytes] = {}
        self._untouched = 0
        self._transformer = Transformer(self)

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """Return a cursor, when what waits has been done."""
        if self._waiting:
            self.exchange()
        return super().cursor(*args, **kwargs)

    @property
    def is_lost(self) -> bool:
        """Whether the server is known to be gone."""
        return self.pgconn.status != ConnStatus.OK

    def is_alive(self) -> bool:
        """Whether the server has not hung up, as far as can be told without asking it."""
        try:
            self.pgconn.consume_input()  # the server's last word, if there is one
            self.pgconn.consume_input()  # the end
        except psycopg.OperationalError:
            return False
        return not self.is_lost

    def wait(self, gen: PQGen[RV], *args: Any, **kwargs: Any) -> RV:
        """Wait for the server, unless it turns out to be silent.

        Raises:
            NoAnswer: It has not answered for a while, and does not answer others.
        """
        return super().wait(self._watched(gen), *args, **kwargs)

    def _watched(self, gen: PQGen[RV]) -> PQGen[RV]:
        ticks, limit, silent = 0, _SILENT, False
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    ticks, limit, silent = 0, _SILENT, False
                elif silent:
                    gen.close()
                    self.pgconn.finish()
                    raise NoAnswer("The database does not answer.")
                elif (ticks := ticks + 1) >= limit:
                    limit *= 2
                    silent = not answers(self.pgconn)  # its answer may have come meanwhile: one more tick
                wanted = gen.send(ready)
        except StopIteration as end:
            value: RV = end.value
            return value

    def begin_later(self, organisation: str, *, durable: bool = True, limits: Sequence[str] = ()) -> None:
        """Begin a transaction that sees one organisation's rows, or none for an empty name, with the next exchange.

        Args:
            organisation: Its id.
            durable: Whether it must survive a crash of the server.
            limits: How long it may wait for a lock, and how long a statement may take, as the server writes times.
        """
        self.later(_BEGIN, ())
        self.later(_SEE + (_HASTILY if limits else b"") + (b"" if durable else _LIGHTLY), (organisation, *limits))
        self._untouched = len(self._waiting)

    def finish(self) -> list[PGresult]:
        """Commit, in one exchange with what waits; return the answers to that.

        Raises:
            psycopg.Error: Something failed now or before, so nothing has been stored.
        """
        if len(self._waiting) == self._untouched:
            self._waiting.clear()
        if not self._waiting and self._is_idle:
            return []
        self.later(_COMMIT, ())
        *answers, done = self.exchange()
        if done.command_status != _COMMIT:  # of a transaction in which something failed, COMMIT brings ROLLBACK only
            raise psycopg.errors.InFailedSqlTransaction("Something failed in the transaction; nothing was stored.")
        return answers

    def roll_back(self) -> None:
        """Leave nothing behind: neither what waits nor what was not committed.

        Raises:
            psycopg.Error: The connection is of no more use.
        """
        self._waiting.clear()
        if not self._is_idle:
            self.pgconn.send_query(b"ROLLBACK")
            (result,) = self.wait(generators.execute(self.pgconn))
            if result.status != ExecStatus.COMMAND_OK:
                raise _error(result)

    @property
    def _is_idle(self) -> bool:
        return self.pgconn.transaction_status == TransactionStatus.IDLE

    def later(self, sql: bytes, values: Sequence[Any]) -> None:
        """Let a statement wait for the next exchange.

        Args:
            sql: With `$1`, `$2` and so on for the values.
            values: As psycopg adapts them.
        """
        if not values:
            self._waiting.append(((sql, ()), (), ()))
            return
        transformer = self._transformer
        dumped = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        self._waiting.append(((sql, transformer.types or ()), dumped, transformer.formats or ()))

    def exchange(self) -> list[PGresult]:
        """Do what waits; return an answer to each.

        A statement whose plan fits no more is prepared anew. Where it is the first of its transaction that is asked,
        everything is done once more, as nothing has been done yet.

        Raises:
            psycopg.Error: The first thing that failed; what comes after it has not been done.
        """
        waiting, self._waiting, self._untouched = self._waiting, [], 0
        is_first = self._is_idle
        try:
            return self._exchange(waiting)
        except _STALE:
            self._names.clear()
            if not is_first:
                raise
        self.roll_back()
        return self._exchange(waiting)

    def _exchange(self, waiting: Sequence[_Asked]) -> list[PGresult]:
        pgconn = self.pgconn
        pgconn.enter_pipeline_mode()
        new = [self._send(*one) for one in waiting]
        pgconn.pipeline_sync()
        results = self.wait(_answers(pgconn))
        pgconn.exit_pipeline_mode()
        for result in results:
            if result.status in _FAILED:
                raise _error(result)
        return self._learn(new, results)

    def rows(self, result: PGresult, make: Callable[[Sequence[Any]], Any]) -> list[Any]:
        """Read the rows of an answer."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, make)

    def _send(self, prepared: Prepared, values: Sequence[Any], formats: Sequence[Any]) -> tuple[Prepared, bytes] | None:
        """Send a statement, and first, where the server does not know it yet, what it is."""
        name, new = self._names.get(prepared), None
        if name is None:
            name = b"wire_%d" % next(_NUMBERS)
            new = prepared, name
            self.pgconn.send_prepare(name, *prepared)
        self.pgconn.send_query_prepared(name, values, formats)
        return new

    def _learn(self, new: Sequence[tuple[Prepared, bytes] | None], results: Sequence[PGresult]) -> list[PGresult]:
        """Note what the server has prepared; return the answers without those to the preparing."""
        answers, found = iter(results), []
        for one in new:
            if one is not None:
                next(answers)
                self._names[one[0]] = one[1]
            found.append(next(answers))
        return found


def _answers(pgconn: PGconn) -> PQGen[list[PGresult]]:
    """Flush what was sent, and read every answer up to the end of the exchange, which is left out."""
    while pgconn.flush():
        if (yield _RW) & _READABLE:
            pgconn.consume_input()
    results: list[PGresult] = []
    while True:
        while pgconn.is_busy():
            while not (yield _R):
                continue
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            if pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("The connection to the database was lost.")
        elif result.status == _SYNC:
            return results
        else:
            results.append(result)


def _error(result: PGresult) -> psycopg.Error:
    error = error_from_result(result)
    if error.sqlstate is None:  # no word of the server's: it is gone
        return psycopg.OperationalError("The connection to the database was lost.")
    return error
