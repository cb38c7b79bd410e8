"""Receiving what the access point pushes (BackendService.wsdl): a notice starts a fetch or a status poll.

Nothing that a notice says of a message is believed. It is noted in the database, and a worker then fetches what has
come, or asks for the status of what was submitted. If the access point pushes a whole message (`SUBMIT_MESSAGE` among
its rules), it forgets the message when we have answered. So that message is stored before the answer, as any parcel.
"""

import base64
import binascii
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import anyio.to_thread
from litestar import Response, Router, post
from litestar.exceptions import ClientException
from lxml import etree

from budkavle import BudkavleError, Host
from budkavle.storage import QueryFile, Statement
from budkavle.web import WebRequest, allow_body
from budkavle_sdk_transport.access_points.domibus.ebms_header import as_parcel
from budkavle_sdk_transport.access_points.domibus.interfaces import NS_PUSH, NS_SOAP, SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.soap_reader import read_message
from budkavle_sdk_transport.access_points.domibus.streaming import MOST_ON_THE_WIRE, IncomingBody, Unreadable
from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.settings import SoapSettings

EVERY: Final = timedelta(seconds=0.5)
"""How often a worker looks."""
PATH: Final = "/plugin/sdk/access-point"
FETCH, STATUS = "fetch", "status"
NOTICES: Final[Mapping[str, str | None]] = {
    "receiveSuccess": FETCH,
    "receiveFailure": None,
    "sendSuccess": STATUS,
    "sendFailure": STATUS,
    "messageStatusChange": STATUS,
    "delete": None,
    "deleteBatch": None,
}
"""Each operation but `submitRequest`, and its notice; what was deleted or never came is nothing to fetch."""


class _Queries(QueryFile):
    add_ring: Statement
    take_rings: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class PushQueue:
    """The notices, from whichever process receives them to the worker that acts on them."""

    host: Host

    def add(self, notice: str) -> None:
        """Note that there is something to do; twice is once."""
        with self.host.transaction(None) as connection:
            QUERIES.add_ring.run(connection, {"bell": notice})

    def take(self) -> set[str]:
        """Return the notices that have come since the last time."""
        with self.host.transaction(None) as connection:
            return {str(row.bell) for row in QUERIES.take_rings.all(connection, {})}


def push_job(host: Host, fetch: Callable[[], int], ask: Callable[[], int]) -> Callable[[], int]:
    """Return the job that acts on notices; it returns how many parcels and states came of it."""
    queue = PushQueue(host)

    def answer() -> int:
        notices = queue.take()
        return (fetch() if FETCH in notices else 0) + (ask() if STATUS in notices else 0)

    return answer


@dataclass(frozen=True, slots=True)
class PushReceiver:
    """What is done when something is pushed.

    Attributes:
        queue: Where notices are kept.
        store: Stores a message that was pushed whole, to the commit.
    """

    queue: PushQueue
    store: Callable[[Parcel], None]

    def pushed(self, content_type: str, data: bytes) -> bytes | None:
        """Do what an operation says; returns the fault where it could not be done.

        Raises:
            Unreadable: No SOAP, or no operation of the backend.
        """
        message = read_message(content_type, IncomingBody([data]))
        name = etree.QName(message.body()).localname
        if etree.QName(message.body()).namespace != NS_PUSH or name not in {*NOTICES, "submitRequest"}:
            raise Unreadable("The backend has no such operation.")
        if name == "submitRequest":
            return self._store(as_parcel(message))
        notice = NOTICES[name]
        if notice is not None:
            self.queue.add(notice)
        return None

    def _store(self, parcel: Parcel) -> bytes | None:
        try:
            self.store(parcel)
        except (BudkavleError, CertificatesUnavailable) as error:
            return _fault(type(error).__name__)
        return None


def router(receiver: PushReceiver, settings: SoapSettings) -> Router:
    """Return the route that the access point pushes to; it says who it is by Basic."""

    @post(PATH, status_code=200, foreign_callers=True)
    async def pushed(request: WebRequest) -> Response[bytes]:
        if not _is_let_in(request.headers.get("authorization", ""), settings):
            return Response(b"", status_code=401, headers={"WWW-Authenticate": 'Basic realm="budkavle"'})
        allow_body(request, MOST_ON_THE_WIRE + 1_000_000, "access point")
        data = await _whole(request.stream())
        content_type = request.headers.get("content-type", "")
        try:
            fault = await anyio.to_thread.run_sync(receiver.pushed, content_type, data)
        except Unreadable as error:
            raise ClientException(str(error)) from error
        kind = f"{SOAP_TYPE}; charset=UTF-8"
        return Response(_EMPTY, media_type=kind) if fault is None else Response(fault, status_code=500, media_type=kind)

    return Router("", route_handlers=[pushed])


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > MOST_ON_THE_WIRE:
            raise ClientException("What came is larger than any parcel.", status_code=413)
    return bytes(data)


def _is_let_in(header: str, settings: SoapSettings) -> bool:
    kind, _, word = header.partition(" ")
    try:
        credentials = base64.b64decode(word, validate=True) if kind.lower() == "basic" else b""
    except binascii.Error:
        return False
    expected = f"{settings.push_user}:{settings.push_password}".encode()
    return bool(settings.push_user) and secrets.compare_digest(credentials, expected)


def _fault(words: str) -> bytes:
    return (
        f'<soap:Envelope xmlns:soap="{NS_SOAP}"><soap:Body><soap:Fault>'
        "<soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>"
        '<soap:Reason><soap:Text xml:lang="en">Not stored; push again.</soap:Text></soap:Reason>'
        f'<soap:Detail><ws:BackendFaultDetail xmlns:ws="{NS_PUSH}"><code>BUDKAVLE</code><message>{words}</message>'
        "</ws:BackendFaultDetail></soap:Detail></soap:Fault></soap:Body></soap:Envelope>"
    ).encode()


_EMPTY: Final = f'<soap:Envelope xmlns:soap="{NS_SOAP}"><soap:Body/></soap:Envelope>'.encode()
