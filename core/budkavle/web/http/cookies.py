"""Names of our cookies, bound to this host and to https, and separate in each frame; and browsers that we know."""

import hmac
from time import monotonic
from typing import Any, Final

from litestar import Response
from litestar.datastructures import Cookie
from litestar.types import Scope

from budkavle.web.http.embedding import Partitioned, frame_of
from budkavle.web.http.forms import WebRequest


def cookie_name(request: WebRequest, name: str = "budkavle") -> str:
    """Return the cookie's name, bound to this host and to https if the installation uses https.

    In a frame the name is a different one, so that the two are never confused.
    """
    frame = frame_of(request)
    if frame:
        return f"__Host-{frame.name}-{name}"
    return f"__Host-{name}" if is_https(request) else name


KNOWN: Final = "known"
"""The cookie of a browser with an earlier sign-in; it gives no access."""
GUEST: Final = "guest"
"""The cookie of a person without an account who has identified to read one message."""
PROOF, GUEST_PROOF = "proof", "guest-proof"
"""Prefixes of the cookies that bind a session, or a guest's, to its browser; see `identification.browser_proof`."""
COPIED: Final = "copied"
"""The cookie that names a session that was ended because two browsers used it; it gives no access."""
_BROUGHT: Final = "cookies"
"""The key in a request's state for the cookies that its response sets, whatever the response is."""
LATE_SECONDS: Final = 60
"""How long a response may still set such a cookie; after that, another response may have set a newer one."""
NAMED: Final = "browser"
"""The key in a request's state for the name that its response gives the browser."""


def own_cookie(request: WebRequest, name: str, value: str, seconds: int | None = None) -> Cookie:
    """Return an HTTP-only cookie with `SameSite=Lax`; in a frame, a partitioned cookie of that frame alone."""
    full = cookie_name(request, name)
    if frame_of(request):
        return Partitioned(full, value, seconds)
    secure = is_https(request)
    return Cookie(full, value=value, path="/", httponly=True, secure=secure, samesite="lax", max_age=seconds)


def bring_cookie(request: WebRequest, cookie: Cookie) -> None:
    """Let the response to a request set a cookie, whatever page or error it is; the last cookie of a name counts.

    A response that starts more than `LATE_SECONDS` later leaves it out.
    """
    request.scope["state"].setdefault(_BROUGHT, {})[cookie.key] = (monotonic(), cookie)


def brought_cookies(scope: Scope) -> list[Cookie]:
    """Return the cookies that the response to a request sets; see `bring_cookie`."""
    brought = scope["state"].get(_BROUGHT, {}).values()
    return [cookie for made_at, cookie in brought if monotonic() - made_at <= LATE_SECONDS]


def keep_cookie(
    request: WebRequest, answer: Response[Any], name: str, value: str, seconds: int | None = None
) -> Response[Any]:
    """Set an HTTP-only cookie with `SameSite=Lax`; in a frame, a partitioned cookie of that frame alone."""
    answer.set_cookie(own_cookie(request, name, value, seconds))
    return answer


def drop_cookie(request: WebRequest, answer: Response[Any], name: str) -> Response[Any]:
    """Delete a cookie."""
    return keep_cookie(request, answer, name, "", 0)


def browser_mark(request: WebRequest) -> str:
    """Return the value of `KNOWN` for this browser only; empty if the browser has no name yet."""
    # A browser that gets its name in this response has no cookie yet.
    browser = request.scope["state"].get(NAMED) or request.cookies.get(cookie_name(request, "browser"), "")
    return request.app.state.platform.vault.subject_hash("known-browser", browser).hex() if browser else ""


def is_known_browser(request: WebRequest) -> bool:
    """Tell whether somebody has signed in with this browser before, even if the session has ended."""
    given, mark = request.cookies.get(cookie_name(request, KNOWN), ""), browser_mark(request)
    return bool(mark) and hmac.compare_digest(given.encode(), mark.encode())


def is_https(request: WebRequest) -> bool:
    """Tell whether browsers reach the installation over https."""
    base_url: str = request.app.state.platform.settings.base_url
    return base_url.startswith("https://")
