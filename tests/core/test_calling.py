"""One way to call `def` and `async def`."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from budkavle.calling import call

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
