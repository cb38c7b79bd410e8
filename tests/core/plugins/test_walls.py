"""The wall around plugins: faults are counted and named, what fails again and again is paused, and comes back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from budkavle.model.errors import Forbidden, Temporary, Unresponsive
from budkavle.operations import health
from budkavle.operations.jobs import Jobs, called_of
from budkavle.operations.leases import Leases
from budkavle.plugins import breakers
from budkavle.plugins.breakers import HANG, LIMIT, Called
from budkavle.plugins.calls import Exited
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.registry import Plugins
from budkavle.plugins.walls import PluginFault, Walls
from budkavle.settings import Settings
from budkavle.storage import plugin_faults
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.plugins import offer, plugin_module

PAGE = Called("chaos", "panels", "nav.item")
HERE = Path(__file__).parent


class Told:
    """Keeps what a wall tells."""

    def __init__(self) -> None:
        self.faults: list[PluginFault] = []
        self.walls = Walls(lambda _: HERE)
        self.walls.tell = self.faults.append

    def fail(self, function: Callable[[], object], times: int = 1, called: Called = PAGE) -> None:
        """Call what fails."""
        for _ in range(times):
            with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it raises
                self.walls.ask(called, 5.0, function)


@pytest.fixture
def told() -> Told:
    """A wall and what it tells."""
    return Told()


def raises() -> object:
    raise LookupError("hemligt")


def exits() -> object:
    raise SystemExit(3)


def recurses() -> object:
    return recurses()


def is_out_of_memory() -> object:
    raise MemoryError


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(
    ("function", "error"),
    [(raises, "LookupError"), (exits, "Exited"), (recurses, "RecursionError"), (is_out_of_memory, "MemoryError")],
)
def test_whatever_is_raised_is_the_plugins_fault(told: Told, function: Callable[[], object], error: str) -> None:
    """It is named by plugin, hook and line, and its words, which may be content, are not."""
    told.fail(function)
    (fault,) = told.faults
    assert (fault.called, fault.error, fault.faults) == (PAGE, error, 1)
    assert fault.at.startswith(f"{__file__}:")
    assert fault.at.endswith(function.__name__)
    assert "hemligt" not in str(fault)


@pytest.mark.feature("PL5")
def test_budkavles_own_errors_are_answers(told: Told) -> None:
    """That somebody may not, or that a peer is down for a while, is no fault of the plugin."""

    def refuse() -> None:
        raise Forbidden("Nej.")

    def wait() -> None:
        raise Temporary("Faxen är upptagen.")

    told.fail(raises)
    told.fail(refuse)
    told.fail(wait, LIMIT)
    assert told.walls.ask(PAGE, 5.0, lambda: 7) == 7
    assert [fault.faults for fault in told.faults] == [1, 0]


@pytest.mark.feature("PL5", "ZO9")
@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT", {}, psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.OperationalError("the connection is lost"),
    ],
)
def test_a_database_that_is_locked_or_away_is_no_fault_of_a_plugin(told: Told, error: Exception) -> None:
    """None is paused for it: all would stand still for as long again when the database is well."""

    def ask() -> None:
        raise error

    told.fail(ask, LIMIT)
    assert told.faults == []
    assert told.walls.ask(PAGE, 5.0, lambda: 7) == 7


@pytest.mark.feature("PL5")
def test_a_statement_that_takes_too_long_is_the_plugins_fault(told: Told) -> None:
    """Unlike a lock, it is of the plugin's own making."""

    def ask() -> None:
        raise psycopg.errors.QueryCanceled("canceling statement due to statement timeout")

    told.fail(ask)
    assert [fault.faults for fault in told.faults] == [1]


