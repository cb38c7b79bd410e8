"""An installation with templates and a transport in memory."""

from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest

from budkavle.host import host_of
from budkavle.plugins.loader import installed
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module


@pytest.fixture
def platform(budkavle_settings: Settings) -> Iterator[Platform]:
    """An installation with templates, passwords and a transport in memory."""
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "templates"))
    offers = offer(fake=fake) | {name: installed()[name] for name in ("templates", "password")}
    plugins = Plugins.load(settings, offers)
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        opened.database.migrate(plugins.migrations())
        yield opened
