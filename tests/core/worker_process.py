"""A worker in a process of its own. Its transport notes each delivery that it hands over, and does as its subject says.

`Gift` kills the process, as an operating system without memory does; `Stanna` stops it until somebody lets it go on.
"""

import os
import signal
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from budkavle.host import host_of
from budkavle.model.messages import Outcome, Outgoing
from budkavle.model.states import DeliveryState
from budkavle.operations.batches.alone import Alone, from_text
from budkavle.operations.worker import Worker
from budkavle.plugins.registry import Plugins
from budkavle.settings import DatabaseSettings, Settings
from budkavle.storage.platform import open_platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module

LEASE = timedelta(hours=1)
"""Longer than a test: only what the test itself does makes it run out."""


class Noting(FakeTransport):
    """Notes what it hands over, before it does what the subject says."""

    book: Path
    mark = ""
    """What follows each id: a blank and the name of the node, where the test names one."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand over, without keeping any bytes."""
        with self.book.open("a") as book:
            book.write(f"{outgoing.delivery.id}{self.mark}\n")
        subject = outgoing.message.subject if outgoing.message else ""
        if subject == "Gift":
            os.kill(os.getpid(), signal.SIGKILL)
        if subject == "Stanna":
            os.kill(os.getpid(), signal.SIGSTOP)
        return Outcome(DeliveryState.ACKNOWLEDGED)


def main(data: str, url: str, book: str, node: str = "", how: str = "") -> None:
    """Work with one thread until told to stop; `how` is "alone", or the one delivery that this process attempts."""
    stop, transport = threading.Event(), Noting()
    transport.book, transport.mark = Path(book), f" {node}" if node else ""
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = Settings(data=Path(data), database=DatabaseSettings(url=url), enabled=("fake",), node=node)
    plugins = Plugins.load(settings, offer(fake=plugin_module("fake", transports=lambda host: [transport])))
    with closing(open_platform(settings, plugins=plugins)) as platform:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
        if "/" in how:
            Worker(platform, threads=1, lease=LEASE).attempt_one(*from_text(how), stop)
            return
        alone = Alone([sys.executable, __file__, data, url, book, node]) if how == "alone" else None
        Worker(platform, threads=1, lease=LEASE, attempt_alone=alone).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
