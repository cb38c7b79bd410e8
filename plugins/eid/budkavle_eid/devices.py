"""What the User-Agent says about the person's device, and whether an app was on the same network."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import quote

MOBILE = re.compile(r"Android|iPhone|iPad|iPod|Mobile")
TOO_MANY = "Många legitimeringar har börjats härifrån på kort tid. Vänta några minuter, eller välj ett annat sätt."
"""The text for a start that is refused by the rate limit."""
MayStart = Callable[[str], bool]
"""Counts a start from a network address, and tells whether it is allowed."""
SHARED_BITS = 64
"""The bits of an IPv6 address that identify the network."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the provider of an app needs from its surroundings.

    Attributes:
        may_start: The rate limit for each network address.
        log: The log for errors; never for who identified.
        clock: Returns seconds since 1970.
    """

    may_start: MayStart
    log: Any
    clock: Callable[[], float] = time.time


def is_mobile(user_agent: str) -> bool:
    """Tell whether the browser most likely runs on the device with the person's app."""
    return MOBILE.search(user_agent) is not None


def back_to(url: str, user_agent: str) -> str:
    """Return the URL that leads from an app back to the same browser; on iOS, all but Safari have their own scheme."""
    scheme, _, location = url.partition("://")
    if "CriOS" in user_agent:
        return f"googlechrome{'s' if scheme == 'https' else ''}://{location}"
    if "FxiOS" in user_agent:
        return f"firefox://open-url?url={quote(url, safe='')}"
    if "EdgiOS" in user_agent:
        return f"microsoft-edge-{scheme}://{location}"
    return url


def same_network(address: str, other: str) -> bool | None:
    """Tell whether two addresses are on the same network; None if they cannot be compared."""
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
