"""A worker's tasks, run at once and in the test's own thread; and waiting for other threads and processes."""

import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing

from budkavle.operations.jobs import core_jobs
from budkavle.operations.worker import Worker
from budkavle.plugins.calls import call
from budkavle.storage.platform import Platform


def deliver_due(platform: Platform) -> int:
    """Attempt every delivery that is due, as the worker does.

    Args:
        platform: The installation.

    Returns:
        The number of attempts.
    """
    with closing(Worker(platform, threads=1)) as worker:
        tries = 0
        while claimed := worker.work_once():
            tries += claimed
        return tries


def do_job(platform: Platform, name: str) -> int:
    """Run one job and return how many things it did.

    Args:
        platform: The installation.
        name: `PLUGIN.NAME` for a plugin's, `outbox.PLUGIN.NAME` for its outbox, `core.NAME` for the core's own.
    """
    return call({**core_jobs(platform), **platform.plugins.jobs}[name].run)


def wait_until(
    is_so: Callable[[], bool], *, seconds: float = 60.0, process: "subprocess.Popen[bytes] | None" = None
) -> None:
    """Wait for another thread or process.

    Args:
        is_so: Whether it is done.
        seconds: The longest wait. Usually it takes a fraction of a second; a busy machine needs more.
        process: The process that does it; waiting ends if it has exited.

    Raises:
        AssertionError: It was not done in time, or the process has exited.
    """
    pause, ends = threading.Event(), time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it did not come true"
        assert process is None or process.poll() is None, "the process that should do it has ended"
        pause.wait(0.02)
