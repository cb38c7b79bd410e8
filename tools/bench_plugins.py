"""The cost of the isolation of plugins: a call through it of a function that does nothing."""

from collections.abc import Callable, Iterator
from time import process_time

from bench_sealing import Figure

from budkavle.plugins.breakers import Called
from budkavle.plugins.walls import Walls

CALLS = 2_000
ROUNDS = 15
LIMIT = 50.0


def measure() -> Iterator[Figure]:
    """Yield the CPU time of a call in microseconds. A busy machine delays it, but does not change its CPU time."""
    walls, called = Walls(), Called("pigeon", "panels", "nav.item")
    there = _cost(lambda: walls.ask(called, 5.0, int))
    here = _cost(lambda: walls.ask_here(called, 5.0, int))
    yield _figure("plugin call in a thread of its own", there)
    yield _figure("plugin call in the caller's transaction", here)


def _figure(name: str, value: float) -> Figure:
    return {"name": name, "value": round(value, 1), "unit": "µs", "limit": LIMIT, "ratio": round(value / LIMIT, 3)}


def _cost(function: Callable[[], object]) -> float:
    function()
    return min(_round(function) for _ in range(ROUNDS)) * 1e6


def _round(function: Callable[[], object]) -> float:
    begun = process_time()
    for _ in range(CALLS):
        function()
    return (process_time() - begun) / CALLS
