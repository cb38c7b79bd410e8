"""HTTP requests to a service: one request, a bounded response, and what its status means for the message."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext, create_default_context
from typing import Any

import httpx

from budkavle import Misconfigured, Permanent, Temporary
from budkavle_sms.gateways.base import Unsure

UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Errors that are raised before anything has been sent to the service."""
MOST_BYTES = 64_000
SLOW = "{service} svarar inte i tid. Vi försöker igen."
DOWN = "{service} svarar inte ({reason}). Vi försöker igen."
STRANGE = "{service} svarade med något annat än väntat. Kontrollera adressen i inställningarna; vi försöker igen."
ACCOUNT = "{service} godtar inte uppgifterna (svar {status}). Kontrollera dem i inställningarna; vi försöker igen."
CREDIT = "Kontot hos {service} får inte skicka (svar {status}). Fyll på det, eller kontrollera avtalet."
BUSY = "{service} har för mycket att göra (svar {status}). Vi försöker igen."
REFUSED = "{service} tog inte emot meddelandet: numret, avsändaren eller texten går inte att använda (svar {status})."


@dataclass(frozen=True, slots=True)
class Service:
    """A service over HTTP; `name` is shown to people."""

    name: str
    timeout: float
    proxy: str | None = None

    async def ask(self, method: str, url: str, **options: Any) -> bytes:
        """Send a request, and return the body of a successful response.

        Args:
            method: The HTTP method.
            url: Without personal data, because URLs end up in logs.
            options: Options of httpx: `headers`, `content`, `data`, `auth`.

        Raises:
            Temporary: The service is down or busy, or does not accept our account.
            Unsure: It was too slow or the connection broke, so it may have carried out the request.
            Permanent: It will never take this message.
        """
        try:
            status, body = await self._exchange(method, url, options)
        except UNREACHED as error:
            raise Temporary(DOWN, service=self.name, reason=type(error).__name__) from error
        except httpx.TimeoutException as error:
            raise Unsure(SLOW, service=self.name) from error
        except httpx.HTTPError as error:
            raise Unsure(DOWN, service=self.name, reason=type(error).__name__) from error
        self._judge(status)
        return body

    async def _exchange(self, method: str, url: str, options: Mapping[str, Any]) -> tuple[int, bytes]:
        # A timeout on each read is not enough: a service that sends a byte a second would block the worker for ever.
        deadline = time.monotonic() + self.timeout
        client = httpx.AsyncClient(timeout=self.timeout, proxy=self.proxy, trust_env=False, verify=_context())
        async with client, client.stream(method, url, **options) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise Unsure(STRANGE, service=self.name)
                if time.monotonic() > deadline:
                    raise Unsure(SLOW, service=self.name)
            return response.status_code, bytes(body)

    def _judge(self, status: int) -> None:
        if 200 <= status < 300:
            return
        if status in {400, 413, 422}:
            raise Permanent(REFUSED, service=self.name, status=status)
        # A proxy on the way timed out: the service behind it may still have carried out the request.
        kind = Unsure if status == httpx.codes.GATEWAY_TIMEOUT else Temporary
        raise kind(_why(status), service=self.name, status=status)


def _why(status: int) -> str:
    if status == 401:
        return ACCOUNT
    if status in {402, 403}:
        return CREDIT
    return BUSY if status in {408, 425, 429} or status >= 500 else STRANGE


def document(body: bytes, service: str) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        Unsure: It is not one, for example if a proxy's page answers instead of the service.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unsure(STRANGE, service=service) from error
    if not isinstance(answer, dict):
        raise Unsure(STRANGE, service=service)
    return answer


def address(url: str, setting: str) -> str:
    """Return an http(s) URL from the settings.

    Raises:
        Misconfigured: It is not such a URL.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Misconfigured("Adressen i {setting} går inte att läsa.", setting=setting) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise Misconfigured("Ange en adress som börjar med https:// i {setting}.", setting=setting)
    return url.rstrip("/")


@cache
def _context() -> SSLContext:
    return create_default_context()
