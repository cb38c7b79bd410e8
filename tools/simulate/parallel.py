"""Runs in several processes at once, each with a server of its own, so that none waits for another."""

import logging
import multiprocessing
import queue
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from simulate.patience import TooSlow
from simulate.run import Result, simulate
from simulate.stage import Stage, stage

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
LOOK_SECONDS = 1.0
"""How often is looked whether a process that makes runs still lives."""


@dataclass(frozen=True)
class GivenUp:
    """A run for which the machine was too slow."""

    seed: int
    text: str


@contextmanager
def prepared_stage() -> Iterator[Stage]:
    """Make a stage where nothing waits for a disk, if the system has such a place."""
    place = str(MEMORY) if MEMORY.is_dir() else None
    with (
        TemporaryDirectory(prefix="budkavle-simulate-", ignore_cleanup_errors=True, dir=place) as folder,
        stage(Path(folder)) as made,
    ):
        yield made


class Runs:
    """Makes the runs of some seeds.

    Args:
        seeds: Which, begun in this order.
        jobs: How many processes make them.
    """

    def __init__(self, seeds: Sequence[int], jobs: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._results: Queue[Result | GivenUp | None] = context.Queue()
        self._ended = context.Event()
        self._begun = context.Value("q", 0)
        shared = seeds, self._begun, self._results, self._ended
        self._processes: list[BaseProcess] = [context.Process(target=_work, args=shared) for _ in range(jobs)]

    def __iter__(self) -> Iterator[Result | GivenUp]:
        """Return each result as it comes.

        Raises:
            RuntimeError: A process has ended before its work was done.
        """
        for process in self._processes:
            process.start()
        try:
            yield from self._come()
        finally:
            self._ended.set()
            for process in self._processes:
                process.join()

    def end(self) -> None:
        """Begin no further run; those under way still come."""
        self._ended.set()

    def _come(self) -> Iterator[Result | GivenUp]:
        done = 0
        while done < len(self._processes):
            try:
                result = self._results.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if any(process.exitcode for process in self._processes):
                    raise RuntimeError("A process that makes runs has ended.") from None
                continue
            if result is None:
                done += 1
            else:
                yield result


def quieten() -> None:
    """Let the product log nothing, and end in good order where this process is told to."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _work(seeds: Sequence[int], begun: "Synchronized[int]", results: "Queue[Any]", ended: Event) -> None:
    """Make runs until none is left; `begun` is how many all processes have begun."""
    quieten()
    with prepared_stage() as made:
        while not ended.is_set():
            with begun.get_lock():
                number = begun.value
                begun.value = number + 1
            if number >= len(seeds):
                break
            seed = seeds[number]
            try:
                result = simulate(made, seed)
            except TooSlow as error:
                results.put(GivenUp(seed, str(error)))
                continue
            result.lines.clear()  # a run with its history is made by itself
            results.put(result)
    results.put(None)
