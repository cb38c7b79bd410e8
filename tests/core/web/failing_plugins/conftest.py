"""An installation with a plugin that fails as a test chooses."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.core.web.failing_plugins.chaos import WELL, Chaos, pages

from budkavle.messaging import directories, drafts
from budkavle.model.messages import Address
from budkavle.model.people import Actor
from budkavle.operations import health
from budkavle.plugins.protocols.directory import Entry
from budkavle.plugins.protocols.health import HealthCheck
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, Work, open_platform
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.web.views import panels

KNOWN = Address("fake", "region", "Vårdcentralen", "Regionen")


class Book:
    """The address book of a plugin that behaves as a test chooses."""

    name, label = "chaos", "Kaos"

    def __init__(self, chaos: Chaos) -> None:
        self.chaos = chaos

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> list[Entry]:
        return list(self.chaos.do("search", []))

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        found: Entry | None = self.chaos.do("find", None)
        return found

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:
        return None

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        own: Address | None = self.chaos.do("address", None)
        return own


class Transport(FakeTransport):
    """A transport whose `check` behaves as a test chooses."""

    chaos: Chaos

    def check(self, *_: Any) -> Any:
        return self.chaos.do("check", [])


@pytest.fixture
def chaos(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chaos]:
    """The plugin's behaviour; its timeouts are shorter than for a real one."""
    for module in (directories, drafts, panels):
        monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(health, "ASKED", 0.2)
    made = Chaos()
    yield made
    made.go.set()


@pytest.fixture
def platform(budkavle_settings: Settings, chaos: Chaos) -> Iterator[Platform]:
    """An installation with an address book that works and one that behaves as a test chooses."""
    transport = Transport(label="Låtsas")
    transport.chaos = chaos
    place = [Panel("nav.item", "", lambda actor, page: chaos.do("panel", {}))]
    checks = [HealthCheck("birds", lambda _: chaos.do("birds", [])), HealthCheck("loft", lambda _: [WELL])]
    modules = {
        "fake": plugin_module(
            "fake",
            transports=lambda host: [transport],
            directories=lambda host: [FakeDirectory(entries=[Entry(KNOWN)])],
        ),
        "chaos": plugin_module(
            "chaos",
            directories=lambda host: [Book(chaos)],
            panels=lambda host: place,
            health_checks=lambda host: checks,
            routes=lambda host: [pages(chaos)],
        ),
    }
    settings = msgspec.structs.replace(budkavle_settings, enabled=("chaos", "fake"))
    plugins = Plugins.load(settings, offer(**modules))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: None)
        yield opened


@pytest.fixture
def ada(browse: Callable[..., Browser], case_worker: SampleUser) -> Browser:
    """The browser of a user who writes a message."""
    return browse(case_worker)
