"""The HTTP connection to an access point: login, mutual TLS, and bounds on time and size."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx

from budkavle import Misconfigured, Sentence
from budkavle_sdk_transport.access_points.domibus.faults import MtomRefused
from budkavle_sdk_transport.access_points.domibus.interfaces import SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.multipart import Body
from budkavle_sdk_transport.access_points.domibus.streaming import LARGE, Fill, IncomingBody, Unreadable
from budkavle_sdk_transport.access_points.interface import AccessPointUnavailable, Unanswered
from budkavle_sdk_transport.settings import SoapSettings

T = TypeVar("T")
_WHOLE: Final = 10
"""How many times the patience for one silence a whole call may take."""
_AT_ONCE: Final = 16
_SILENT: Final = "Accesspunkten svarade inte, eller inte färdigt."
_STRANGE: Final = "Accesspunktens svar bröts av eller gick inte att läsa."
_PAGE: Final = "Accesspunkten, eller något framför den, svarade med en webbsida i stället för SOAP (HTTP {status})."

Read = Callable[[str, IncomingBody], T]
"""Reads an answer from its content type and its bytes."""


class Connection:
    """One endpoint.

    Args:
        settings: Where it is and who we are.

    Raises:
        Misconfigured: The address is none, or a certificate cannot be read.
    """

    def __init__(self, settings: SoapSettings) -> None:
        if urlsplit(settings.url).scheme not in {"http", "https"}:
            raise Misconfigured("Ange accesspunktens adress (https://...) i plugins.sdk.soap.url.")
        self.url = settings.url
        self._silence = settings.timeout_seconds
        self._client = httpx.Client(
            auth=(settings.user, settings.password) if settings.user else None,
            verify=_tls(settings),
            timeout=httpx.Timeout(settings.timeout_seconds, connect=settings.connect_seconds),
            limits=httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE),
            headers={"Accept": f"{SOAP_TYPE}, multipart/related", "Accept-Encoding": "identity"},
            trust_env=False,
        )

    def post(self, body: Body, read: Read[T]) -> T:
        """Send a body and read the answer while it comes.

        Raises:
            AccessPointUnavailable: It was not reached, or does not let us in.
            Unanswered: It was reached, and what it did with the request is not known.
            MtomRefused: It takes no body of this type.
        """
        headers = {"Content-Type": body.content_type, "Content-Length": str(body.length)}
        return self._ask("POST", self.url, read, headers=headers, content=body.pieces)

    def get(self, url: str, read: Read[T]) -> T:
        """Fetch a document; raises as `post`."""
        return self._ask("GET", url, read)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _ask(self, method: str, url: str, read: Read[T], **more: object) -> T:
        end = time.monotonic() + self._silence * _WHOLE
        try:
            with self._client.stream(method, url, **more) as answer:  # type: ignore[arg-type]
                _judge(answer)
                _refuse_page(answer)
                return read(answer.headers.get("Content-Type", ""), self._incoming(end, answer))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise AccessPointUnavailable("Accesspunkten går inte att nå.") from error
        except httpx.HTTPError as error:
            raise Unanswered(_SILENT) from error
        except Unreadable as error:
            raise Unanswered(_STRANGE) from error

    def _incoming(self, end: float, answer: httpx.Response) -> IncomingBody:
        """Return the answer's bytes; the rest of a large one comes straight from the socket.

        h11 gives out at once all that it has of a body whose length is known, so what follows a piece is still with
        the system. httpx closes a connection that it has not read to the end: the next call makes a new one.
        """
        length = answer.headers.get("Content-Length", "")
        stream = answer.extensions.get("network_stream")
        if stream is None or not length.isdecimal() or "Transfer-Encoding" in answer.headers:
            return IncomingBody(_before(end, answer))
        fill = _reads(stream.get_extra_info("socket"), end, self._silence) if int(length) >= LARGE else None
        return IncomingBody(_before(end, answer), length=int(length), fill=fill)


def _judge(answer: httpx.Response) -> None:
    """Faults come with 400 or 500 and are read; other refusals have nothing to read."""
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise AccessPointUnavailable(
            Sentence("Accesspunkten släpper inte in oss (HTTP {status_code}).", status_code=answer.status_code)
        )
    if answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE:
        raise MtomRefused("Accesspunkten tar inte emot den sortens innehåll (HTTP 415).")
    if answer.status_code not in {httpx.codes.OK, httpx.codes.BAD_REQUEST, httpx.codes.INTERNAL_SERVER_ERROR}:
        raise Unanswered(Sentence("Accesspunkten svarade HTTP {status}.", status=answer.status_code))


def _refuse_page(answer: httpx.Response) -> None:
    """Tell a web page apart, which a proxy, a firewall or a wrong address answers with."""
    if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html":
        raise Unanswered(Sentence(_PAGE, status=answer.status_code))


def _before(end: float, answer: httpx.Response) -> Iterator[bytes]:
    """Yield the answer's bytes, for as long as our patience lasts: one that drips is no better than a silent one."""
    for chunk in answer.iter_raw():
        if time.monotonic() > end:
            raise Unanswered(_SILENT)
        yield chunk


def _reads(connection: socket.socket, end: float, silence: float) -> Fill:
    def fill(view: memoryview) -> int:
        if time.monotonic() > end:
            raise Unanswered(_SILENT)
        connection.settimeout(silence)
        try:
            return connection.recv_into(view)
        except OSError as error:
            raise Unanswered(_SILENT) from error

    return fill


def _tls(settings: SoapSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate is not None:
            password = settings.key_password or None
            context.load_cert_chain(settings.certificate, settings.key, lambda: password or "")
    except OSError as error:
        raise Misconfigured(
            "Certifikaten för accesspunkten går inte att läsa: {error}. Kontrollera plugins.sdk.soap.", error=error
        ) from error
    return context
