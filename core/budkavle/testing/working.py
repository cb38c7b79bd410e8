"""What a worker does, done at once and in the test's own thread."""

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
    """Do one job and return how many things it did.

    Args:
        platform: The installation.
        name: `PLUGIN.NAME` for a plugin's, `outbox.PLUGIN.NAME` for its outbox, `core.NAME` for the core's own.
    """
    return call({**core_jobs(platform), **platform.plugins.jobs}[name].run)
