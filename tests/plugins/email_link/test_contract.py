"""The transport passes the contract that every transport must (feature PL6), with a real mail server behind it."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle import Actor, Address, Draft, Loa, Transport
from budkavle.testing.contracts import TransportContract


@pytest.mark.feature("PL6")
class TestLink(TransportContract):
    @pytest.fixture
    def actor(self, email_link: Any) -> Actor:
        """Somebody who may write."""
        actor: Actor = email_link.anna
        return actor

    @pytest.fixture
    def transport(self, email_link: Any) -> Transport:
        """The plugin's own, as the installation has it."""
        transport: Transport = email_link.platform.plugins.transports["link"]
        return transport

    @pytest.fixture
    def recipient(self) -> Address:
        """Somebody without account."""
        return Address("link", "maria@exempel.example")

    @pytest.fixture
    def draft(self, recipient: Address) -> Draft:
        """A draft with a level."""
        return Draft((recipient,), "Kallelse", "Hej!", loa=Loa.ONE)


def test_the_plugin_check_finds_nothing(open_email_link: Callable[..., Any]) -> None:
    """`budkavle plugin check email_link`."""
    reports = open_email_link().platform.plugins.report()
    assert {report.name: report.faults for report in reports}["email_link"] == []
