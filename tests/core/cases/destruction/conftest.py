"""An installation with a plugin that holds back and cleans up."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest
from tests.core.cases.destruction.keeping import Keeper

from budkavle.host import host_of
from budkavle.operations import Destroyed, PlannedDestruction
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.fakes import FakeNotifier, FakeTransport
from budkavle.testing.plugins import offer, plugin_module


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def platform(budkavle_settings: Settings, keeper: Keeper) -> Iterator[Platform]:
    """An installation with a transport, and a plugin that holds back and cleans up."""
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()], notifiers=lambda host: [FakeNotifier()])

    def hold_back(planned: PlannedDestruction) -> Any:
        return keeper.hold_back(planned)

    def clean_up(destroyed: Destroyed) -> None:
        keeper.clean_up(destroyed)

    module = plugin_module("keeper", hold_back=hold_back, clean_up=clean_up)
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "keeper"))
    plugins = Plugins.load(settings, offer(fake=fake, keeper=module))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened
