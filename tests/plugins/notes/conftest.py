"""An installation with notes and a transport in memory."""

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import msgspec
import pytest

from budkavle.host import host_of
from budkavle.notices import MemberNews, Pace
from budkavle.plugins.loader import installed
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, Work, open_platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module


class Bell:
    """A channel for notifying members whose notifications go nowhere."""

    name, label, usual, tells_inbox_itself = "bell", "Klocka", Pace.AT_ONCE, False

    def lacks(self, work: Work, user_id: UUID) -> str:
        return ""

    def tell(self, work: Work, news: MemberNews) -> None:
        """Do nothing."""


@pytest.fixture
def platform(budkavle_settings: Settings) -> Iterator[Platform]:
    """An installation with notes, passwords and a transport in memory."""
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()], notice_ways=lambda host: [Bell()])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "notes"))
    offers = offer(fake=fake) | {name: installed()[name] for name in ("notes", "password")}
    plugins = Plugins.load(settings, offers)
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        opened.database.migrate(plugins.migrations())
        yield opened
