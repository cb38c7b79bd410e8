"""The signature of the simulated app and the OCSP response of its bank, in BankID's form; and lies about them.

The XML has the form of BankID's own (BankID Signature Profile); a lie is chosen by name, for one order.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from budkavle_eid.simulator.bankid_authority import DAY, Authority, Signer, stranger
from budkavle_eid.simulator.persons import PEOPLE, Person

Lie = Literal[
    "truth",
    "no-signature",
    "digest",
    "value",
    "wrapped",
    "wrapped-object",
    "wrapped-keys",
    "foreign-authority",
    "expired",
    "other-person",
    "other-visible",
    "other-hidden",
    "other-service",
    "other-kind",
    "signing",
    "doctype",
    "revoked",
    "unknown",
    "nonce",
    "ocsp-other",
    "ocsp-stranger",
    "ocsp-old",
    "no-ocsp",
]
LIES: Final[tuple[Lie, ...]] = Lie.__args__  # type: ignore[attr-defined]
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
BID: Final = "http://www.bankid.com/signature/v1.0.0/types"
C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
TYPED, KEYS = f'Type="{BID}" URI="#bidSignedData"', 'URI="#bidKeyInfo"'
STRANGER: Final = "cn=Another party,name=Another party,serialNumber=5560000000,o=Another bank,c=SE"


@dataclass(frozen=True, slots=True)
class Text:
    """The content of a signature.

    Attributes:
        visible: As the service sent it, in base64; `hidden` too.
        service: The name of the service.
    """

    visible: str
    hidden: str
    service: str
    function: str = "Identification"


def end(bank: Authority, person: Person, text: Text, at: datetime, lie: Lie = "truth") -> tuple[str, str]:
    """Return `signature` and `ocspResponse` of a completed order."""
    signer = _signer(bank, person, at, lie)
    chosen = {"foreign-authority": stranger()}.get(lie, bank)
    raw = _signature(chosen, signer, _changed(text, lie))
    signature = "" if lie == "no-signature" else _b64(_lied(raw, lie))
    answer = "" if lie == "no-ocsp" else _b64(_ocsp(chosen, signer, signature, at, lie))
    return signature, answer


def _signer(bank: Authority, person: Person, at: datetime, lie: Lie) -> Signer:
    if lie == "other-person":
        person = next(candidate for candidate in PEOPLE if candidate != person)
    policy = {"other-kind": "1.2.3.4.5"}.get(lie, "")
    lives = 20 * DAY if lie == "expired" else 365 * DAY
    return (stranger() if lie == "foreign-authority" else bank).person(person, at, policy=policy, lives=lives)


def _changed(text: Text, lie: Lie) -> Text:
    other = _b64(b"Jag ger bort mitt hus")
    changes: Mapping[Lie, Mapping[str, str]] = {
        "other-visible": {"visible": other},
        "other-hidden": {"hidden": other},
        "other-service": {"service": STRANGER},
        "signing": {"function": "Signing"},
    }
    return replace(text, **changes.get(lie, {}))


def service_name(certificate: x509.Certificate) -> str:
    """Return a service's name as BankID writes it: the subject of its certificate, the last part first."""
    words = {
        NameOID.COMMON_NAME: "cn",
        NameOID.SERIAL_NUMBER: "serialNumber",
        NameOID.ORGANIZATION_NAME: "o",
        NameOID.COUNTRY_NAME: "c",
    }
    return certificate.subject.rfc4514_string(words)


def _signature(bank: Authority, signer: Signer, text: Text) -> str:
    """Return the document; each part is already canonical, with its namespaces declared where they are in scope."""
    certificates = "".join(
        f"<X509Certificate>{_b64(party.certificate.public_bytes(Encoding.DER))}</X509Certificate>"
        for party in (signer, bank.bank, bank.over)
    )
    keys = f'<KeyInfo xmlns="{DS}" Id="bidKeyInfo"><X509Data>{certificates}</X509Data></KeyInfo>'
    data = _data(text)
    info = (
        f'<SignedInfo xmlns="{DS}"><CanonicalizationMethod Algorithm="{C14N}"></CanonicalizationMethod>'
        f'<SignatureMethod Algorithm="{RSA_SHA256}"></SignatureMethod>'
        f"{_reference(TYPED, data)}{_reference(KEYS, keys)}</SignedInfo>"
    )
    assert isinstance(signer.key, rsa.RSAPrivateKey)  # noqa: S101 (persons have such keys)
    value = signer.key.sign(info.encode(), padding.PKCS1v15(), hashes.SHA256())
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="no"?><Signature xmlns="{DS}">{info}'
        f"<SignatureValue>{_b64(value)}</SignatureValue>{keys}<Object>{data}</Object></Signature>"
    )


