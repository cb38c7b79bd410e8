"""The evidence of an identification by BankID: what was asked, what was signed, and whether the two match.

The same checks are used during identification and, much later and without a network, by anyone who has the file.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from budkavle_eid.bankid import certificates, ocsp, signature, texts
from budkavle_eid.bankid.api import POLICIES
from budkavle_eid.bankid.certificates import Holder
from budkavle_eid.claims import Refused

BANKID: Final = "budkavle-bankid-1"
"""The type of the evidence, stored in the file."""
UNREADABLE: Final = (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension)
"""What `cryptography` raises for malformed certificates and responses."""
IDENTIFICATION: Final = "Identification"


class OrderContent(msgspec.Struct, frozen=True, kw_only=True):
    """The content of an order.

    Attributes:
        began: When the order began; `ended` when its result was fetched; seconds since 1970.
        visible: The visible text, UTF-8 in base64 as it was sent; `hidden` the hidden one, unique to the order.
        policies: The accepted kinds of BankID.
        service: Our certificate (PEM), whose subject the person identified to.
    """

    began: float
    ended: float
    visible: str
    hidden: str
    policies: list[str]
    service: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True, tag_field="format", tag=BANKID):
    """The stored evidence: everything that is needed to verify it again.

    Attributes:
        personnummer: The person according to BankID; `signature` must name the same.
        signature: BankID's signature as received; `ocsp` the issuer's OCSP response.
    """

    order: str
    asked: OrderContent
    personnummer: str
    signature: str
    ocsp: str


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """What the signatures prove: the person, and the time.

    Attributes:
        kind: `test` for BankID's test environment, in which anybody may use any identity.
    """

    holder: Holder
    at: datetime
    kind: Literal["real", "test"]


def judge(evidence: Evidence, roots: Sequence[x509.Certificate]) -> Proven:
    """Verify the evidence of an identification.

    Args:
        evidence: What was asked, and what was signed.
        roots: BankID's roots for persons' certificates.

    Raises:
        Refused: A check failed; the reason is a word for the log, the sentence is for the person.
    """
    try:
        return _judge(evidence, roots)
    except Refused as refused:
        explained = refused.reason in {"certificate-revoked", "policy"}
        raise refused if explained else Refused(refused.reason, texts.UNPROVEN) from refused
    except UNREADABLE as error:
        raise Refused("unreadable", texts.UNPROVEN) from error


def _judge(evidence: Evidence, roots: Sequence[x509.Certificate]) -> Proven:
    order, signed = evidence.asked, signature.read(evidence.signature)
    at = ocsp.produced_at(evidence.ocsp)
    began, ended = (datetime.fromtimestamp(moment, UTC) for moment in (order.began, order.ended))
    if not began - ocsp.SKEW <= at <= ended + ocsp.SKEW:
        raise Refused("signed-at-another-time")
    holder = certificates.judge(signed.chain, roots, at)
    ocsp.judge(evidence.ocsp, evidence.signature, signed.chain[0], holder.issuer)
    if holder.personnummer != evidence.personnummer:
        raise Refused("signed-by-another-person")
    _check_asked(order, signed)
    return Proven(holder=holder, at=at, kind=_kind(order, holder))


def _check_asked(order: OrderContent, signed: signature.Signed) -> None:
    if signed.function != IDENTIFICATION:
        raise Refused("signed-for-something-else")
    shown = signature.decoded(order.visible), signature.decoded(order.hidden)
    if (signed.visible or b"", signed.hidden or b"") != shown:
        raise Refused("signed-about-another-order")
    certificates.check_service(signed.service, x509.load_pem_x509_certificate(order.service.encode()))


def _kind(order: OrderContent, holder: Holder) -> Literal["real", "test"]:
    """Return the environment; a certificate of both environments, or with no accepted policy, is refused."""
    real, test = (bool(holder.policies & policies) for policies in POLICIES)
    if not holder.policies & {*order.policies} or (real and test):
        raise Refused("policy", texts.WRONG_KIND)
    return "test" if test else "real"
