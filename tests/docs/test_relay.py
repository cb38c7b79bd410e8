"""The relay that docs/operations.md sets up reaches nobody inside."""

import re
from ipaddress import ip_address
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs/operations.md").read_text("utf-8")
RANGE = re.compile(r"^denied-peer-ip=(\S+?)-(\S+)$", re.MULTILINE)
DENIED = [(ip_address(first), ip_address(last)) for first, last in RANGE.findall(TEXT)]
INSIDE = """
    0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1
    192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1
    2002:7f00:1:: 3fff::1 fc00::1 fd12::1 fe80::1 fec0::1 ff02::1
"""
"""Of each special purpose in the registries of IANA (RFC 6890)."""


def is_denied(text: str) -> bool:
    """Whether the relay refuses to relay to a number."""
    number = ip_address(text)
    return any(first <= number <= last for first, last in DENIED if first.version == number.version)  # type: ignore[operator]


@pytest.mark.parametrize("number", INSIDE.split())
def test_nothing_inside_is_reached(number: str) -> None:
    """Whoever has credentials of the relay gets to no machine of its network, nor to the relay itself."""
    assert is_denied(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "193.10.0.1", "100.63.255.255", "172.32.0.1", "2a00:1450::1", "2600::1"])
def test_the_internet_is(number: str) -> None:
    """Else there would be no meetings."""
    assert not is_denied(number)
