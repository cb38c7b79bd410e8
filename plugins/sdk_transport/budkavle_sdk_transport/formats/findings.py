"""What a check found: the words of a rejecting receipt.

Source: Digg Meddelandekvittens 1.0 (orsakskod, detaljkod) and Innehållsspecifikation 1.5.2, section 5.3.
"""

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Orsakskod, the ResponseCode of a receipt's LineResponse."""

    SV = "SV"
    """Syntax violation: the document does not follow its schema."""
    BV = "BV"
    """Business rule violation, fatal."""
    SIG = "SIG"
    """The signature, or the encryption it promises, is missing or wrong."""


class Detail(StrEnum):
    """Detaljkod, the StatusReasonCode of a receipt's LineResponse."""

    STRUCTURE = "structure"
    INVARIANT = "invariant"
    FORBIDDEN = "forbidden"
    TOO_LONG = "too-long"
    DUPLICATE = "duplicate"
    MULTIPLE_MATCHES = "multiple-matches"
    NOT_FOUND = "not-found"
    NOT_SUPPORTED = "not-supported"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in a document.

    Attributes:
        cause: Orsakskod; plain text where a foreign receipt uses a code that is not ours.
        detail: Detaljkod; plain text where a foreign receipt uses its own, empty where it gives none.
        path: XPath to the fault, or ``NA`` where it has no place.
        text: Detaljtext; never carries a label, a person or any other content.
        rule: Our id of the broken rule, such as ``SDK-UUID-messageId``, ``XHE-R11`` or ``XSD``.
    """

    cause: Cause | str
    detail: Detail | str
    path: str
    text: str
    rule: str
