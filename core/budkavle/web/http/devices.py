"""A user's browser and network, in words that they recognise, without versions or the full address."""

from ipaddress import ip_address, ip_network

from budkavle.web.http.forms import WebRequest

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""Texts in the User-Agent header, and the browser that each means; the first match counts."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def network_address(request: WebRequest) -> str:
    """Return the network address of the browser, as a trusted proxy has seen it; empty if unknown."""
    return request.client.host if request.client else ""


def device_of(user_agent: str) -> str:
    """Return browser and system, such as "Firefox, Windows"; empty if neither is known."""
    names = (_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))
    return ", ".join(name for name in names if name)


def network_of(address: str) -> str:
    """Return the network part of the address: 24 bits of IPv4, 48 of IPv6; empty if it is not an address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False).network_address)


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
