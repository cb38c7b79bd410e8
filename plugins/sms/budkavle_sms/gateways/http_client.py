"""Asking a service over HTTP: one request, a bounded answer, and what its status means for the message."""

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
"""Before any of these nothing has been said to the service."""
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
    """A service over HTTP, by the name that people know it by."""

    name: str
    timeout: float
    proxy: str | None = None

    async def ask(self, method: str, url: str, **options: Any) -> bytes:
        """Send one request and return the body of a good answer.

        Args:
            method: The HTTP method.
            url: Without personal data, since addresses end up in logs.
            options: As httpx takes them: `headers`, `content`, `data`, `auth`.

        Raises:
            Temporary: It is down or busy, or does not accept our account.
            Unsure: It was too slow, or the connection broke, and it may have done what it was asked.
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
        # A limit on each read is not enough: a service that drips a byte a second would hold the worker for ever.
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
        # A gateway on the way gave up waiting: what is behind it may have done it all the same.
        kind = Unsure if status == httpx.codes.GATEWAY_TIMEOUT else Temporary
        raise kind(_why(status), service=self.name, status=status)


def _why(status: int) -> str:
    if status == 401:
        return ACCOUNT
    if status in {402, 403}:
        return CREDIT
    return BUSY if status in {408, 425, 429} or status >= 500 else STRANGE


def document(body: bytes, service: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        Unsure: It is none: a page of a proxy answers instead of the service, or the service says it otherwise.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unsure(STRANGE, service=service) from error
    if not isinstance(answer, dict):
        raise Unsure(STRANGE, service=service)
    return answer


def address(url: str, setting: str) -> str:
    """Return an http(s) address from the settings.

    Raises:
        Misconfigured: It is none.
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
