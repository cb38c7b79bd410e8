"""Limits for request bodies: their size, their rate, and how many are received at the same time.

A sender counts as a stranger until a handler has identified them and calls `allow`. No thread ever waits for the next
piece of a body. A body holds only a connection and a place here, and loses both if it stalls. A slow but working
connection is let through.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any, Final, cast

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from budkavle.model.errors import BudkavleError, Invalid, NotSignedIn, TooLarge
from budkavle.web.http.cookies import browser_mark, is_known_browser
from budkavle.web.http.forms import WebRequest

IDLE_SECONDS: Final = 30.0
"""The longest silence between two pieces."""
GRACE_SECONDS: Final = 30.0
"""Seconds before the rate of a slow connection counts."""
LEAST_RATE: Final = 1_000
"""Bytes per second, over the whole body; less than any real connection."""
STRANGER_BYTES: Final = 64_000
"""The limit without a session: for sign-in forms, and the responses of e-identification services."""
KNOWN_BYTES: Final = 4_000_000
"""The limit for a browser with an earlier sign-in: for a form whose session ended meanwhile, without files."""
RUNNING_KNOWN: Final = 4
"""Concurrent bodies of such a browser."""
RUNNING: Final = 64
"""Concurrent bodies of one session, or of all strangers at one address."""
RUNNING_GUEST: Final = 4
"""The same for a guest with a link, whose files are collected in memory."""
DRAIN_BYTES: Final = 4_000_000
DRAIN_SECONDS: Final = 2.0
"""How much of a refused body is still received and discarded: a browser that is sending reads no response."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY: Final = "budkavle.body"


class TooSlow(BudkavleError):
    """The body stalled, or came more slowly than any working connection."""

    slug, title, status = "too-slow", "Anslutningen var för långsam", 408


class Crowded(BudkavleError):
    """Too many bodies come from the same place, so this one was stopped."""

    slug, title, status = "crowded", "För mycket på en gång", 429


