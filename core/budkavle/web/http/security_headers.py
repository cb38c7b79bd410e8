"""Security headers for every response, errors included, and the check of where a form comes from.

Requests that change something are checked by Fetch Metadata (`Sec-Fetch-Site`), or by `Origin` if a browser does not
send that. In addition, each form has a token bound to its session (see `forms`).
"""

import secrets
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from budkavle.model.errors import Forbidden, Invalid
from budkavle.web.http import embedding
from budkavle.web.http.cookies import brought_cookies
from budkavle.web.http.embedding import Frame

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
NOBODY = "'none'"


def policy(nonce: str, form_action: str = "'self'", frame: Frame | None = None, trusted_types: str = "") -> str:
    """Return the Content-Security-Policy of a page whose own scripts have this nonce.

    Args:
        nonce: The nonce of this response.
        form_action: Where its forms may be sent; another site only for a page whose only form goes there.
        frame: The frame that it is shown in; without one, framing is forbidden.
        trusted_types: An extra policy that its scripts may create, for a page with a script that loads others.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "frame-src 'self'",
            f"form-action {form_action}",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(frame.ancestors) if frame else NOBODY}",
            "require-trusted-types-for 'script'",
            f"trusted-types htmx app {trusted_types}".rstrip(),
        )
    )


_NO_DOCUMENT = ("text/css", "text/javascript")
_OF_DOCUMENTS = ("content-security-policy", "referrer-policy", "cross-origin-opener-policy", "permissions-policy")
"""Headers that only documents need; a style sheet or script follows the policy of its page."""
_MAY_DIFFER = {"content-security-policy", "cache-control", "referrer-policy", "permissions-policy"}


class Shield:
    """Gives each request a nonce and the known frames, and each response its headers.

    It stands around the whole application: a response has its headers whoever makes it, the core, a plugin, or an
    error handler after a middleware has refused the request.

    Args:
        https: Whether the installation uses https; without it there are no frames.
        frames: The frames that plugins open, by name.
    """

    def __init__(self, *, https: bool, frames: Mapping[str, Frame]) -> None:
        self._https = https
        self._frames = frames if https else {}

    def shielded(self, scope: Scope, send: Send) -> Send:
        """Store the nonce and the frames in the request's state; wrap `send` so that it adds the headers."""
        scope.setdefault("state", {}).update(nonce=secrets.token_urlsafe(16), frames=self._frames)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableScopeHeaders.from_message(message), scope)
            await send(message)

        return send_with_headers

    def _headers(self, scope: Scope) -> dict[str, str]:
        """Return the headers of every response; a page may set those of `_MAY_DIFFER` itself."""
        opener, frame = self._https and embedding.keeps_opener(scope), embedding.find(scope)
        further = embedding.trusted_types(scope)
        return {
            "content-security-policy": policy(scope["state"]["nonce"], frame=frame, trusted_types=further),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "unsafe-none" if opener else "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=()",
            **({"strict-transport-security": "max-age=31536000; includeSubDomains"} if self._https else {}),
        }

    def _add(self, headers: MutableScopeHeaders, scope: Scope) -> None:
        is_part = scope["path"].startswith("/static/") and headers.get("content-type", "").startswith(_NO_DOCUMENT)
        for name, value in self._headers(scope).items():
            if is_part and name in _OF_DOCUMENTS:
                continue
            if name in _MAY_DIFFER:
                headers.setdefault(name, value)
            else:
                headers[name] = value
        of_the_frame = embedding.cookies(scope) if self._https else ()
        for cookie in (*of_the_frame, *brought_cookies(scope)):
            headers.add("set-cookie", cookie.to_header(header="").strip())


class OwnFormsOnly(ASGIMiddleware):
    """Refuses unsafe requests started by another site's page, and addresses with NUL, which no link of ours has."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let through safe methods and requests from our own pages."""
        if b"%00" in scope["query_string"] or "\0" in scope["path"]:
            raise Invalid("Adressen eller formuläret är inte som sidan väntar sig. Gå tillbaka och försök igen.")
        method = cast("HTTPScope", scope)["method"]
        if method not in SAFE_METHODS and not scope["route_handler"].opt.get("foreign_callers"):
            headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
            if not _ours(headers):
                raise Forbidden("Formuläret kom från en annan webbplats. Öppna sidan på nytt och försök igen.")
        await next_app(scope, receive, send)


def _ours(headers: dict[str, str]) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")
