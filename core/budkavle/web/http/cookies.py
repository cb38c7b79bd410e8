"""How our cookies are named: bound to this host and to https, and apart in each frame; and browsers that we know."""

import hmac
from typing import Final

from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import WebRequest


def cookie_name(request: WebRequest, name: str = "budkavle") -> str:
    """Return the cookie's name: bound to this host and to https, wherever the installation has https.

    In a frame it is another, so that neither is ever taken for the other.
    """
    frame = frame_of(request)
    if frame:
        return f"__Host-{frame.name}-{name}"
    return f"__Host-{name}" if is_https(request) else name


KNOWN: Final = "known"
"""The cookie of a browser in which somebody has been let in before; it lets nobody in."""
NAMED: Final = "browser"
"""Where a request keeps the name that its answer gives the browser."""


def browser_mark(request: WebRequest) -> str:
    """Return what `KNOWN` says in this browser, and in no other; empty where the browser has no name yet."""
    # A browser that is named by this answer has no cookie yet.
    browser = request.scope["state"].get(NAMED) or request.cookies.get(cookie_name(request, "browser"), "")
    return request.app.state.platform.vault.subject_hash("known-browser", browser).hex() if browser else ""


def is_known_browser(request: WebRequest) -> bool:
    """Tell whether somebody has been let in by this browser before, whether or not the session still lasts."""
    given, mark = request.cookies.get(cookie_name(request, KNOWN), ""), browser_mark(request)
    return bool(mark) and hmac.compare_digest(given.encode(), mark.encode())


def is_https(request: WebRequest) -> bool:
    """Tell whether browsers reach the installation by https."""
    base_url: str = request.app.state.platform.settings.base_url
    return base_url.startswith("https://")
