"""A psycopg connection that sends several statements to the server in one round trip.

Each round trip puts two processes to sleep and wakes them again, which costs more than most statements do. So
statements whose answer is not needed (BEGIN, writes, COMMIT) are queued until an answer is needed, and sent with it in
libpq's pipeline mode. The server executes them in order, and none after a failed statement.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, ClassVar, Final, Self, TypeAlias, TypeVar

import psycopg
from psycopg import generators
from psycopg.abc import PQGen, PQGenConn
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from budkavle.storage.pipeline.abandoned import Abandoned
from budkavle.storage.pipeline.results import error_of, notices_of, read_all
from budkavle.storage.pipeline.watching import TICK, InDoubt, timed, watched

RV = TypeVar("RV")
Signature: TypeAlias = tuple[bytes, tuple[int, ...]]
"""A statement and the types of its values: the server makes one plan for each, on each connection."""
_Queued: TypeAlias = tuple[Signature, Sequence[Any], Sequence[Any]]
"""A statement, its values and their formats."""
_BEGIN: Final = b"BEGIN"
_COMMIT: Final = b"COMMIT"
_WAITING_FOR_STANDBY: Final = "SyncRepWaitForLSN"
"""The server function that warns when a commit is cancelled while waiting for its standby."""
_BRIEF_TICKS: Final = 2
"""How long to wait for a COMMIT shortly after another has timed out."""
_BRIEF_LOCKS: Final = {"lock_timeout": "200"}
"""The lock timeout in milliseconds for the rest of a transaction that has had a lock timeout."""
_NUMBERS: Final = count(1)
_FAILED: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED})
_NOTICE: Final = (b"channel", b"notice")
"""The last columns of a statement that returns notifications to be sent after the commit."""
_STALE_PLAN: Final = (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName)
"""A migration changed the result of a prepared statement (0A000), or the server does not know it (26000)."""


class PipelineConnection(psycopg.Connection[Any]):
    """A connection with queued statements. Cursors work as usual: queued statements are sent before theirs.

    Open it in autocommit mode; `begin` and `finish` send BEGIN and COMMIT.

    Attributes:
        connect_ticks: Timeout for connecting to one host, in tenths of a second.
        commit_ticks: Timeout of the answer to COMMIT, after the answers to earlier statements; 0 is no timeout.
        abandoned: The commits that timed out.
        role: The role for the following statements of this transaction; empty is the one that connected.
        has_waited_in_vain: Whether a lock has timed out in this transaction; after a rollback to a savepoint, later
            locks have a short timeout.
        notices: Channels and texts that statements of this transaction have returned in columns named `channel` and
            `notice`, to be sent after the commit.

    Example:
        connection.begin({"statement_timeout": "2000"})
        connection.enqueue(b"UPDATE loft SET doves = doves - 1 WHERE id = $1", [7])
        connection.enqueue(b"SELECT doves FROM loft WHERE id = $1", [7])
        *_, result = connection.exchange()  # BEGIN, the setting, UPDATE and SELECT in one round trip
        connection.finish()
    """

    connect_ticks: ClassVar[int] = 100
    commit_ticks: ClassVar[int] = 0
    abandoned: ClassVar[Abandoned] = Abandoned(most=10)

    @classmethod
    def within(cls, connect: float, commit: float = 0, abandoned: int = 10) -> "type[PipelineConnection]":
        """Return a subclass with timeouts.

        Args:
            connect: Timeout of connecting, in seconds.
            commit: Timeout of the answer to COMMIT, in seconds; 0 is none.
            abandoned: How many abandoned commits may continue to wait in the server.
        """
        limits = {"connect_ticks": max(1, round(connect / TICK)), "commit_ticks": round(commit / TICK)}
        return type("PipelineConnection", (cls,), {**limits, "abandoned": Abandoned(abandoned)})

    @classmethod
    def _connect_gen(cls, conninfo: str = "", **more: Any) -> PQGenConn[Self]:
        connecting = super()._connect_gen(conninfo, **more)
        ticks = 0
        try:
            wait_for = next(connecting)
            while True:
                ready = yield wait_for
                ticks = ticks if ready else ticks + 1
                if ticks >= cls.connect_ticks:
                    connecting.close()
                    raise psycopg.errors.ConnectionTimeout("The database does not take the connection.")
                wait_for = connecting.send(ready)
        except StopIteration as end:
            connection: Self = end.value
            return connection

    def __init__(self, pgconn: PGconn, *args: Any, **kwargs: Any) -> None:
        super().__init__(pgconn, *args, **kwargs)
        self.role = ""
        self.has_waited_in_vain = False
        self.notices: list[tuple[str, str]] = []
        self._server_role: str | None = ""
        """The role that the server has now; None if a rollback to a savepoint may have restored an earlier one."""
        self._forgets_role = False
        self._queue: list[_Queued] = []
        self._names: dict[Signature, bytes] = {}
        self._length_of_begin = 0
        self._settings: Mapping[str, str] = {}
        self._transformer = Transformer(self)
        self._commit_ticks = self.commit_ticks
        self._is_only_here = False
        """Whether the server has warned that the commit is not on its standby."""
        self.add_notice_handler(self._hear)

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        self._is_only_here |= notice.source_function == _WAITING_FOR_STANDBY

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        # After ROLLBACK TO SAVEPOINT, DROP and the like psycopg deallocates all prepared statements, also ours.
        if name is None:
            self._names.clear()
        return super()._deallocate(name)

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """Send queued statements, then return a cursor."""
        self._tell_role()
        if self._queue:
            self.exchange()
        if self._forgets_role:
            self._server_role, self._forgets_role = None, False
        return super().cursor(*args, **kwargs)

    @property
    def is_lost(self) -> bool:
        """Whether the server is known to be gone."""
        return self.pgconn.status != ConnStatus.OK

    def is_alive(self) -> bool:
        """Whether the server has not closed the connection, as far as can be told without asking it."""
        try:
            self.pgconn.consume_input()  # the server's last message, if there is one
            self.pgconn.consume_input()  # the end
        except psycopg.OperationalError:
            return False
        return not self.is_lost

    def wait(self, gen: PQGen[RV], *args: Any, **kwargs: Any) -> RV:
        """Wait for the server, unless it turns out to be silent.

        Raises:
            NoAnswer: It has not answered for a while, and does not answer a probe.
        """
        try:
            return super().wait(watched(self.pgconn, gen), *args, **kwargs)
        except psycopg.errors.LockNotAvailable:
            self.has_waited_in_vain = True
            raise

    def begin(self, settings: Mapping[str, str], *, brief: bool = False) -> None:
        """Begin a transaction with the next round trip.

        Args:
            settings: Configuration parameters until the transaction ends.
            brief: Whether to use the shortest COMMIT timeout, if there is a timeout.
        """
        self._commit_ticks = min(self.commit_ticks, _BRIEF_TICKS) if brief else self.commit_ticks
        self._enqueue(_BEGIN, ())
        self.notices, self.has_waited_in_vain = [], False
        if settings:
            self._set(settings)
        self._settings = settings
        self.role = self._server_role = settings.get("role", "")
        self._length_of_begin = len(self._queue)

    def switch_role(self, role: str) -> None:
        """Use another role for the following statements, until the end of the transaction at the latest.

        It is sent with the next statement, and only if the server then has another role.

        Args:
            role: The role; empty is the one that connected.
        """
        self.role = role

    def set_savepoint(self, savepoint: bytes) -> None:
        """Set a savepoint together with the next statement; it needs no role of its own."""
        self._enqueue(b"SAVEPOINT " + savepoint, ())

    def release_savepoint(self, savepoint: bytes) -> None:
        """Release a savepoint together with the next statement; the role does not change."""
        self._enqueue(b"RELEASE SAVEPOINT " + savepoint, ())

    def roll_back_to(self, savepoint: bytes) -> None:
        """Undo what came after a savepoint, together with the next statement; this restores the role from then."""
        self._enqueue(b"ROLLBACK TO SAVEPOINT " + savepoint, ())
        self._server_role = None
        if self.has_waited_in_vain and self._settings.get("lock_timeout", "0") != "0":
            self._set(_BRIEF_LOCKS)

    def forget_role(self) -> None:
        """Note that the next cursor rolls back to a savepoint, which restores the role from then."""
        self._forgets_role = True

    def _tell_role(self) -> None:
        """Set the role for the next statement; a failed transaction accepts no statements."""
        if self.role == self._server_role or self.has_failed:
            return
        if self._settings and len(self._queue) == self._length_of_begin > 0:
            # Only the beginning is queued: set its parameters and the role in one statement.
            self._queue.pop()
            self._set({**self._settings, "role": self.role or "none"})
        else:
            self._enqueue(_set_role(self.role), ())
        self._server_role = self.role

    def _set(self, settings: Mapping[str, str]) -> None:
        """Set parameters with the next round trip. They are text, which needs none of psycopg's adapters."""
        values = [value.encode() for value in settings.values()]
        self._queue.append((_set_config(tuple(settings)), values, (Format.TEXT,) * len(values)))

    @property
    def has_failed(self) -> bool:
        """Whether a statement of this transaction has failed, so that the server accepts no more."""
        return self.pgconn.transaction_status == TransactionStatus.INERROR

    def finish(self) -> list[PGresult]:
        """Commit, in one round trip with queued statements; return their answers.

        A transaction in which nothing was executed is dropped without a round trip.

        Raises:
            InDoubt: The server was lost, or did not answer in time, and the changes may be stored; or they are stored
                on the primary only.
            psycopg.Error: Something failed now or before, so nothing has been stored.
        """
        if len(self._queue) == self._length_of_begin:
            self._queue.clear()
        if not self._queue and self._is_idle:
            return []
        self._enqueue(_COMMIT, ())
        self._is_only_here = False
        try:
            *results, commit = self.exchange()
        except psycopg.OperationalError as error:
            if error.sqlstate is None or error.sqlstate.startswith("08"):  # 08: a pooler that has lost its server
                raise InDoubt("The answer to COMMIT was lost.") from error
            raise
        if self._is_only_here:
            raise InDoubt("The COMMIT was cancelled while it waited for the standby.")
        if commit.command_status != _COMMIT:  # COMMIT of a failed transaction answers ROLLBACK, which is no error
            raise psycopg.errors.InFailedSqlTransaction("Something failed in the transaction; nothing was stored.")
        return results

    def roll_back(self) -> None:
        """Drop queued statements, and roll back what was not committed.

        Raises:
            psycopg.Error: The connection can no longer be used.
        """
        self._queue.clear()
        if not self._is_idle:
            self.pgconn.send_query(b"ROLLBACK")
            (result,) = self.wait(generators.execute(self.pgconn))
            if result.status != ExecStatus.COMMAND_OK:
                raise error_of(result)

    @property
    def _is_idle(self) -> bool:
        return self.pgconn.transaction_status == TransactionStatus.IDLE

    def enqueue(self, sql: bytes, values: Sequence[Any]) -> None:
        """Queue a statement for the next round trip.

        Args:
            sql: With `$1`, `$2` and so on for the values.
            values: As psycopg adapts them.
        """
        self._tell_role()
        self._enqueue(sql, values)

    def _enqueue(self, sql: bytes, values: Sequence[Any]) -> None:
        if not values:
            self._queue.append(((sql, ()), (), ()))
            return
        transformer = self._transformer
        dumped = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        self._queue.append(((sql, transformer.types or ()), dumped, transformer.formats or ()))

    def exchange(self) -> list[PGresult]:
        """Send queued statements; return an answer to each.

        A statement whose plan no longer matches is prepared again. If it is in the first round trip of its transaction,
        everything is sent once more, as nothing has been done yet.

        Raises:
            psycopg.Error: The first statement that failed; later ones have not been executed.
        """
        queue, self._queue, self._length_of_begin = self._queue, [], 0
        is_first = self._is_idle
        try:
            return self._exchange(queue)
        except _STALE_PLAN:
            self._names.clear()
            if not is_first:
                raise
        self.roll_back()
        return self._exchange(queue)

    def _exchange(self, queue: Sequence[_Queued]) -> list[PGresult]:
        pgconn = self.pgconn
        pgconn.enter_pipeline_mode()
        preparing: list[tuple[Signature, bytes] | None] = []
        results: list[PGresult] = []
        exchanging = read_all(pgconn, results)
        for queued in queue:
            if self._commit_ticks and queued[0][0] == _COMMIT:
                pgconn.send_flush_request()  # the server answers the rest first, so that only the commit is timed
                before = len(preparing) + sum(map(bool, preparing))
                exchanging = timed(pgconn, exchanging, self._commit_ticks, results, before, self.abandoned)
            preparing.append(self._send(*queued))
        pgconn.pipeline_sync()
        self.wait(exchanging)
        pgconn.exit_pipeline_mode()
        for result in results:
            if result.status in _FAILED:
                error = error_of(result)
                self.has_waited_in_vain |= isinstance(error, psycopg.errors.LockNotAvailable)
                raise error
        return self._record_prepared(preparing, results)

    def rows(self, result: PGresult, make: Callable[[Sequence[Any]], Any]) -> list[Any]:
        """Read the rows of an answer."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, make)

    def _send(
        self, signature: Signature, values: Sequence[Any], formats: Sequence[Any]
    ) -> tuple[Signature, bytes] | None:
        """Send a statement; if the server does not know it yet, PREPARE it first, and return its new name.

        The name is recorded only when the round trip has succeeded (`_record_prepared`): after an error the server may
        have skipped the PREPARE.
        """
        name, preparing = self._names.get(signature), None
        if name is None:
            name = b"pipeline_%d" % next(_NUMBERS)
            preparing = signature, name
            self.pgconn.send_prepare(name, *signature)
        self.pgconn.send_query_prepared(name, values, formats)
        return preparing

    def _record_prepared(
        self, preparing: Sequence[tuple[Signature, bytes] | None], results: Sequence[PGresult]
    ) -> list[PGresult]:
        """Record what the server has prepared; return the results without those of the PREPAREs."""
        remaining, received = iter(results), []
        for prepared in preparing:
            if prepared is not None:
                next(remaining)
                self._names[prepared[0]] = prepared[1]
            result = next(remaining)
            received.append(result)
            width = result.nfields
            if width > 1 and result.fname(width - 1) == _NOTICE[1] and result.fname(width - 2) == _NOTICE[0]:
                self.notices += notices_of(result, width)
        return received


@cache
def _set_config(names: tuple[str, ...]) -> Signature:
    """Return the statement that sets parameters until the transaction ends; their values are `$1` and so on."""
    calls = (f"set_config('{name}', ${number}, true)" for number, name in enumerate(names, 1))
    return f"SELECT {', '.join(calls)}".encode(), ()


@cache
def _set_role(role: str) -> bytes:
    """Return the statement that sets a role until the transaction ends; empty is the one that connected."""
    return b'SET LOCAL ROLE "%s"' % role.replace('"', '""').encode() if role else b"SET LOCAL ROLE NONE"
