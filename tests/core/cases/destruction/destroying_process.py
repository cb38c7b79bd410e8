"""Empties the bin in a process of its own, and is killed at a point that it is told: as by a machine that stops."""

import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

from budkavle.host import host_of
from budkavle.operations import destruction, retention
from budkavle.plugins.registry import Plugins
from budkavle.settings import DatabaseSettings, Settings
from budkavle.storage import blobs
from budkavle.storage.platform import Work, open_platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import do_job


def die(*_: object, **__: object) -> NoReturn:
    """End at once, with nothing said to anybody."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def main(point: str, data: str, url: str) -> None:
    """Destroy and clean up, and die at the point."""
    hooks: dict[str, Any] = {"hold_back": lambda planned: [], "clean_up": lambda destroyed: None}
    if point == "while plugins are asked":
        hooks["hold_back"] = lambda planned: die()
    elif point == "before the commit":
        destruction._queue_rest = die
    elif point == "in the commit":
        commit = Work.flush

        def flush(work: Work) -> None:
            commit(work)
            if work.actor.name == "Gallring" and destruction_has_begun(work):
                die()

        Work.flush = flush  # type: ignore[method-assign]
    elif point == "after the commit":
        blobs.Blobs.delete = die  # type: ignore[method-assign]
    elif point == "while a plugin cleans up":
        hooks["clean_up"] = lambda destroyed: die()
    fake, keeper = plugin_module("fake", transports=lambda host: [FakeTransport()]), plugin_module("keeper", **hooks)
    settings = Settings(data=Path(data), database=DatabaseSettings(url=url), enabled=("fake", "keeper"))
    plugins = Plugins.load(settings, offer(fake=fake, keeper=keeper))
    with closing(open_platform(settings, plugins=plugins)) as platform:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
        retention.empty_bin(platform)
        do_job(platform, f"outbox.{destruction.CLEAN_UP}keeper")


def destruction_has_begun(work: Work) -> bool:
    """Tell whether the transaction that is about to be committed is the one that destroys."""
    return bool(work._connection) and bool(work._after)


if __name__ == "__main__":
    main(*sys.argv[1:])
