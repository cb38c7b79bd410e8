"""Networks as settings name them: `10.1.0.0/16`, `2001:db8::/32`, or an address, which is the smallest network."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_HOST = re.compile(r"(?![\d.]+\Z)[\w-]+(\.[\w-]+)*", re.ASCII)
"""A host name: what has no colon or slash, and more than digits."""


def private_network(entry: str) -> IPv4Network | IPv6Network | None:
    """Return the network that an entry of `private_addresses` names; None for a host.

    Raises:
        ValueError: It is neither.
    """
    if _HOST.fullmatch(entry):
        return None
    network = network_of(entry)
    if network is None:
        raise ValueError(f"{entry} in private_addresses is neither a host name nor a network")
    return network


@lru_cache(maxsize=1024)
def network_of(entry: str) -> IPv4Network | IPv6Network | None:
    """Return the network that an entry names; None where it names none."""
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None


def is_within(address: str, entries: Iterable[str]) -> bool:
    """Tell whether an address lies in one of the networks.

    Args:
        address: A network address; what is none lies nowhere.
        entries: The networks; one that is none holds nothing.
    """
    try:
        parsed = _plain(ip_address(address))
    except ValueError:
        return False
    return any(network is not None and parsed in _plain_network(network) for network in map(network_of, entries))


def opens_from(address: str, *limits: Iterable[str]) -> bool:
    """Tell whether what is limited to networks opens from an address: every limit that names any must hold it.

    Args:
        address: A network address; empty where it is not known, and then a limit holds.
        limits: The networks of each who may limit it, such as the installation and the organisation.
    """
    return all(is_within(address, entries) for entries in map(tuple, limits) if entries)


def first_that_is_none(text: str) -> str:
    """Return the first line of a text that names no network; empty where all do, or there is none."""
    lines = (line for line in map(str.strip, text.splitlines()) if line)
    return next((line for line in lines if network_of(line) is None), "")


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return an IPv4 address that a socket of both kinds has as an IPv6 address as what it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _plain_network(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Do the same with a network that is written so, as somebody does who reads an address in a log."""
    first = _plain(network.network_address)
    return IPv4Network((first, network.prefixlen - 96)) if first.version < network.version else network


def is_own_machine(host: str) -> bool:
    """Tell whether a host is this machine's own: its loopback, or a socket in a folder (libpq knows one by @ too)."""
    try:
        return host in {"", "localhost"} or host.startswith(("/", "@")) or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
