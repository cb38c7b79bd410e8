"""What the XML files of a package share: names, times, checks, and cleaning text for XML."""

import re
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from lxml import etree
from lxml.builder import ElementMaker

from budkavle import Damaged

METS: Final = "http://www.loc.gov/METS/"
CSIP: Final = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP: Final = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XLINK: Final = "http://www.w3.org/1999/xlink"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
ERMS: Final = "https://DILCIS.eu/XML/ERMS"
PREMIS: Final = "http://www.loc.gov/premis/v3"

SCHEMAS: Final = Path(__file__).parent / "schemas"
CARRIED: Final = (
    "DILCISExtensionMETS.xsd",
    "DILCISExtensionSIPMETS.xsd",
    "ERMS_v2_1_2.xsd",
    "mets.xsd",
    "premis-v3-0.xsd",
    "xlink.xsd",
)
"""The schemas that every package contains."""
METS_SCHEMA: Final = "sip.xsd"
ERMS_SCHEMA: Final = "ERMS_v2_1_2.xsd"
PREMIS_SCHEMA: Final = "premis-v3-0.xsd"
LOCAL: Final = ZoneInfo("Europe/Stockholm")

# What XML 1.0 cannot contain: control characters, lone surrogates, and the two noncharacters.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_compiled: Final = threading.local()
_compiling: Final = threading.Lock()


def maker(namespace: str, **prefixes: str) -> ElementMaker:
    """Return a maker of elements in a namespace; other prefixes are declared with them."""
    nsmap: dict[Any, str] = {None: namespace, "xsi": XSI, **prefixes}
    return ElementMaker(namespace=namespace, nsmap=nsmap)


def clean(text: str) -> str:
    """Return a text with a replacement character in place of each character that XML cannot contain."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def local(moment: datetime) -> str:
    """Return a time as ERMS expects it in Sweden: without a zone, in Stockholm time."""
    return moment.astimezone(LOCAL).replace(tzinfo=None).isoformat(timespec="seconds")


def stamp(moment: datetime) -> str:
    """Return a time with its zone, for METS and PREMIS."""
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")


def serialise(root: Any, schema: str) -> bytes:
    """Return a document as bytes after checking it against its schema, so that nothing invalid is ever sent.

    Raises:
        Damaged: The document does not follow the schema.
    """
    require_valid(root, schema)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def require_valid(root: Any, schema: str) -> None:
    """Require that a document follows its schema.

    Raises:
        Damaged: It does not.
    """
    if not _schema(schema).validate(root):
        raise Damaged("Paketet följer inte schemat {file}.", file=schema)


def parse(data: bytes) -> Any:
    """Parse a document of a package from any source: no entities, no network, nothing huge.

    Raises:
        lxml.etree.XMLSyntaxError: It is not XML.
    """
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _schema(name: str) -> etree.XMLSchema:
    """Return a compiled schema; it keeps the log of its last validation, so threads do not share one."""
    schema: etree.XMLSchema | None = getattr(_compiled, name, None)
    if schema is None:
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        with _compiling:
            schema = etree.XMLSchema(etree.parse(SCHEMAS / name, parser))
        setattr(_compiled, name, schema)
    return schema
