"""Processes of tests that begin as forks of one that has imported the project, so that each costs a fraction."""

import multiprocessing
import sys
from typing import Any


def forking() -> Any:
    """Return the context that starts processes: on Linux, as forks of one that the first call starts."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["budkavle.testing.running", "granian.server", "budkavle.cli.run", "budkavle.testing.forks.preloaded"]
    )
    return context