class Bodies(ASGIMiddleware):
    """Applies the limits to every body; one instance per process."""

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self._running: defaultdict[str, list[Body]] = defaultdict(list)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Watch the body of one request."""
        if cast("HTTPScope", scope)["method"] in _SAFE:
            await next_app(scope, receive, send)
            return
        client = scope.get("client")
        key = f"address {place_of(client[0]) if client else ''}"
        body = Body(self._running, key, receive, send, comes=_has_body(scope["headers"]))
        cast("dict[str, Any]", scope)[_KEY] = body
        try:
            await next_app(scope, body.receive, body.send)
        finally:
            body.end()


class Body:
    """The body of one request.

    If a body has not been read to its end, the server closes the connection only when its `receive` and `send` are
    garbage-collected. A request that ended in an error is collected late, since the two refer to each other. So only
    this object refers to `receive` and `send`, and drops them at the end.

    Args:
        running: All bodies being received, by sender.
        key: The sender, as far as is known.
        receive: The server's.
        send: The server's.
        comes: Whether there is a body at all.
    """

    def __init__(
        self, running: "defaultdict[str, list[Body]]", key: str, receive: Receive, send: Send, *, comes: bool
    ) -> None:
        self._running = running
        self._key = key
        self._receive: Receive | None = receive
        self._send: Send | None = send
        self._most = RUNNING
        self._whole = not comes
        self._allowed = STRANGER_BYTES
        self._taken = 0
        self._waited = 0.0
        self._refusal: tuple[type[BudkavleError], str] | None = None
        self._timer: asyncio.Timeout | None = None

    def allow(self, allowed: int, key: str, running: int) -> None:
        """Allow a larger body, and count it as its sender's."""
        entered = self in self._running.get(self._key, ())
        self.leave()
        self._allowed, self._key, self._most = allowed, key, running
        if entered:
            self._enter()

    async def receive(self) -> Any:
        """Wait for the next piece, with a timeout.

        Raises:
            TooSlow: It did not come in time.
            TooLarge: There is more than is allowed.
            Crowded: Others have taken its place, since it had stalled the longest.
            Invalid: The sender has disconnected in the middle of it.
        """
        if self._receive is None:
            return {"type": "http.disconnect"}
        if self._whole:
            return await self._receive()  # waits for the disconnect, without a timeout
        self._enter()
        if not self._refusal and (message := await self._next(self._receive)):
            return message
        kind, sentence = self._refusal or (TooSlow, _SLOW)
        raise kind(sentence)

    async def send(self, message: Message) -> None:
        """Pass the response on; drain a little of the remaining body first, so that the browser reads the response."""
        if message["type"] == "http.response.start" and self._receive and not self._whole:
            await self._drain(self._receive)
        if self._send is not None:
            await self._send(message)

    def end(self) -> None:
        """Drop the references to the server's functions."""
        self.leave()
        self._receive = self._send = None

    def leave(self) -> None:
        """Stop counting this body."""
        running = self._running.get(self._key, [])
        if self in running:
            running.remove(self)
        if not running:
            self._running.pop(self._key, None)

    async def _next(self, receive: Receive) -> Any:
        began = monotonic()
        patience = min(IDLE_SECONDS, GRACE_SECONDS + self._taken / LEAST_RATE - self._waited)
        try:
            if patience <= 0:
                raise TimeoutError  # noqa: TRY301 - as if it had been waited for
            async with asyncio.timeout(patience) as self._timer:
                message = await receive()
        except TimeoutError:
            self._refusal = self._refusal or (TooSlow, _SLOW)
            return None
        finally:
            self._timer = None
            self._waited += monotonic() - began  # our own processing time does not count
        self._note(message)
        if message["type"] != "http.request":
            self._refusal = (Invalid, _BROKEN)
        elif self._taken > self._allowed:
            self._refusal = (TooLarge, _LARGE)
        return None if self._refusal else message

    def _note(self, message: Any) -> None:
        self._taken += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            self._whole = True
            self.leave()

    def _enter(self) -> None:
        """Count this body; if there are too many, stop the one that has stalled the longest, never the new one."""
        running = self._running[self._key]
        if self in running:
            running.remove(self)
        elif len(running) >= self._most:
            running.pop(0)._give_way()
        running.append(self)

    def _give_way(self) -> None:
        self._refusal = (Crowded, _CROWDED)
        if self._timer is not None:
            self._timer.reschedule(asyncio.get_running_loop().time())

    async def _drain(self, receive: Receive) -> None:
        if self._refusal and self._refusal[0] is not TooLarge:
            return
        self.leave()
        most = self._taken + DRAIN_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._whole and self._taken < most:
                    self._note(await receive())


_SLOW = (
    "Det du skickade kom inte fram: anslutningen stod stilla för länge. Kontrollera nätet, gå tillbaka i webbläsaren"
    " och försök igen."
)
_BROKEN = "Formuläret kom inte fram helt. Försök igen."
_LARGE = "Det du skickade är större än vad som tas emot här. Ta bort några filer, eller dela upp dem, och försök igen."
_CROWDED = "Det är för mycket på väg hit från samma plats samtidigt. Vänta en stund och försök igen."


def allow(
    request: ASGIConnection[Any, Any, Any, Any],
    most: int,
    key: str,
    running: int = RUNNING,
    *,
    only_known: bool = False,
) -> None:
    """Allow an identified sender a larger body; call it before the body is read.

    Args:
        request: Their request.
        most: Bytes of the whole body.
        key: The sender, such as `session ID`; never shown.
        running: How many of their bodies may come at the same time.
        only_known: Whether to require that somebody has signed in with this browser before. A session is not needed.

    Raises:
        NotSignedIn: `only_known` is set, and nobody has signed in with this browser before.
    """
    if only_known and not is_known_browser(WebRequest(request.scope)):
        raise NotSignedIn("Logga in i den här webbläsaren först, och gör om det en gång till.")
    body = cast("dict[str, Any]", request.scope).get(_KEY)
    if body is not None:
        body.allow(most, key, running)


def allow_known(request: WebRequest) -> None:
    """Allow a browser with an earlier sign-in to send a long form without a session."""
    if is_known_browser(request):
        allow(request, KNOWN_BYTES, f"browser {browser_mark(request)}", RUNNING_KNOWN)


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)


def place_of(address: str) -> str:
    """Return what counts as one user's address: a whole IPv4 address, or a /64 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ip_network((parsed, 64), strict=False))
