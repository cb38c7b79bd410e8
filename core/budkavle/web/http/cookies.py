"""How our cookies are named: bound to this host and to https, and apart in each frame; and browsers that we know."""

import hmac
from time import monotonic
from typing import Any, Final

from litestar import Response
from litestar.datastructures import Cookie
from litestar.types import Scope

from budkavle.web.http.embedding import Partitioned, frame_of
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
"""The cookie of a browser with an earlier sign-in; it gives no access."""
GUEST: Final = "guest"
"""The cookie of a person without an account who has identified to read one message."""
PROOF, GUEST_PROOF = "proof", "guest-proof"
"""How the cookies begin that bind a session, or a guest's, to its browser; see `identification.browser_proof`."""
COPIED: Final = "copied"
"""The cookie that names a session that was ended because two browsers used it; it gives no access."""
_BROUGHT: Final = "cookies"
"""Where a request keeps the cookies that its answer brings, whatever the answer is."""
LATE_SECONDS: Final = 60
"""How long after it was made an answer still brings such a cookie; another answer may have brought a newer one."""
NAMED: Final = "browser"
"""Where a request keeps the name that its answer gives the browser."""


def own_cookie(request: WebRequest, name: str, value: str, seconds: int | None = None) -> Cookie:
    """Return a cookie that no script can read and no other site sends; in a frame, one of that frame alone."""
    full = cookie_name(request, name)
    if frame_of(request):
        return Partitioned(full, value, seconds)
    secure = is_https(request)
    return Cookie(full, value=value, path="/", httponly=True, secure=secure, samesite="lax", max_age=seconds)


def bring_cookie(request: WebRequest, cookie: Cookie) -> None:
    """Let the answer to a request bring a cookie, whatever page or error it is; the last one of a name counts.

    An answer that comes more than `LATE_SECONDS` later leaves it out.
    """
    request.scope["state"].setdefault(_BROUGHT, {})[cookie.key] = (monotonic(), cookie)


def brought_cookies(scope: Scope) -> list[Cookie]:
    """Return the cookies that the answer to a request brings; see `bring_cookie`."""
    brought = scope["state"].get(_BROUGHT, {}).values()
    return [cookie for made_at, cookie in brought if monotonic() - made_at <= LATE_SECONDS]


def keep_cookie(
    request: WebRequest, answer: Response[Any], name: str, value: str, seconds: int | None = None
) -> Response[Any]:
    """Let the browser keep a secret that no script can read and no other site sends; in a frame, for that frame."""
    answer.set_cookie(own_cookie(request, name, value, seconds))
    return answer


def drop_cookie(request: WebRequest, answer: Response[Any], name: str) -> Response[Any]:
    """Let the browser forget a secret."""
    return keep_cookie(request, answer, name, "", 0)


def browser_mark(request: WebRequest) -> str:
    """Return what `KNOWN` says in this browser, and in no other; empty where the browser has no name yet."""
    # A browser that is named by this answer has no cookie yet.
    browser = request.scope["state"].get(NAMED) or request.cookies.get(cookie_name(request, "browser"), "")
    return request.app.state.platform.vault.subject_hash("known-browser", browser).hex() if browser else ""


def is_known_browser(request: WebRequest) -> bool:
    """Tell whether this browser has had a sign-in before, whether or not the session still lasts."""
    given, mark = request.cookies.get(cookie_name(request, KNOWN), ""), browser_mark(request)
    return bool(mark) and hmac.compare_digest(given.encode(), mark.encode())


def is_https(request: WebRequest) -> bool:
    """Tell whether browsers reach the installation by https."""
    base_url: str = request.app.state.platform.settings.base_url
    return base_url.startswith("https://")
