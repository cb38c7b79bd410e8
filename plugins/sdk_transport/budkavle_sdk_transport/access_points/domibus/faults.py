"""What a fault of the access point means: try again, never, not there, or had before.

Sources: `errorCode` and `domibusErrorCode` of the web-service plugin's schema; OASIS ebMS 3.0, section 6.7, for what
the ebMS codes stand for. Domibus writes them in three ways (`EBMS_0004`, `WS_PLUGIN_0005`, `WS_PLUGIN:0007`).
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from lxml import etree

from budkavle import Sentence
from budkavle_sdk_transport.access_points.domibus.interfaces import NS_SOAP
from budkavle_sdk_transport.access_points.interface import (
    AccessPointUnavailable,
    ParcelNotFound,
    ParcelRefused,
    Unanswered,
)

_CODE: Final = re.compile(r"(WS_PLUGIN|EBMS)[_:]0*(\d{1,4})\Z")
_MOST_WORDS: Final = 300


class Kind(StrEnum):
    """What is to be done about a fault."""

    LATER = "later"
    NEVER = "never"
    NOT_FOUND = "not_found"
    DUPLICATE = "duplicate"


class MtomRefused(AccessPointUnavailable):
    """The access point does not take a payload beside the envelope."""


MEANINGS: Final[Mapping[str, tuple[Kind, str]]] = {
    "WS_PLUGIN:1": (Kind.LATER, "Ett fel i accesspunkten."),
    "WS_PLUGIN:2": (Kind.LATER, "Accesspunkten godtar inte vår inloggning. Kontrollera user och password."),
    "WS_PLUGIN:3": (Kind.NEVER, "Accesspunktens P-mode saknar tjänsten eller åtgärden. Be dess operatör rätta den."),
    "WS_PLUGIN:4": (Kind.NEVER, "Accesspunkten känner inte parterna. Kontrollera inställningen party."),
    "WS_PLUGIN:5": (Kind.NEVER, "Accesspunkten tar inte emot nyttolasten: den är för stor eller av fel sort."),
    "WS_PLUGIN:6": (Kind.LATER, "Accesspunktens proxy svarar inte."),
    "WS_PLUGIN:7": (Kind.NEVER, "Accesspunkten säger att meddelandets huvud är fel."),
    "WS_PLUGIN:8": (Kind.NEVER, "Accesspunkten kunde inte läsa meddelandet."),
    "WS_PLUGIN:9": (Kind.NOT_FOUND, "Accesspunkten har inget sådant meddelande."),
    "WS_PLUGIN:10": (Kind.DUPLICATE, "Accesspunkten har redan ett meddelande med samma id."),
    # Other: also what a duplicate is called, so the status decides (`client`).
    "EBMS:4": (Kind.LATER, "Accesspunkten nämner ett fel utan närmare besked."),
    "EBMS:5": (Kind.LATER, "Accesspunkten når inte mottagarens."),
    "EBMS:6": (Kind.LATER, "Det finns inget att hämta."),
    "EBMS:20": (Kind.LATER, "Accesspunkten hittar ingen väg till mottagaren."),
    "EBMS:21": (Kind.LATER, "Accesspunktens kö är full."),
    "EBMS:22": (Kind.LATER, "Accesspunkten kunde inte spara meddelandet."),
    "EBMS:101": (Kind.LATER, "Accesspunkterna godtar inte varandras certifikat."),
    "EBMS:201": (Kind.LATER, "Accesspunkternas kvittenser fungerar inte just nu."),
    "EBMS:202": (Kind.LATER, "Accesspunkten kunde inte leverera meddelandet."),
    "EBMS:301": (Kind.LATER, "Mottagarens accesspunkt kvitterade inte."),
}
"""Every code that means something of its own; the other ebMS codes say that the message itself is wrong."""
UNKNOWN: Final = (Kind.LATER, "Accesspunkten svarade med ett fel som vi inte känner.")
WRONG: Final = (Kind.NEVER, "Accesspunkten säger att meddelandet är fel.")


def meaning(code: str) -> tuple[Kind, str]:
    """Return the meaning of a fault's code, and its sentence; an unknown code is retried."""
    match = _CODE.match(code.strip().upper())
    if match is None:
        return UNKNOWN
    kind, number = match[1], int(match[2])
    return MEANINGS.get(f"{kind}:{number}", WRONG if kind == "EBMS" else UNKNOWN)


def error_of(code: str, words: str) -> Exception:
    """Return the exception that a fault is for the transport.

    Args:
        code: From the fault's detail; empty where it has none.
        words: The access point's own.
    """
    kind, sentence = meaning(code)
    named = (
        Sentence(
            "{sentence} ({code}: {words})",
            sentence=Sentence(sentence),
            code=code,
            words=" ".join(words.split())[:_MOST_WORDS],
        )
        if code
        else sentence
    )
    if kind is Kind.LATER:
        return Unanswered(
            named, Sentence("{sentence} ({code})", sentence=Sentence(sentence), code=code) if code else sentence
        )
    return ParcelNotFound(named) if kind is Kind.NOT_FOUND else ParcelRefused(named)


def read_fault(fault: etree._Element) -> Exception:
    """Return the exception that a SOAP 1.2 fault is.

    A fault of the sender without Domibus's own detail is the SOAP library's: it could not make out the request.
    """
    code = fault.findtext(f"{{{NS_SOAP}}}Detail/*/code") or ""
    words = fault.findtext(f"{{{NS_SOAP}}}Detail/*/message") or ""
    if not code and (fault.findtext(f"{{{NS_SOAP}}}Code/{{{NS_SOAP}}}Value") or "").rpartition(":")[2] == "Sender":
        return MtomRefused("Accesspunkten förstod inte anropet.")
    return error_of(code, words or fault.findtext(f"{{{NS_SOAP}}}Reason/{{{NS_SOAP}}}Text") or "")
