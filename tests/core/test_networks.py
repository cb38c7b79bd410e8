"""Networks as settings name them, and which addresses lie in them."""

import pytest

from budkavle.model.errors import Misconfigured
from budkavle.networks import is_within, network_of
from budkavle.settings import Settings
from budkavle.settings_reading import convert

NETWORKS = ("10.1.0.0/16", "192.0.2.7", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("address", "within"),
    [
        ("10.1.255.3", True),
        ("10.2.0.1", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8:1:2::5", True),
        ("2001:db8:2::5", False),
        ("::ffff:10.1.0.9", True),
        ("::ffff:10.2.0.9", False),
        ("", False),
        ("testclient", False),
        ("10.1.0.1, 10.2.0.1", False),
    ],
)
def test_an_address_lies_in_a_network_or_not(address: str, within: bool) -> None:
    """IPv4, IPv6, and IPv4 as a socket of both kinds has it; what is no address lies nowhere."""
    assert is_within(address, NETWORKS) is within


def test_a_network_is_the_same_however_it_is_written() -> None:
    """An IPv4 network as a socket of both kinds has it holds the same addresses, in both ways of writing."""
    for entry in ("::ffff:10.1.0.9", "::ffff:10.1.0.0/112"):
        assert is_within("10.1.0.9", [entry]), entry
        assert is_within("::ffff:10.1.0.9", [entry]), entry
        assert not is_within("10.2.0.9", [entry]), entry
    assert not is_within("10.1.0.9", ["::/0"])


def test_what_is_no_network_holds_nothing() -> None:
    """A stray word opens nothing; bits of a host after a network's are passed over."""
    assert not is_within("10.1.0.1", ["kontoret", "10.1.0.0/33"])
    assert str(network_of("10.1.2.3/16")) == "10.1.0.0/16"


def test_the_settings_refuse_what_is_no_network() -> None:
    """A start with a word that opens nothing would close administration without saying so."""
    assert convert({"administration_networks": [*NETWORKS]}, Settings, "").administration_networks == NETWORKS
    with pytest.raises(Misconfigured, match="kontoret in administration_networks is no network"):
        convert({"administration_networks": ["kontoret"]}, Settings, "")
