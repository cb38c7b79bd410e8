"""An installation with the plugin."""

from collections.abc import Callable

import pytest

from budkavle import Address, Entry, Host, Platform
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser, in_work, offer, plugin_module
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle_disclosure.settings import DisclosureSettings


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    book = FakeDirectory(entries=[Entry(Address("fake", "them", "Vårdcentralen", "Region Vättern"))])
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()], directories=lambda host: [book])
    return budkavle_open(enabled=("disclosure", "fake"), offers=offer(fake=fake))


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("disclosure")
    return made


@pytest.fixture
def clerk(organisation: SampleOrganisation, administrator: SampleUser, outsider: SampleUser) -> SampleUser:
    """A user without mailboxes whom the administrator has named for the desk."""
    values = {"desk": f"någon@annan.example\n{outsider.user.email.upper()}"}
    in_work(organisation.platform, administrator, write_settings, DisclosureSettings, values)
    return outsider
