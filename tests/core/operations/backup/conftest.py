"""An installation that is backed up, and an empty one with the same master key to restore into."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from budkavle.host import host_of
from budkavle.operations.backup.making import make_backup
from budkavle.plugins.loader import installed
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.databases import Databases
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.plugins import offer, plugin_module


@pytest.fixture
def backup(platform: Platform, tmp_path: Path) -> Callable[[], Path]:
    """Make a backup now; return its folder."""

    def make() -> Path:
        folder = tmp_path / "backup"
        make_backup(platform, folder)
        return folder

    return make


@pytest.fixture
def empty_settings(platform: Platform, budkavle_databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """Another host's settings: an empty database and data folder, a copy of the master key, and the same key store."""
    name, old = budkavle_databases.take(), platform.settings
    data = tmp_path / "restored"
    (data / "keys").mkdir(parents=True)
    shutil.copy(old.key_file, data / "keys" / "master.key")
    key_store = replace(old.key_store, folder=old.key_store_folder)
    yield replace(old, data=data, database=budkavle_databases.urls(name), key_store=key_store)
    budkavle_databases.give_back(name)


@pytest.fixture
def other_transport() -> FakeTransport:
    """The transport of the other host."""
    return FakeTransport()


@pytest.fixture
def open_empty(empty_settings: Settings, other_transport: FakeTransport) -> Iterator[Callable[[], Platform]]:
    """Open the other host's installation."""
    with ExitStack() as opened:

        def make() -> Platform:
            fake = plugin_module(
                "fake", transports=lambda host: [other_transport], directories=lambda host: [FakeDirectory()]
            )
            plugins = Plugins.load(empty_settings, offer(fake=fake) | {"password": installed()["password"]})
            platform = opened.enter_context(closing(open_platform(empty_settings, plugins=plugins)))
            plugins.start(lambda plugin: host_of(plugin, empty_settings, lambda: platform))
            return platform

        yield make
