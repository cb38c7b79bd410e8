"""The wall between the core and its plugins: every call of a plugin's objects goes through it.

A call has a deadline and a separate thread. Whatever is raised is the plugin's own failure. A part that hangs or fails
repeatedly is paused, and resumed when it answers correctly again. Each fault is recorded by plugin, hook and line, for
the log, for health and for the page Tillägg; never with what the plugin was asked or answered.
"""

import inspect
import threading
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, ParamSpec, TypeVar, cast, overload

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from budkavle.measures import catalogue
from budkavle.model.errors import BudkavleError, Unresponsive
from budkavle.plugins.breakers import Breaker, Called
from budkavle.plugins.calls import Late, call, call_within
from budkavle.plugins.protocols.base import MaybeAsync

P = ParamSpec("P")
T = TypeVar("T")
STOPPED = "Tillägget {plugin} har slutat svara. Försök igen om en stund."
_PROMISES = Path(__file__).parent
"""The folder of the code that calls plugins, whose lines say nothing about a fault."""
log = structlog.get_logger("budkavle.plugins.walls")


@dataclass(frozen=True, slots=True)
class PluginFault:
    """The last fault of a part of a plugin, and the part's status.

    Attributes:
        called: What was called.
        error: The kind of error, without its message, which may contain content.
        at: File, line and function: where it was raised, where it hangs, or what answered wrongly.
        faults: How many in a row; 0 if it has answered correctly since.
        pause: Seconds for which it is not called.
        happened_at: When the last one happened.
    """

    called: Called
    error: str
    at: str
    faults: int
    pause: float
    happened_at: datetime