@pytest.mark.feature("PL5")
def test_what_fails_again_and_again_is_paused_and_comes_back(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not called in its pause; then one call tries, and the next pause is longer until it answers rightly."""
    now = 0.0
    monkeypatch.setattr(breakers, "monotonic", lambda: now)
    told.fail(raises, LIMIT)
    calls: list[int] = []
    with pytest.raises(Unresponsive) as refused:
        told.walls.ask(PAGE, 5.0, calls.append, 1)
    assert not refused.value.asked
    assert calls == []
    assert told.walls.ask(Called("chaos", "panels", "other"), 5.0, lambda: 7) == 7
    now = breakers.FIRST_PAUSE
    told.fail(raises)
    assert told.walls.pause_of(PAGE) == 2 * breakers.FIRST_PAUSE
    now += 2 * breakers.FIRST_PAUSE
    with capture_logs() as logs:
        told.walls.ask(PAGE, 5.0, calls.append, 1)
    assert calls == [1]
    assert [log["event"] for log in logs] == ["plugin.resumed"]
    assert told.faults[-1].faults == 0
    told.fail(raises)  # the count begins anew
    assert told.walls.pause_of(PAGE) == 0


@pytest.mark.feature("PL5")
def test_after_a_pause_one_call_tries_alone(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it does, others are refused at once and cost no thread."""
    now = 0.0
    monkeypatch.setattr(breakers, "monotonic", lambda: now)
    told.fail(raises, LIMIT)
    now = breakers.FIRST_PAUSE
    go, began = threading.Event(), threading.Event()

    def hang() -> int:
        began.set()
        go.wait(60)
        return 7

    first = threading.Thread(target=told.walls.ask, args=(PAGE, 60.0, hang), daemon=True)
    first.start()
    assert began.wait(60)
    with pytest.raises(Unresponsive):
        told.walls.ask(PAGE, 60.0, hang)
    go.set()
    first.join(60)
    assert told.walls.ask(PAGE, 60.0, hang) == 7


@pytest.mark.feature("PL5")
def test_a_hang_is_named_by_the_line_where_it_hangs_and_pauses_sooner(told: Told) -> None:
    """Hangs cost time, so a few of them are enough."""
    go = threading.Event()

    def hang() -> None:
        go.wait(60)

    try:
        for _ in range(LIMIT // HANG):
            with pytest.raises(Unresponsive):
                told.walls.ask(PAGE, 0.05, hang)
        assert told.faults[-1].at.startswith(f"{__file__}:")
        assert told.faults[-1].at.endswith(" hang")
        assert told.walls.pause_of(PAGE) > 0
    finally:
        go.set()


@pytest.mark.feature("PL5")
def test_a_wrong_answer_is_named_by_the_function_that_gave_it(told: Told) -> None:
    """The line that notices it is the core's, and says nothing."""
    told.walls.judge(PAGE, TypeError("no list"), raises)
    assert told.faults[0].at == f"{__file__}:{raises.__code__.co_firstlineno} raises"


@pytest.mark.feature("PL5")
def test_what_joins_the_callers_transaction_stays_in_its_thread(told: Told) -> None:
    """It is contained and counted all the same."""
    assert told.walls.ask_here(PAGE, 5.0, threading.current_thread) is threading.current_thread()
    with pytest.raises(Exited):
        told.walls.ask_here(PAGE, 5.0, exits)
    assert told.faults[0].error == "Exited"


class Moody:
    """A plugin's job that fails until it is told otherwise."""

    def __init__(self) -> None:
        self.fails = True

    def run(self) -> int:
        if self.fails:
            raise LookupError("hemligt")
        return 0


@pytest.fixture
def moody() -> Moody:
    """The job's own state."""
    return Moody()


@pytest.fixture
def platform(budkavle_settings: Settings, moody: Moody) -> Iterator[Platform]:
    """An installation with a plugin whose job fails."""
    modules = {"moody": plugin_module("moody", jobs=lambda host: [Job("homing", moody.run, timedelta(milliseconds=1))])}
    settings = msgspec.structs.replace(budkavle_settings, enabled=("moody",))
    plugins = Plugins.load(settings, offer(**modules))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: None)
        yield opened


def reported(platform: Platform) -> list[plugin_faults.ReportedFault]:
    """Return what is stored, once what waits for a thread has been."""
    faults: Any = platform.plugins.walls.tell
    faults.__self__.store()
    return list(plugin_faults.list_faults(platform.database))


def answers(platform: Platform) -> list[tuple[bool, str]]:
    return [(one.ok, str(one)) for one in health.check_all(platform, None) if one.name == "Tilläggen"]


@pytest.mark.feature("PL5")
def test_health_names_the_plugin_its_hook_since_when_and_the_line(
    platform: Platform, moody: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another process met the fault; one fault alone is no alarm, and what works again is none."""

    def run() -> None:
        platform.plugins.walls.ask(called_of("moody.homing"), 5.0, moody.run)

    with pytest.raises(LookupError):
        run()
    (one,) = reported(platform)
    assert (one.called, one.error, one.faults) == (Called("moody", "jobs", "homing"), "LookupError", 1)
    assert one.at.startswith(f"{__file__}:")
    assert answers(platform) == [(True, "Inget tillägg är pausat.")]
    for _ in range(LIMIT - 1):
        with pytest.raises(LookupError):
            run()
    assert reported(platform)
    ((ok, sentence),) = answers(platform)
    assert not ok
    assert "Tillägget moody fungerar inte i jobs homing sedan" in sentence
    assert f"LookupError, {__file__}:" in sentence
    assert "hemligt" not in sentence
    moody.fails = False
    monkeypatch.setattr(breakers, "monotonic", lambda: float("inf"))
    run()
    assert [one.faults for one in reported(platform)] == [0]
    assert answers(platform) == [(True, "Inget tillägg är pausat.")]


@pytest.mark.feature("PL5")
def test_a_job_that_fails_again_and_again_rests_in_every_worker(platform: Platform, moody: Moody) -> None:
    """The schedule, which all workers share, has it due when its pause is over; it is not begun before."""
    jobs = Jobs(platform, Leases(timedelta(seconds=15)), platform.plugins.jobs)
    done = 0
    while done < LIMIT:
        done += jobs.run_due()
    with platform.database.transaction(None) as connection:
        late = connection.execute(text("SELECT due_at > now() + interval '5 seconds' FROM schedule")).scalar_one()
    assert late


@pytest.mark.feature("PL5")
def test_a_fault_that_no_thread_can_report_is_stored_with_the_next(
    platform: Platform, moody: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever called meets the plugin's own error, and not that there are no more threads."""

    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("budkavle.plugins.calls.begin", refuse)
    with pytest.raises(LookupError):
        platform.plugins.walls.ask_here(called_of("moody.homing"), 5.0, moody.run)
    (one,) = reported(platform)
    assert one.error == "LookupError"
