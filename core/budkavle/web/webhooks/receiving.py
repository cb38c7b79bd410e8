"""The route of a webhook: checks a peer's POST, lets the plugin handle it once, and responds to a program."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
import structlog
from litestar import Response, Router, post
from litestar.di import NamedDependency, Provide

from budkavle import i18n
from budkavle.host import Host
from budkavle.identification import rate_limit
from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Forbidden, Invalid, TooLarge
from budkavle.web.http.errors import PROBLEM, Broken, count_fault
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.request_limits import allow
from budkavle.web.webhooks.seals import Seal

T = TypeVar("T")
REPEATED_WITHIN = timedelta(days=1)
"""How long the id of a handled call is kept; peers retry for hours when they are unsure."""
RUNNING = 16
"""The most concurrent bodies of one webhook; peers send them in one piece."""
NOT_READABLE = "Innehållet går inte att läsa som JSON av det slag som väntas."
log = structlog.get_logger("budkavle.web.webhooks")


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """A peer's call that has been checked.

    Attributes:
        body: The body.
        headers: The headers, with lower-case names.
        id: The call's id; empty if the seal gives none.
    """

    body: bytes
    headers: Mapping[str, str]
    id: str = ""

    def read(self, kind: type[T]) -> T:
        """Read the body as JSON of a type, such as a `msgspec.Struct`.

        Raises:
            Invalid: It is not valid JSON of that type; the peer gets 422.
        """
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Invalid(NOT_READABLE) from error


def webhook(
    host: Host, path: str, seal: Seal, handle: Callable[[WebhookCall], object], *, most_bytes: int = 256_000
) -> Router:
    """Return the route for a peer's POST, for the hook `budkavle_routes`.

    The peer needs no session, form token or Origin. A call that is not authentic gets 401, one that is too large 413,
    and an unexpected error 500, as problem details (RFC 9457) in English. After 5xx the peer should retry. A call with
    the id of one that has been handled gets 204 and is not handled again. Two calls at the same moment, or a retry
    after a crash, may both be handled. So `handle` should be idempotent, as `host.accept` is.

    Args:
        host: The plugin's host.
        path: The URL path, which begins with `/plugin/NAME/`.
        seal: Checks that a call comes from the peer.
        handle: Handles a call, in one of the plugin's threads. Its return value is the JSON response; None is
            answered with 204. It raises Budkavle's errors for what the peer should know.
        most_bytes: The size limit of the body.

    Example:
        def ring(call: WebhookCall) -> None:
            host.receipt(ReceiptWords(organisation_id, "pigeon", call.body, {"delivery_id": call.read(Ring).delivery}))

        webhook(host, "/plugin/pigeon/rings", Signature(host.settings.ring_secret), ring)
    """

    async def find_content(request: WebRequest) -> bytes:
        body = bytearray()
        allow(request, most_bytes, f"webhook {path}", RUNNING)
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                raise TooLarge("Anropet är för stort. Gränsen är {most} byte.", most=most_bytes)
        return bytes(body)

    @post(
        path,
        sync_to_thread=True,
        foreign_callers=True,
        dependencies={"content": Provide(find_content)},
        exception_handlers={BudkavleError: _refuse, Exception: _refuse},
    )
    def called(request: WebRequest, content: NamedDependency[bytes]) -> Response[Any]:
        """Check the call and let the plugin handle it."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            call_id = seal.check(headers, content)
        except Forbidden as error:
            host.log.warning("webhook.refused", path=path, **describe(error))
            raise
        key = ("webhook", path, call_id)
        if call_id and rate_limit.is_counted(host.platform, *key):
            return Response(None, status_code=204)
        answer = handle(WebhookCall(content, headers, call_id))
        if call_id:
            rate_limit.within(host.platform, rate_limit.Limit(1, REPEATED_WITHIN), *key)
        if answer is None:
            return Response(None, status_code=204)
        return Response(json.dumps(msgspec.to_builtins(answer)), media_type="application/json", status_code=200)

    return Router("", route_handlers=[called])


def _refuse(request: WebRequest, error: Exception) -> Response[Any]:
    """Answer with problem details in English: a program or its author reads them."""
    count_fault(request, error)
    if not isinstance(error, BudkavleError):
        log.error("web.failed", method="POST", handler=str(request.scope.get("route_handler", "")), **describe(error))
        error = Broken("Något gick fel hos oss. Försök igen om en stund.")
    words = i18n.translations("en", dict(request.app.state.platform.plugins.folders("locale")))
    content = {
        "type": f"urn:budkavle:problem:{error.slug}",
        "title": words.gettext(error.title),
        "status": error.status,
        "detail": i18n.say(error, words),
        **({"errors": {name: i18n.say(text, words) for name, text in error.fields.items()}} if error.fields else {}),
    }
    return Response(content, status_code=error.status, media_type=PROBLEM)
