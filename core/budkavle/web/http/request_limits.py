"""What a request's body may cost: how large it is, how fast it must come, and how many run at the same time.

Whoever sends one is a stranger until a handler has found out who it is and says so (`allow`). No thread ever waits for
a body's next piece; what it holds is a connection and a place here, and these are taken back from who stands still.
A slow line that lives is let through.
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
"""What the slowest line gets before its rate counts."""
LEAST_RATE: Final = 1_000
"""Bytes a second, over the whole body; less than any line that people have."""
STRANGER_BYTES: Final = 64_000
"""Without a session: sign-in forms, and the responses of e-identification services."""
KNOWN_BYTES: Final = 4_000_000
"""From a browser with an earlier sign-in: a form whose session ended meanwhile, without files."""
RUNNING_KNOWN: Final = 4
"""Bodies at the same time of such a browser."""
RUNNING: Final = 64
"""Bodies at the same time of one session, or of all strangers at one address."""
RUNNING_GUEST: Final = 4
"""The same for a guest with a link, whose files are collected in memory."""
DRAIN_BYTES: Final = 4_000_000
DRAIN_SECONDS: Final = 2.0
"""What is still taken of a body that is refused, and thrown away: a browser that is sending reads no answer."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY: Final = "budkavle.body"


class TooSlow(BudkavleError):
    """The body stood still, or came more slowly than any line that lives."""

    slug, title, status = "too-slow", "Anslutningen var för långsam", 408


class Crowded(BudkavleError):
    """So many bodies are on their way from the same place that this one had to go."""

    slug, title, status = "crowded", "För mycket på en gång", 429


class Bodies(ASGIMiddleware):
    """Holds every body to its limits; one for each process."""

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

    The server closes a connection whose body it has not sent up only when its own `receive` and `send` have been
    forgotten. A request that ended in an error is forgotten late, since it and the error know each other; so these
    two are known here alone, and let go at the end.

    Args:
        running: All that run, by who sends them.
        key: Who sends it, as far as is known.
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
        """Allow a larger body, and count it among its sender's."""
        entered = self in self._running.get(self._key, ())
        self.leave()
        self._allowed, self._key, self._most = allowed, key, running
        if entered:
            self._enter()

    async def receive(self) -> Any:
        """Wait for the next piece, no longer than it may take.

        Raises:
            TooSlow: It did not come.
            TooLarge: There is more than is allowed.
            Crowded: Others have taken its place, since it stood still the longest.
            Invalid: The sender has hung up in the middle of it.
        """
        if self._receive is None:
            return {"type": "http.disconnect"}
        if self._whole:
            return await self._receive()  # the end of the connection, which may take as long as it likes
        self._enter()
        if not self._refusal and (message := await self._next(self._receive)):
            return message
        kind, sentence = self._refusal or (TooSlow, _SLOW)
        raise kind(sentence)

    async def send(self, message: Message) -> None:
        """Pass the answer on, after a little of what is still coming, so that it is read."""
        if message["type"] == "http.response.start" and self._receive and not self._whole:
            await self._drain(self._receive)
        if self._send is not None:
            await self._send(message)

    def end(self) -> None:
        """Forget the server's part."""
        self.leave()
        self._receive = self._send = None

    def leave(self) -> None:
        """Be counted no longer."""
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
            self._waited += monotonic() - began  # what we ourselves take does not count
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
        """Be counted; of too many, the one goes that has stood still the longest, and never the one that comes."""
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
        key: Who it is, such as `session ID`; not shown to anybody.
        running: How many bodies of theirs may come at the same time.
        only_known: Whether nobody need be signed in, as long as somebody has signed in by this browser before.

    Raises:
        NotSignedIn: Nobody has, where `only_known` asks for it.
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
    """Return what one user has: an address of IPv4, a /64 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ip_network((parsed, 64), strict=False))
