"""The operations without payload, called with zeep from the WSDL that the access point serves."""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import zeep
import zeep.exceptions
from lxml import etree
from zeep.proxy import ServiceProxy
from zeep.transports import Transport
from zeep.wsdl.bindings.soap import Soap12Binding

from budkavle_sdk_transport.access_points.domibus.connection import Connection
from budkavle_sdk_transport.access_points.domibus.faults import error_of
from budkavle_sdk_transport.access_points.domibus.interfaces import NS_SOAP, SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.multipart import Body, Piece, boundary_of, read_parts
from budkavle_sdk_transport.access_points.domibus.streaming import IncomingBody, Unreadable
from budkavle_sdk_transport.access_points.interface import Unanswered
from budkavle_sdk_transport.settings import SoapSettings

_MOST_BYTES: Final = 4 * 2**20
"""The longest answer: five hundred ids have forty thousand."""
_STRANGE: Final = "Accesspunkten svarade med något som inte följer dess WSDL."
_PARSING: Final[dict[str, Any]] = {
    "forbid_dtd": True,
    "forbid_entities": True,
    "forbid_external": False,  # the WSDL's imports are: `_Transport` says from where
    "xml_huge_tree": False,
}
_XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"
_XML_SCHEMA: Final = f"""\
<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{_XML_NAMESPACE}">
  <attribute name="lang" type="string"/><attribute name="base" type="anyURI"/><attribute name="id" type="ID"/>
  <attribute name="space" type="NCName"/>
</schema>
""".encode()
"""The attributes of XML itself, so that they are not fetched from the W3C."""


class Operations:
    """The access point's operations by name; the WSDL is read when the first is called.

    Args:
        connection: The way there.
        settings: Where the WSDL is.
    """

    def __init__(self, connection: Connection, settings: SoapSettings) -> None:
        self._connection = connection
        self._wsdl = settings.wsdl or f"{settings.url}?wsdl"
        self._lock = threading.Lock()
        self._service: ServiceProxy | None = None
        self._types: Any = None

    def call(self, operation: str, /, *positional: Any, **arguments: Any) -> Any:
        """Call an operation; returns what zeep makes of the answer.

        Raises:
            AccessPointUnavailable: No answer, or none that follows the WSDL.
            ParcelNotFound: There is no such message.
            ParcelRefused: A fault that no other try will mend.
        """
        service = self._bound()
        try:
            return service[operation](*positional, **arguments)
        except zeep.exceptions.Fault as fault:
            raise _fault(fault) from fault
        except (zeep.exceptions.Error, AttributeError, LookupError, TypeError, ValueError) as error:
            # zeep falls over its own feet where an answer has another shape than the WSDL says.
            raise Unanswered(_STRANGE) from error

    def offers(self, operation: str) -> bool:
        """Tell whether the WSDL has an operation; the older interface and older versions have fewer."""
        return operation in self._bound()._binding._operations

    def has_attribute(self, element: str, attribute: str) -> bool:
        """Tell whether the WSDL's element, by its namespace and name, may have an attribute."""
        self._bound()
        try:
            declared = self._types.get_element(element)
        except (zeep.exceptions.LookupError, zeep.exceptions.NamespaceError):
            return False
        return any(name == attribute for name, _ in getattr(declared.type, "attributes", ()))

    def _bound(self) -> ServiceProxy:
        with self._lock:
            if self._service is None:
                self._service = self._load()
            return self._service

    def _load(self) -> ServiceProxy:
        transport = _Transport(self._connection, self._wsdl)
        settings = zeep.Settings(**_PARSING)
        try:
            client: Any = zeep.Client(  # type: ignore[no-untyped-call]
                self._wsdl, transport=transport, settings=settings, plugins=[_ToTheQuestion()]
            )
            names = [name for name, binding in client.wsdl.bindings.items() if isinstance(binding, Soap12Binding)]
            if len(names) != 1:
                raise Unanswered("Accesspunktens WSDL har ingen SOAP 1.2-bindning, eller flera.")
            service: ServiceProxy = client.create_service(names[0], self._connection.url)
            self._types = client.wsdl.types
        except (zeep.exceptions.Error, AttributeError, LookupError, TypeError, ValueError, OSError) as error:
            raise Unanswered("Accesspunktens WSDL går inte att läsa. Kontrollera plugins.sdk.soap.url.") from error
        return service


class _Transport(Transport):
    """Lets zeep speak over our connection, and fetch from the access point's own host only."""

    def __init__(self, connection: Connection, wsdl: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._connection = connection
        self._places = {_place(connection.url), _place(wsdl)}

    def load(self, url: str) -> bytes:
        if urlsplit(url).netloc in {"www.w3.org", "w3.org"} and url.endswith("xml.xsd"):
            return _XML_SCHEMA
        if _place(url) not in self._places:
            raise Unanswered("Accesspunktens WSDL pekar på en annan värd, som inte frågas.")
        if urlsplit(url).scheme in {"http", "https"}:
            return self._connection.get(url, lambda _, chunks: _whole(chunks))
        return Path(url.removeprefix("file://")).read_bytes()

    def post_xml(self, address: str, envelope: etree._Element, headers: dict[str, str]) -> "_Answer":  # noqa: ARG002
        data: bytes = etree.tostring(envelope)
        return self._connection.post(Body(headers["Content-Type"], len(data), [data]), _Answer)


class _Answer:
    """An answer as zeep looks at it."""

    encoding = "utf-8"

    def __init__(self, content_type: str, incoming: IncomingBody) -> None:
        boundary, chunks = boundary_of(content_type), iter(incoming)
        if boundary is not None:  # with MTOM switched on, what has no payload may come as a part as well
            parts = [_whole(part) for part in read_parts(incoming, boundary)]
            content_type, chunks = SOAP_TYPE, iter(parts[:1])
        if not content_type.lower().startswith((SOAP_TYPE, "text/xml")):
            raise Unreadable("What came is no SOAP, by its own type.")
        self.headers = {"Content-Type": content_type}
        self.content = _whole(chunks)
        self.status_code = 200  # a fault is told by its element, whatever the status


class _ToTheQuestion(zeep.Plugin):
    """Looks whether an answer is one to what was asked, which zeep does not: of another one it makes an empty one."""

    def ingress(self, envelope: etree._Element, http_headers: Any, operation: Any) -> tuple[etree._Element, Any]:
        expected = operation.output.body
        names = {f"{{{NS_SOAP}}}Fault", expected.qname.text if expected is not None else None}
        body = envelope.find(f"{{{NS_SOAP}}}Body")
        first = None if body is None or not len(body) else body[0].tag
        if body is None or first not in names:
            raise Unanswered(_STRANGE)
        return envelope, http_headers


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.scheme, parts.netloc) if parts.scheme in {"http", "https"} else ("file", "")


def _whole(chunks: Iterable[Piece]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > _MOST_BYTES:
            raise Unreadable("An answer longer than any that we know.")
    return bytes(data)


def _fault(fault: zeep.exceptions.Fault) -> Exception:
    detail = fault.detail
    code = words = ""
    if isinstance(detail, etree._Element):
        code, words = detail.findtext("*/code") or "", detail.findtext("*/message") or ""
    return error_of(code, words)
