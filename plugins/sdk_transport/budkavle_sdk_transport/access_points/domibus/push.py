"""What the access point pushes to (BackendService.wsdl): a doorbell, answered by fetching and asking as always.

Whatever it says of a message, nothing of it is believed: a bell is noted in the database, and a worker fetches what
has come, or asks what became of what went. Where it pushes a message whole (`SUBMIT_MESSAGE` among its rules), it
forgets it when we have answered; so that message is stored before the answer, as any other parcel.
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

from budkavle import BudkavleError, Host, Statement, WebRequest, allow_body
from budkavle_sdk_transport.access_points.domibus.ebms_header import as_parcel
from budkavle_sdk_transport.access_points.domibus.interfaces import NS_PUSH, NS_SOAP, SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.soap_reader import read_message
from budkavle_sdk_transport.access_points.domibus.streaming import MOST_ON_THE_WIRE, Incoming, Unreadable
from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.settings import SoapSettings

EVERY: Final = timedelta(seconds=0.5)
"""How often a worker looks."""
PATH: Final = "/plugin/sdk/access-point"
FETCH, STATUS = "fetch", "status"
BELLS: Final[Mapping[str, str | None]] = {
    "receiveSuccess": FETCH,
    "receiveFailure": None,
    "sendSuccess": STATUS,
    "sendFailure": STATUS,
    "messageStatusChange": STATUS,
    "delete": None,
    "deleteBatch": None,
}
"""Each operation but `submitRequest`, and its bell; what was deleted or never came is nothing to fetch."""
_RING = Statement("INSERT INTO sdk_rings (bell) VALUES (:bell) ON CONFLICT DO NOTHING")
_TAKE = Statement("DELETE FROM sdk_rings RETURNING bell")


@dataclass(frozen=True, slots=True)
class Bells:
    """The bells, from whichever process they are rung to the worker that looks."""

    host: Host

    def ring(self, bell: str) -> None:
        """Note that there is something to do; twice is once."""
        with self.host.transaction(None) as connection:
            _RING.run(connection, {"bell": bell})

    def take(self) -> set[str]:
        """The bells that have been rung since the last time."""
        with self.host.transaction(None) as connection:
            return {str(row.bell) for row in _TAKE.all(connection, {})}


def answerer(host: Host, fetch: Callable[[], int], ask: Callable[[], int]) -> Callable[[], int]:
    """The job that looks whether somebody has rung; done, it returns how many things came of it."""
    bells = Bells(host)

    def answer() -> int:
        rung = bells.take()
        return (fetch() if FETCH in rung else 0) + (ask() if STATUS in rung else 0)

    return answer


@dataclass(frozen=True, slots=True)
class Doorbell:
    """What is done when something is pushed.

    Attributes:
        bells: Where it is noted.
        store: Stores a message that was pushed whole, to the commit.
    """

    bells: Bells
    store: Callable[[Parcel], None]

    def pushed(self, content_type: str, data: bytes) -> bytes | None:
        """Do what an operation says; returns the fault where it could not be done.

        Raises:
            Unreadable: No SOAP, or no operation of the backend.
        """
        message = read_message(content_type, Incoming([data]))
        name = etree.QName(message.body()).localname
        if etree.QName(message.body()).namespace != NS_PUSH or name not in {*BELLS, "submitRequest"}:
            raise Unreadable("The backend has no such operation.")
        if name == "submitRequest":
            return self._store(as_parcel(message))
        bell = BELLS[name]
        if bell is not None:
            self.bells.ring(bell)
        return None

    def _store(self, parcel: Parcel) -> bytes | None:
        try:
            self.store(parcel)
        except (BudkavleError, CertificatesUnavailable) as error:
            return _fault(type(error).__name__)
        return None


def router(doorbell: Doorbell, settings: SoapSettings) -> Router:
    """The route that the access point pushes to; it says who it is by Basic."""

    @post(PATH, status_code=200, foreign_callers=True)
    async def pushed(request: WebRequest) -> Response[bytes]:
        if not _is_let_in(request.headers.get("authorization", ""), settings):
            return Response(b"", status_code=401, headers={"WWW-Authenticate": 'Basic realm="budkavle"'})
        allow_body(request, MOST_ON_THE_WIRE + 1_000_000, "access point")
        data = await _whole(request.stream())
        content_type = request.headers.get("content-type", "")
        try:
            fault = await anyio.to_thread.run_sync(doorbell.pushed, content_type, data)
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
        given = base64.b64decode(word, validate=True) if kind.lower() == "basic" else b""
    except binascii.Error:
        return False
    wanted = f"{settings.push_user}:{settings.push_password}".encode()
    return bool(settings.push_user) and secrets.compare_digest(given, wanted)


def _fault(words: str) -> bytes:
    return (
        f'<soap:Envelope xmlns:soap="{NS_SOAP}"><soap:Body><soap:Fault>'
        "<soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>"
        '<soap:Reason><soap:Text xml:lang="en">Not stored; push again.</soap:Text></soap:Reason>'
        f'<soap:Detail><ws:BackendFaultDetail xmlns:ws="{NS_PUSH}"><code>BUDKAVLE</code><message>{words}</message>'
        "</ws:BackendFaultDetail></soap:Detail></soap:Fault></soap:Body></soap:Envelope>"
    ).encode()


_EMPTY: Final = f'<soap:Envelope xmlns:soap="{NS_SOAP}"><soap:Body/></soap:Envelope>'.encode()
