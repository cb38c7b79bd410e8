"""One way to call `def` and `async def`."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from budkavle.logs import describe
from budkavle.model.errors import Unresponsive
from budkavle.plugins.call_threads import MOST_LATE
from budkavle.plugins.calls import Exited, call, call_within

word: ContextVar[str] = ContextVar("word", default="none")


def test_a_function_runs_where_it_is_called() -> None:
    """A plain function keeps the caller's thread."""
    assert call(threading.current_thread) is threading.current_thread()


def test_coroutines_share_one_loop_in_the_background() -> None:
    """Clients and pools of a plugin live in one loop, whoever calls."""

    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    loops: list[asyncio.AbstractEventLoop] = [call(loop)]
    other = threading.Thread(target=lambda: loops.append(call(loop)))
    other.start()
    other.join()
    assert loops[0] is loops[1]


def test_a_coroutine_sees_the_callers_context() -> None:
    """Context variables, such as the language, follow along."""

    async def read() -> str:
        return word.get()

    token = word.set("här")
    assert call(read) == "här"
    word.reset(token)


def test_errors_come_through() -> None:
    """What a coroutine raises is raised where it was called."""

    async def fail(what: str) -> None:
        raise LookupError(what)

    with pytest.raises(LookupError, match="modem"):
        call(fail, "modem")


def test_calls_do_not_wait_for_each_other() -> None:
    """Two coroutines that meet prove that one waiting caller does not hold the loop."""

    async def make() -> asyncio.Barrier:
        return asyncio.Barrier(2)

    barrier = call(make)

    async def meet() -> int:
        return await asyncio.wait_for(barrier.wait(), 5)

    met: list[int] = []
    threads = [threading.Thread(target=lambda: met.append(call(meet))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(met) == [0, 1]


def test_waiting_inside_the_loop_is_refused_and_not_a_deadlock() -> None:
    """A coroutine of a plugin that calls back must await."""

    async def inner() -> int:
        return 1

    async def outer() -> int:
        return call(inner)

    with pytest.raises(RuntimeError, match="await instead"):
        call(outer)


class Hanging:
    """A plugin's function that does not come back until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.entered = threading.Semaphore(0)
        self.threads: list[threading.Thread] = []

    def __call__(self) -> str:
        self.threads.append(threading.current_thread())
        self.entered.release()
        self.go.wait(60)
        return "late"


def test_a_deadline_lets_the_caller_go_on() -> None:
    """Whoever waits stops waiting, is told who does not answer, and the thread that is left behind is a daemon."""
    hanging = Hanging()
    with pytest.raises(Unresponsive, match=r"pigeon svarade inte inom 0\.05 sekunder") as told:
        call_within(0.05, "pigeon", hanging)
    assert told.value.asked
    hanging.go.set()
    (thread,) = hanging.threads
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_who_leaves_too_many_threads_behind_is_not_asked_until_they_end() -> None:
    """The breaker is that owner's alone, and closes by itself when its threads end."""
    hanging, asked = Hanging(), list[int]()
    for _ in range(MOST_LATE):
        with pytest.raises(Unresponsive):
            call_within(0.01, "pigeon-stuck", hanging)
    with pytest.raises(Unresponsive, match="har slutat svara") as told:
        call_within(60, "pigeon-stuck", asked.append, 1)
    assert not told.value.asked
    assert asked == []
    assert call_within(60, "pigeon-sound", len, "abc") == 3
    hanging.go.set()
    until_answers("pigeon-stuck")


def until_answers(owner: str) -> None:
    """Ask until the owner's threads have ended; the test's own time limit is what ends it otherwise."""
    pause = threading.Event()
    while True:
        try:
            assert call_within(60, owner, len, "abc") == 3
        except Unresponsive:
            pause.wait(0.01)
        else:
            return


def test_a_bounded_call_sees_the_callers_context_and_passes_errors_on() -> None:
    """As with `call`: the language of the page goes along, errors and answers come back, coroutines are awaited."""

    async def read(what: str) -> str:
        return f"{what} {word.get()}"

    def fail() -> None:
        raise LookupError("modem")

    token = word.set("här")
    assert call_within(60, "pigeon", word.get) == "här"
    assert call_within(60, "pigeon", read, what="ord") == "ord här"
    word.reset(token)
    with pytest.raises(LookupError, match="modem"):
        call_within(60, "pigeon", fail)


def test_a_late_coroutine_is_cancelled_and_leaves_no_thread() -> None:
    """What awaits can be stopped: nothing of it goes on, and its owner may be asked again at once."""
    cancelled = threading.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    for _ in range(MOST_LATE + 1):
        cancelled.clear()
        with pytest.raises(Unresponsive, match="svarade inte inom"):
            call_within(0.01, "pigeon-async", hang)
        assert cancelled.wait(60)
        until_answers("pigeon-async")


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_would_end_the_process_is_the_plugins_failure(raised: type[BaseException]) -> None:
    """`sys.exit()` in a plugin, `def` or `async def`, ends neither the thread nor the loop that others need."""

    def leave() -> None:
        raise raised(3)

    async def leave_later() -> None:
        raise raised(3)

    for one in (leave, leave_later):
        with pytest.raises(Exited, match=raised.__name__) as told:
            call_within(60, "pigeon", one)
        assert one.__name__ in describe(told.value)["at"]
    assert call_within(60, "pigeon", len, "abc") == 3


def test_a_task_that_exits_ends_nobody_elses_loop() -> None:
    """A coroutine that a plugin began by itself is nobody's answer; the loop outlives it."""

    async def leave() -> None:
        raise SystemExit(3)

    async def begin() -> "asyncio.Task[None]":
        return asyncio.create_task(leave())

    async def look(begun: "asyncio.Task[None]") -> bool:
        await asyncio.wait([begun])
        return isinstance(begun.exception(), SystemExit)

    begun = call(begin)
    assert call_within(60, "pigeon", look, begun)
