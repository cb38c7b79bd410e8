"""What a browser tells about where it runs, and whether an app was on the same network."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import quote

MOBILE = re.compile(r"Android|iPhone|iPad|iPod|Mobile")
TOO_MANY = "Många legitimeringar har börjats härifrån på kort tid. Vänta några minuter, eller välj ett annat sätt."
"""What to tell where no further one may be begun now."""
MayStart = Callable[[str], bool]
"""Counts a beginning from a network address, and tells whether it may be made."""
SHARED_BITS = 64
"""Of IPv6: a network hands out addresses that differ in the rest."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a provider of an app needs around it.

    Attributes:
        may_start: Keeps one address from beginning too many.
        log: Where to note what went wrong; never who.
        clock: Gives seconds since 1970.
    """

    may_start: MayStart
    log: Any
    clock: Callable[[], float] = time.time


def is_mobile(user_agent: str) -> bool:
    """Tell whether the browser most likely runs where the person's app is."""
    return MOBILE.search(user_agent) is not None


def back_to(url: str, user_agent: str) -> str:
    """Return the address that leads an app back to the very browser; on iOS any other than Safari has a scheme."""
    scheme, _, rest = url.partition("://")
    if "CriOS" in user_agent:
        return f"googlechrome{'s' if scheme == 'https' else ''}://{rest}"
    if "FxiOS" in user_agent:
        return f"firefox://open-url?url={quote(url, safe='')}"
    if "EdgiOS" in user_agent:
        return f"microsoft-edge-{scheme}://{rest}"
    return url


def same_network(address: str, other: str) -> bool | None:
    """Tell whether two addresses are of one household; None where they cannot be compared."""
    first, second = _address(address), _address(other)
    if isinstance(first, IPv4Address) and isinstance(second, IPv4Address):
        return first == second
    if isinstance(first, IPv6Address) and isinstance(second, IPv6Address):
        return int(first) >> SHARED_BITS == int(second) >> SHARED_BITS
    return None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