class Walls:
    """The walls of one installation's plugins in one process.

    Args:
        folder: Returns the folder of a plugin's module, by the plugin's name.

    Attributes:
        tell: Called with each fault, and when a part has answered correctly again; set when the database is open.
    """

    def __init__(self, folder: Callable[[str], Path | None] = lambda _: None) -> None:
        self._folder = folder
        self._breakers: dict[Called, Breaker] = {}
        self._last: dict[Called, PluginFault] = {}
        self._lock = threading.Lock()
        self.tell: Callable[[PluginFault], None] = _tell_nobody

    @overload
    def ask(
        self,
        called: Called,
        seconds: float,
        function: Callable[P, Coroutine[Any, Any, T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T: ...

    @overload
    def ask(
        self, called: Called, seconds: float, function: Callable[P, MaybeAsync[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T: ...

    def ask(
        self, called: Called, seconds: float, function: Callable[P, MaybeAsync[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a plugin's function in a separate thread, and wait no longer than `seconds`.

        Args:
            called: What is called.
            seconds: The deadline.
            function: The function, which also checks the answer: its exceptions count as the plugin's faults, except
                Budkavle's own errors, which are answers.
            args: Its arguments.
            kwargs: Its arguments by name.

        Raises:
            Unresponsive: It has not answered in time, or (`asked` is False) it is paused or hangs too often.
            Exited: It raised SystemExit or the like.
        """
        work: Callable[[], T] = partial(call_within, seconds, called.threads, function, *args, **kwargs)
        return self._through(called, seconds, work)

    def ask_here(
        self, called: Called, seconds: float, function: Callable[P, MaybeAsync[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call as `ask` does, but in the caller's thread: what joins the caller's transaction cannot be abandoned.

        Args:
            called: What is called.
            seconds: How long the caller's statements may take; a trial call after a pause runs alone for that long.
            function: The function.
            args: Its arguments.
            kwargs: Its arguments by name.

        Raises:
            Unresponsive: It is paused.
            Exited: It raised SystemExit or the like.
        """
        work = cast("Callable[[], T]", partial(call, function, *args, **kwargs))  # the overloads hide it from pyright
        return self._through(called, seconds, work)

    def _through(self, called: Called, seconds: float, function: Callable[[], T]) -> T:
        breaker = self._breakers.get(called)
        if breaker is not None and not breaker.lets_through(seconds):
            raise Unresponsive(STOPPED, asked=False, plugin=called.plugin)
        begun = monotonic()
        try:
            answer = function()
        except Exception as error:
            self.judge(called, error, function)
            raise
        finally:
            catalogue.CALL.observe(monotonic() - begun, called.plugin, called.hook)
        if breaker is not None and breaker.faults:
            self.recover(called)
        return answer

    def judge(self, called: Called, error: Exception, function: object = None) -> None:
        """Count an error as the plugin's fault, unless it is an answer of Budkavle's own kinds, or the database's.

        Args:
            called: What was called.
            error: Its exception, or what is wrong with its answer.
            function: The called function; its first line is recorded if the error has no line of the plugin.
        """
        if _is_of_the_database(error):
            return
        if isinstance(error, BudkavleError) and not (isinstance(error, Unresponsive) and error.asked):
            if not isinstance(error, Unresponsive):
                self.recover(called)
            return
        catalogue.FAULTS.count(called.plugin, called.hook)
        breaker = self._breaker(called)
        breaker.fail(hangs=isinstance(error, Late))
        at = self.line(called.plugin, error, function)
        fault = PluginFault(called, type(error).__name__, at, breaker.faults, breaker.pause, datetime.now(UTC))
        self._note(fault)
        if breaker.is_open:
            place = {"plugin": called.plugin, "hook": called.hook, "name": called.part}
            log.error("plugin.paused", **place, pause=breaker.pause, count=breaker.faults, error=fault.error, at=at)

    def recover(self, called: Called) -> None:
        """Record that a part has answered correctly."""
        breaker = self._breakers.get(called)
        last = self._last.get(called)
        if breaker is not None and breaker.succeed() and last is not None:
            log.info("plugin.resumed", plugin=called.plugin, hook=called.hook, name=called.part)
            self._note(PluginFault(called, last.error, last.at, 0, 0.0, last.happened_at))

    def pause_of(self, called: Called) -> float:
        """Return for how many seconds a part is still paused."""
        breaker = self._breakers.get(called)
        return breaker.left if breaker else 0.0

    def faults(self) -> list[PluginFault]:
        """Return the last fault of every part that has had one in this process, the latest first."""
        with self._lock:
            return sorted(self._last.values(), key=lambda fault: fault.happened_at, reverse=True)

    def _note(self, fault: PluginFault) -> None:
        with self._lock:
            self._last[fault.called] = fault
        self.tell(fault)

    def _breaker(self, called: Called) -> Breaker:
        with self._lock:
            return self._breakers.setdefault(called, Breaker())

    def line(self, plugin: str, error: Exception, function: object) -> str:
        """Return where an error comes from.

        Args:
            plugin: The plugin that was called.
            error: Its exception, or what is wrong with its answer.
            function: The called function.

        Returns:
            The plugin's innermost line in the traceback. If it has none, as when its answer is wrong, the first line of
            the function if that is the plugin's; otherwise the innermost line of all.
        """
        frames = error.stack if isinstance(error, Late) else traceback.extract_tb(error.__traceback__)
        folder, first = self._folder(plugin), _first_line(function)
        own = [frame for frame in frames if folder and Path(frame.filename).is_relative_to(folder)]
        if not own and folder and first and Path(first).is_relative_to(folder):
            return first
        innermost = (own or [frame for frame in frames if not Path(frame.filename).is_relative_to(_PROMISES)])[-1:]
        return "".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in innermost) or first


def _tell_nobody(_: PluginFault) -> None:
    """Do nothing: no database is open."""


def _first_line(function: object) -> str:
    """Return where a function begins, without its wrappers; empty if unknown."""
    while isinstance(function, partial):
        function = next(
            (value for value in reversed(function.args) if inspect.isroutine(value) or isinstance(value, partial)),
            function.func,
        )
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return f"{code.co_filename}:{code.co_firstlineno} {code.co_name}" if code else ""


def _is_of_the_database(error: Exception) -> bool:
    """Whether the database is unreachable or held a lock for too long; a slow statement is its author's fault."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.OperationalError) and not isinstance(cause, psycopg.errors.QueryCanceled)