def _data(text: Text) -> str:
    visible = f'<usrVisibleData charset="UTF-8" visible="wysiwys">{text.visible}</usrVisibleData>'
    hidden = f"<usrNonVisibleData>{text.hidden}</usrNonVisibleData>"
    env = (
        f"<env><ai><type>{_b64(b'ANDROID')}</type><deviceInfo>{_b64(b'15')}</deviceInfo>"
        f"<uhi>{_b64(hashlib.sha1(b'device', usedforsecurity=False).digest())}</uhi><fsib>0</fsib><utb>cs1</utb>"
        "<requirement></requirement><uauth>pw</uauth></ai></env>"
    )
    return (
        f'<bankIdSignedData xmlns="{BID}" Id="bidSignedData">{visible if text.visible else ""}'
        f"{hidden if text.hidden else ''}<srvInfo><name>{_b64(text.service.encode())}</name>"
        f"<nonce>{_b64(secrets.token_bytes(20))}</nonce><displayName>{_b64(b'Budkavle')}</displayName></srvInfo>"
        f"<clientInfo><funcId>{text.function}</funcId><version>{_b64(b'7.50.0')}</version>{env}</clientInfo>"
        "</bankIdSignedData>"
    )


def _reference(attributes: str, canonical: str) -> str:
    digest = _b64(hashlib.sha256(canonical.encode()).digest())
    return (
        f'<Reference {attributes}><Transforms><Transform Algorithm="{C14N}"></Transform></Transforms>'
        f'<DigestMethod Algorithm="{SHA256}"></DigestMethod><DigestValue>{digest}</DigestValue></Reference>'
    )


def _lied(raw: str, lie: Lie) -> bytes:
    """Change a document after it was signed."""
    head, data, tail = _parts(raw, "<bankIdSignedData", "</bankIdSignedData>")
    false = data.replace("<funcId>", "<funcId> ")
    if lie == "digest":
        raw = raw.replace("<utb>cs1</utb>", "<utb>cs2</utb>")
    elif lie == "value":
        raw = raw.replace("<SignatureValue>", "<SignatureValue>AAAA")
    elif lie == "wrapped":  # what was signed is kept where nobody looks, and something else stands in its place
        raw = head + false + tail.replace("</Object>", f"</Object><Object>{data}</Object>")
    elif lie == "wrapped-object":
        raw = head + false.replace("</bankIdSignedData>", f"{data}</bankIdSignedData>") + tail
    elif lie == "wrapped-keys":
        before, keys, after = _parts(raw, "<KeyInfo", "</KeyInfo>")
        raw = before + keys.replace("bidKeyInfo", "bidKeyInfo2") + after.replace("<Object>", f"<Object>{keys}", 1)
    elif lie == "doctype":
        raw = raw.replace("<Signature", '<!DOCTYPE Signature [<!ENTITY x "y">]><Signature', 1)
    return raw.encode()


def _parts(raw: str, begins: str, ends: str) -> tuple[str, str, str]:
    start, end_ = raw.index(begins), raw.index(ends) + len(ends)
    return raw[:start], raw[start:end_], raw[end_:]


def _ocsp(bank: Authority, signer: Signer, signature: str, at: datetime, lie: Lie) -> bytes:
    """Return the responder's OCSP response, at the time of signing."""
    text = "another signature" if lie == "nonce" else signature
    nonce = hashlib.sha1(text.encode(), usedforsecurity=False).digest() + secrets.token_bytes(12)
    about = bank.responder if lie == "ocsp-other" else signer
    by = stranger().responder if lie == "ocsp-stranger" else bank.responder
    status = {"revoked": ocsp.OCSPCertStatus.REVOKED, "unknown": ocsp.OCSPCertStatus.UNKNOWN}
    revoked = at - DAY if lie == "revoked" else None
    at = at - timedelta(hours=1) if lie == "ocsp-old" else at
    made = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=about.certificate,
            issuer=bank.bank.certificate,
            algorithm=hashes.SHA1(),  # noqa: S303 - how an OCSP request names a certificate
            cert_status=status.get(lie, ocsp.OCSPCertStatus.GOOD),
            this_update=at,
            next_update=at + timedelta(minutes=10),
            revocation_time=revoked,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
        .certificates([by.certificate])
        .add_extension(x509.OCSPNonce(nonce), critical=False)
        .sign(by.key, hashes.SHA256())
    )
    return _made_at(made, by, at)


def _made_at(made: ocsp.OCSPResponse, by: Signer, at: datetime) -> bytes:
    """Change the production time of a response, and sign it again: `cryptography` only supports the present time."""
    tbs = made.tbs_response_bytes
    old, new = (f"{moment:%Y%m%d%H%M%SZ}".encode() for moment in (made.produced_at_utc, at))
    other = tbs.replace(old, new, 1)
    assert isinstance(by.key, rsa.RSAPrivateKey)  # noqa: S101 (responders have such keys: signatures of one length)
    signature = by.key.sign(other, padding.PKCS1v15(), hashes.SHA256())
    return made.public_bytes(Encoding.DER).replace(tbs, other).replace(made.signature, signature)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
