"""Destroys what is due in a process of its own, as a worker does, until it is killed."""

import sys
from contextlib import closing
from pathlib import Path

from budkavle.host import host_of
from budkavle.operations import message_retention
from budkavle.plugins.registry import Plugins
from budkavle.settings import DatabaseSettings, Settings
from budkavle.storage.platform import open_platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module


def main(data: str, url: str) -> None:
    """Say when it begins, and destroy in small batches."""
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()])
    settings = Settings(data=Path(data), database=DatabaseSettings(url=url), enabled=("fake",))
    plugins = Plugins.load(settings, offer(fake=fake))
    with closing(open_platform(settings, plugins=plugins)) as platform:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
        message_retention.BATCH = 20
        print("begun", flush=True)
        while message_retention.destroy_old(platform):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
