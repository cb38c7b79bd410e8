"""Parsers of what peers of identification and of SMS send: SAML, tokens of OIDC, PDUs of SMPP, codes from an app."""

import base64
import hashlib
import json
import struct
from typing import Any

from aiosmpplib.state import SmppCommand
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

from budkavle.identification import second_factor
from budkavle_eid.safe_xml import parse
from budkavle_eid.saml.xml_checks import check_opened, check_response
from budkavle_identity_tokens import verify_signature
from budkavle_sms.gateways.smpp import receipt
from budkavle_sms.gateways.smpp_session import HEADER, Pdu, read_deliver

CLAIMS = {"iss": "a", "sub": "a", "aud": "https://habo.example", "jti": "1", "iat": 1_790_000_000, "exp": 1_790_086_400}


def key(number: int) -> ECKey:
    """Return a key that is the same each time, so that a seed gives the same inputs."""
    return ECKey.import_key(_private(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def token(number: int, claims: dict[str, Any], **header: str) -> str:
    """Return a token by ES256 that is the same each time (RFC 6979)."""
    text = f"{_part({'alg': 'ES256', **header})}.{_part(claims)}"
    signer = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(_private(number).sign(text.encode(), signer))
    return f"{text}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _private(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(bytes([number])).digest(), "big"), ec.SECP256R1())


def _part(values: dict[str, Any]) -> str:
    return _base64(json.dumps(values).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def saml_response(data: bytes) -> None:
    """Judge the form of a response, as it came and as it is opened."""
    check_response(parse(data), encrypted=False)


def saml_opened(data: bytes) -> None:
    """Judge a response whose assertion has been opened."""
    check_opened(data)


def id_token(data: bytes) -> None:
    """Verify a token of an issuer; one that was changed says nothing else than it did."""
    claims = verify_signature(data.decode("utf-8", "replace"), lambda kid: [key(1)])
    assert claims == CLAIMS, "a changed token holds"


def deliver(data: bytes) -> object:
    """Read a PDU as the session does, and the receipt in it; its length is what came."""
    if len(data) < HEADER.size:
        raise ValueError("no header")
    _, _, status, number = HEADER.unpack(data[: HEADER.size])
    pdu = Pdu(int(SmppCommand.DELIVER_SM), status, number, data)
    return receipt(read_deliver(pdu))


def code(data: bytes) -> None:
    """Judge a code; the right ones are six digits, so nothing else is right."""
    text = data.decode("utf-8", "replace")
    verdict, _ = second_factor._judge("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", text, 0)
    digits = [sign for sign in text if sign.isdecimal()]
    assert verdict is second_factor.Verdict.WRONG or len(digits) == 6, "a code of another length is right"


def _deliver_pdu(text: bytes, options: bytes = b"") -> bytes:
    body = b"\0\1\1" + b"46701234567\0" + b"\1\1" + b"71500\0" + b"\4\0\0" + b"\0\0" + b"\0\0\0\0"
    body += bytes([len(text)]) + text + options
    return HEADER.pack(HEADER.size + len(body), int(SmppCommand.DELIVER_SM), 0, 7) + body


PDUS = (
    _deliver_pdu(b"id:17 sub:001 dlvrd:001 submit date:2611281200 done date:2611281201 stat:DELIVRD err:000 text:Hej"),
    _deliver_pdu(b"", struct.pack("!HH", 0x001E, 3) + b"17\0" + struct.pack("!HHB", 0x0427, 1, 2)),
    _deliver_pdu(b"", struct.pack("!HH", 0x0424, 5) + b"id:17"),
)
_SAML = (
    '<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"'
    ' ID="r" Version="2.0" IssueInstant="2026-11-28T12:00:00Z"><a:Issuer>https://idp.example</a:Issuer>{}</p:Response>'
)
_ASSERTION = (
    '<a:Assertion ID="a" Version="2.0"><a:Issuer>https://idp.example</a:Issuer><a:Subject><a:NameID>x</a:NameID>'
    "</a:Subject></a:Assertion>"
)
RESPONSES = (_SAML.format(_ASSERTION).encode(),)
OPENED = (_SAML.format(f"<a:EncryptedAssertion>{_ASSERTION}</a:EncryptedAssertion>").encode(),)
CODES = (b"123456", b"123 456", "１２３４５６".encode(), b"")
