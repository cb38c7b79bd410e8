"""One identification by BankID as it can be proven: what was asked, what came back, and whether the two fit.

The same judge is used at the moment of identification and, much later and without a network, by whoever gets the file.
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
"""What such a file calls itself."""
UNREADABLE: Final = (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension)
"""What `cryptography` raises of certificates and responses that are none."""
IDENTIFICATION: Final = "Identification"


class OrderContent(msgspec.Struct, frozen=True, kw_only=True):
    """What an order was about.

    Attributes:
        began: When the order began, and `ended` when its end was fetched; seconds since 1970.
        visible: What the app was to show, UTF-8 in base64 as it was sent; `hidden` what no other order has.
        policies: The kinds of BankID that would do.
        service: Our certificate (PEM): in whose name the person was asked.
    """

    began: float
    ended: float
    visible: str
    hidden: str
    policies: list[str]
    service: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True, tag_field="format", tag=BANKID):
    """The stored evidence: enough for anyone to verify it again.

    Attributes:
        personnummer: Whom BankID said that it was; `signature` must say the same.
        signature: BankID's words as they came, and `ocsp` its issuer's.
    """

    order: str
    asked: OrderContent
    personnummer: str
    signature: str
    ocsp: str


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """What the signatures prove: who, and when.

    Attributes:
        kind: `test` where it is BankID's test environment, in which anybody may be anybody.
    """

    holder: Holder
    at: datetime
    kind: Literal["real", "test"]


def judge(evidence: Evidence, roots: Sequence[x509.Certificate]) -> Proven:
    """Return what an identification proves.

    Args:
        evidence: What was asked, and what came back.
        roots: BankID's, that the person's certificate must go back to.

    Raises:
        Refused: Something does not hold; the reason is a word for the log, the sentence is for the person.
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
    """Tell the environment; a certificate that says it is of both, or of none that was asked for, is of no kind."""
    real, test = (bool(holder.policies & policies) for policies in POLICIES)
    if not holder.policies & {*order.policies} or (real and test):
        raise Refused("policy", texts.WRONG_KIND)
    return "test" if test else "real"
