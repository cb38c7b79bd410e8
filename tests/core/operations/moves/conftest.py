"""Another installation with the same master key and key store, to which organisations are moved."""

import copy
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from budkavle.host import host_of
from budkavle.plugins.loader import installed
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.databases import Databases
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module


@pytest.fixture
def over_there_settings(platform: Platform, budkavle_databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """Settings of the other installation: its own database, files and address."""
    name, here = budkavle_databases.take(), platform.settings
    data = tmp_path / "there"
    (data / "keys").mkdir(parents=True)
    shutil.copy(here.key_file, data / "keys" / "master.key")
    key_store = replace(here.key_store, folder=here.key_store_folder)
    database = budkavle_databases.urls(name)
    yield replace(here, data=data, database=database, key_store=key_store, base_url="http://127.0.0.1:8421")
    budkavle_databases.give_back(name)


@pytest.fixture
def transport_there() -> FakeTransport:
    """The transport of the other installation."""
    return FakeTransport()


@pytest.fixture
def there(over_there_settings: Settings, transport_there: FakeTransport) -> Iterator[Platform]:
    """The other installation."""
    fake = plugin_module("fake", transports=lambda host: [transport_there], directories=lambda host: [FakeDirectory()])
    plugins = Plugins.load(over_there_settings, offer(fake=fake) | {"password": installed()["password"]})
    with closing(open_platform(over_there_settings, plugins=plugins)) as platform:
        plugins.start(lambda plugin: host_of(plugin, over_there_settings, lambda: platform))
        yield platform


@pytest.fixture
def moved(organisation: SampleOrganisation, there: Platform) -> SampleOrganisation:
    """The organisation in the other installation, once it has been moved there."""
    elsewhere = copy.copy(organisation)
    elsewhere.platform = there
    return elsewhere
