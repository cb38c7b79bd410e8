"""BankID's signature is verified: the person, the content, the time, and the issuer's OCSP response."""

import base64
import hashlib
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from budkavle import Identity, Misconfigured
from budkavle.logs import configure
from budkavle_eid.bankid import texts
from budkavle_eid.bankid.certificates import check_service, load_roots
from budkavle_eid.bankid.evidence import Evidence, OrderContent, judge
from budkavle_eid.bankid.ocsp import _nonces
from budkavle_eid.bankid.provider import BankIdProvider
from budkavle_eid.bankid.signature import _check_value, read
from budkavle_eid.bankid.trust import Trust
from budkavle_eid.claims import Refused
from budkavle_eid.simulator import bankid_signing
from budkavle_eid.simulator.authority import Certificates
from budkavle_eid.simulator.bankid_authority import authority, stranger
from budkavle_eid.simulator.bankid_signing import LIES, Text, service_name
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import BY_KEY, Person

REASONS = {
    "no-signature": "xml-unreadable",
    "digest": "signature-digest",
    "value": "signature-value",
    "wrapped": "signature-reference",
    "wrapped-object": "signature-reference",
    "wrapped-keys": "signature-reference",
    "foreign-authority": "certificate-of-another-authority",
    "expired": "certificate-out-of-date",
    "other-person": "signed-by-another-person",
    "other-visible": "signed-about-another-order",
    "other-hidden": "signed-about-another-order",
    "other-service": "service-of-another",
    "other-kind": "policy",
    "signing": "signed-for-something-else",
    "doctype": "xml-doctype",
    "revoked": "certificate-revoked",
    "unknown": "ocsp-unknown",
    "nonce": "ocsp-nonce",
    "ocsp-other": "ocsp-about-another",
    "ocsp-stranger": "ocsp-of-another",
    "ocsp-old": "signed-at-another-time",
    "no-ocsp": "ocsp-unreadable",
}
"""What each lie of the simulator is refused for."""


def identified(provider: BankIdProvider, walk: Any, simulator: Simulator, who: Person, **hints: str) -> Any:
    way = walk(provider, **hints)
    simulator.bankid.approve(simulator.bankid.scan(way.poll.qr or "", who, "127.0.0.1"))
    way.tick()
    return way


def signed(kept: list[bytes]) -> Evidence:
    return msgspec.json.decode(kept[-1], type=Evidence)


def resigned(evidence: Evidence, signature: bytes) -> Evidence:
    return replace(evidence, signature=base64.b64encode(signature).decode())


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log of providers that are made afterwards."""
    lines = io.StringIO()
    configure(lines)
    yield lines
    structlog.reset_defaults()


@pytest.fixture
def roots(files: Certificates) -> Any:
    return load_roots([files.persons / "root.pem"])


@pytest.fixture
def evidence(bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person, kept: list[bytes]) -> Evidence:
    """The stored evidence of a valid identification."""
    assert isinstance(identified(bankid, walk, simulator, anna).step, Identity)
    return signed(kept)


@pytest.mark.feature("A9")
def test_the_evidence_is_named_by_its_hash_and_can_be_judged_later(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person, kept: list[bytes], roots: Any
) -> None:
    """The stored evidence alone proves the person, the time, and our request; its name is its SHA-256."""
    way = identified(bankid, walk, simulator, anna, purpose="Läs meddelande från Håbo kommun")
    assert way.identity.attributes["evidence"] == "sha256:" + hashlib.sha256(kept[-1]).hexdigest()
    proven = judge(signed(kept), roots)
    assert (proven.holder.personnummer, proven.holder.name, proven.kind) == (anna.number, anna.name, "real")
    assert abs(proven.at.timestamp() - way.clock.now) < 10
    assert "Läs meddelande från Håbo kommun" in base64.b64decode(signed(kept).asked.visible).decode()


def test_every_lie_has_a_reason() -> None:
    """The table below is complete."""
    assert {"truth", *REASONS} == set(LIES)


@pytest.mark.parametrize("lie", [one for one in LIES if one != "truth"])
def test_a_lie_lets_nobody_in(
    log: io.StringIO,
    make_bankid: Callable[..., BankIdProvider],
    walk: Any,
    simulator: Simulator,
    anna: Person,
    kept: list[bytes],
    lie: Any,
) -> None:
    """Refused in plain words, without a new attempt; the log has the reason, not the person, and nothing is stored."""
    simulator.bankid.lie = lie
    way = identified(make_bankid(), walk, simulator, anna)
    special = {"revoked": texts.REVOKED, "other-kind": texts.WRONG_KIND}
    assert (way.failed.message, way.failed.retry) == (special.get(lie, texts.UNPROVEN), False)
    line = json.loads(log.getvalue())
    assert (line["event"], line["reason"]) == ("bankid.unproven", REASONS[lie])
    for secret in (anna.number, anna.family_name, "198004262385"):
        assert secret not in log.getvalue()
    assert kept == []


def test_the_same_device_is_judged_too(bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person) -> None:
    """Also if the result waits for the browser."""
    simulator.bankid.lie = "nonce"
    way = walk(bankid, user_agent="Mozilla/5.0 (Linux; Android 15) Mobile")
    token = (way.poll.app_url or "").partition("autostarttoken=")[2].partition("&")[0]
    back = simulator.bankid.approve(simulator.bankid.open_link({"autostarttoken": token}, anna, "127.0.0.1"))
    way.tick()
    name, _, value = back.partition("?")[2].partition("=")
    way.tell(**{name: value})
    assert way.failed.message == texts.UNPROVEN


def test_without_a_root_the_answer_is_believed_as_before(
    make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator, anna: Person, kept: list[bytes]
) -> None:
    """The signed data is stored all the same, so that anyone with the root can verify it later."""
    simulator.bankid.lie = "digest"
    assert isinstance(identified(make_bankid(signing=()), walk, simulator, anna).step, Identity)
    assert signed(kept).signature


def test_noted_lets_in_and_logs(
    log: io.StringIO, make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator, anna: Person
) -> None:
    """While a connection is being tried, an invalid signature is only logged."""
    simulator.bankid.lie = "nonce"
    way = identified(make_bankid(signature="noted"), walk, simulator, anna)
    assert way.identity.subject == anna.number
    assert json.loads(log.getvalue())["reason"] == "ocsp-nonce"


def test_mobile_bankid_must_be_mobile(
    make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator, bo: Person, kept: list[bytes]
) -> None:
    """The certificate names its kind, whatever the service claims."""
    identified(make_bankid(), walk, simulator, bo)
    file = signed(kept)
    mobile = replace(file, asked=replace(file.asked, policies=["1.2.752.78.1.5"]))
    with pytest.raises(Refused, match="policy"):
        judge(mobile, load_roots([simulator.files.persons / "root.pem"]))


def test_a_signature_of_another_order_is_none_of_this(
    bankid: BankIdProvider, walk: Any, simulator: Simulator, anna: Person, kept: list[bytes], roots: Any
) -> None:
    """Of two orders with the same texts by the same person, neither's signature is accepted for the other."""
    identified(bankid, walk, simulator, anna)
    identified(bankid, walk, simulator, anna)
    one, two = (msgspec.json.decode(raw, type=Evidence) for raw in kept)
    with pytest.raises(Refused, match="signed-about-another-order"):
        judge(replace(one, signature=two.signature, ocsp=two.ocsp), roots)
    with pytest.raises(Refused, match="ocsp-nonce"):
        judge(replace(one, ocsp=two.ocsp), roots)


def test_each_altered_part_of_the_evidence_is_found(evidence: Evidence, roots: Any) -> None:
    """One character of the XML changed at each of 300 places, and each field of the request."""
    raw = base64.b64decode(evidence.signature)
    ignored = raw.index(b"<Signature")  # the declaration is no part of what is signed
    for place in range(ignored, len(raw), max(1, (len(raw) - ignored) // 300)):
        other = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(Refused):
            judge(resigned(evidence, other), roots)
    asked = evidence.asked
    for false in (
        replace(asked, visible="QUJD"),
        replace(asked, hidden=""),
        replace(asked, policies=[]),
        replace(asked, began=asked.began - 3600, ended=asked.ended - 3600),
        replace(asked, began=asked.began + 3600, ended=asked.ended + 3600),
        replace(asked, service=(stranger().root.certificate.public_bytes(Encoding.PEM)).decode()),
    ):
        with pytest.raises(Refused):
            judge(replace(evidence, asked=false), roots)
    with pytest.raises(Refused, match="signed-by-another-person"):
        judge(replace(evidence, personnummer="198108222384"), roots)


def test_each_altered_byte_of_the_response_is_found(evidence: Evidence, roots: Any) -> None:
    """In the OCSP response, including its responder's certificate: refused without a traceback."""
    raw = base64.b64decode(evidence.ocsp)
    for place in range(0, len(raw), 7):
        other = base64.b64encode(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]).decode()
        with pytest.raises(Refused):
            judge(replace(evidence, ocsp=other), roots)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_keys_of_elliptic_curves_are_taken(curve: Any) -> None:
    """XML Signature encodes their signatures as two numbers (RFC 9231); other lengths are refused."""
    key = ec.generate_private_key(curve)
    size, more = curve.key_size // 8, "http://www.w3.org/2001/04/xmldsig-more#"
    numbers = decode_dss_signature(key.sign(b"signed", ec.ECDSA(hashes.SHA256())))
    value = b"".join(number.to_bytes(size) for number in numbers)
    _check_value(key.public_key(), f"{more}ecdsa-sha256", value, b"signed")
    for wrong, algorithm in ((value[:-1], "ecdsa-sha256"), (value, "ecdsa-sha384"), (value, "rsa-sha256")):
        with pytest.raises(Refused):
            _check_value(key.public_key(), more + algorithm, wrong, b"signed")


def test_a_nonce_is_read_in_both_encodings() -> None:
    """Bare, as older responders encode it, or in an OCTET STRING; with another length it is ignored."""
    oid, nonce = bytes.fromhex("06092b0601050507300102"), bytes(range(32))
    assert _nonces(b"x" + oid + b"\x04\x20" + nonce + b"y") == [nonce]
    assert _nonces(b"x" + oid + b"\x04\x22\x04\x20" + nonce + b"y") == [nonce]
    assert _nonces(b"x" + oid + b"\x04\x10" + nonce) == [b""]
    assert _nonces(b"") == []


OTHER_FORMS: list[tuple[bytes, bytes, str]] = [
    (b'xml-c14n-20010315"></Can', b'xml-c14n-20010315#WithComments"></Can', "signature-algorithm"),
    (b"xmldsig-more#rsa-sha256", b"xmldsig#rsa-sha1", "signature-algorithm"),
    (b"xmldsig-more#rsa-sha256", b"xmldsig-more#ecdsa-sha256", "signature-algorithm"),
    (b"xmldsig-more#rsa-sha256", b"xmldsig-more#hmac-sha256", "signature-algorithm"),
    (b"xmlenc#sha256", b"xmldsig#sha1", "signature-algorithm"),
    (b'URI="#bidKeyInfo"', b'URI="#bidSignedData"', "signature-reference"),
    (b'URI="#bidKeyInfo"', b'URI=""', "signature-reference"),
    (b'Id="bidKeyInfo"', b'id="bidKeyInfo" Id="x"', "signature-reference"),
    (b"<X509Data>", b'<X509Data xml:base="x">', "signature-reference"),
    (b"<Object>", b"<!--x--><Object>", "xml-remarks"),
    (b"</X509Data>", b"</X509Data><KeyName>x</KeyName>", "signature-form"),
    (b"<X509Certificate>", b"<X509Certificate><x></x>", "signature-form"),
    (b"<X509Data><X509Certificate>", b"<X509Data><X509Certificate>MII=</X509Certificate><X509Certificate>", "ce"),
    (b"</Object>", b"</Object><Object></Object>", "signature-form"),
    (b"</SignedInfo>", b"</SignedInfo><SignedInfo></SignedInfo>", "signature-form"),
    (b'www.bankid.com/signature/v1.0.0/types" Id', b'example.org" Id', "signature-form"),
    (b"<SignatureValue>", b"<SignatureValue>*", "signature-base64"),
]


def test_another_form_is_refused(evidence: Evidence) -> None:
    """Only one form is accepted; a document in any other form is not even hashed."""
    raw = base64.b64decode(evidence.signature)
    for old, new, reason in OTHER_FORMS:
        assert old in raw, old
        with pytest.raises(Refused, match=reason):
            read(base64.b64encode(raw.replace(old, new, 1)).decode())


def test_what_is_too_large_or_no_xml_is_refused() -> None:
    """Also invalid base64, and an endless list of certificates."""
    for odd in ("", "*", base64.b64encode(b"<a/>").decode(), base64.b64encode(b"<a>" * 90_000).decode()):
        with pytest.raises(Refused):
            read(odd)


def test_issuers_that_came_along_are_not_trusted(evidence: Evidence, files: Certificates) -> None:
    """A root in the document is not trusted; nor is the bank's own certificate without the root above it."""
    with pytest.raises(Refused, match="certificate-of-another-authority"):
        judge(evidence, [stranger().root.certificate])
    bank = authority(files.persons)
    forged = changed(bank, bank=bank.person(BY_KEY["eva"], datetime.now(UTC)))  # a person is no issuer
    text, at = Text("", "", ""), datetime.now(UTC)
    signature, ocsp = bankid_signing.end(forged, BY_KEY["eva"], text, at)
    asked = OrderContent(began=at.timestamp(), ended=at.timestamp(), visible="", hidden="", policies=[], service="")
    false = Evidence(order="", asked=asked, personnummer=BY_KEY["eva"].number, signature=signature, ocsp=ocsp)
    with pytest.raises(Refused, match="certificate-of-another-authority"):
        judge(false, load_roots([files.persons / "root.pem"]))


def test_the_service_is_compared_by_its_name(files: Certificates) -> None:
    """As BankID writes it: in any letter case, with escaped commas; no attribute may be missing."""
    own = x509.load_pem_x509_certificate(files.client.read_bytes())
    check_service(service_name(own), own)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Testbank A, AB (publ)"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, "5566304928"),
            x509.NameAttribute(NameOID.COMMON_NAME, "FP Testcert 5"),
        ]
    )

    class Certificate:
        subject = name

    ours: Any = Certificate()
    for good in (
        r"cn=FP Testcert 5,name=Test av BankID,serialNumber=5566304928,o=Testbank A\, AB (publ),c=SE",
        r"CN=FP Testcert 5,SERIALNUMBER=5566304928, O=Testbank A\, AB (publ)",
    ):
        check_service(good, ours)
    for bad in (
        "",
        r"cn=FP Testcert 5,o=Testbank A\, AB (publ)",
        r"cn=FP Testcert 5,serialNumber=5566304928,serialNumber=1,o=Testbank A\, AB (publ)",
        r"cn=FP Testcert 5,serialNumber=5560000000,o=Testbank A\, AB (publ)",
        "cn=FP Testcert 5,serialNumber=5566304928,o=Testbank A",
    ):
        with pytest.raises(Refused, match="service-of-another"):
            check_service(bad, ours)


def test_a_root_that_is_none_stops_the_start(tmp_path: Path) -> None:
    """The line says which file."""
    with pytest.raises(Misconfigured, match="signing"):
        load_roots([tmp_path / "none.pem"])
    (tmp_path / "odd.pem").write_text("x")
    with pytest.raises(Misconfigured, match="signing"):
        load_roots([tmp_path / "odd.pem"])


def test_a_trust_without_roots_judges_nothing() -> None:
    """It is what a connection without `signing` has."""
    asked = OrderContent(began=0, ended=0, visible="", hidden="", policies=[], service="")
    empty = Evidence(order="", asked=asked, personnummer="", signature="", ocsp="")
    assert Trust().believe(empty, structlog.get_logger())[0] is None


@pytest.mark.peer("eid", "OpenSSL")
@pytest.mark.peer("eid", "libxmlsec1")
def test_others_agree(evidence: Evidence, files: Certificates, tmp_path: Path, program: Callable[..., str]) -> None:
    """libxmlsec1 takes the simulator's document, and not one that was changed; OpenSSL takes its OCSP response."""
    raw = base64.b64decode(evidence.signature)
    xmlsec1, openssl = program("xmlsec1"), program("openssl")

    def run(document: bytes) -> int:
        (tmp_path / "s.xml").write_bytes(document)
        ids = ["--id-attr:Id", "bankIdSignedData", "--id-attr:Id", "KeyInfo"]
        root = ["--trusted-pem", str(files.persons / "root.pem")]
        command = [xmlsec1, "--verify", *ids, *root, str(tmp_path / "s.xml")]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert run(raw) == 0
    assert run(raw.replace(b"<utb>cs1", b"<utb>cs2")) != 0
    (tmp_path / "o.der").write_bytes(base64.b64decode(evidence.ocsp))
    others = tmp_path / "others.pem"
    others.write_bytes((files.persons / "bank.pem").read_bytes() + (files.persons / "over.pem").read_bytes())
    chain = ["-CAfile", str(files.persons / "root.pem"), "-verify_other", str(others)]
    shown = subprocess.run(
        [openssl, "ocsp", "-respin", str(tmp_path / "o.der"), "-resp_text", *chain, "-issuer",
         str(files.persons / "bank.pem"), "-serial", _serial(evidence), "-no_nonce"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert re.search(r"Response verify OK", shown.stderr + shown.stdout), shown.stderr
    assert "Cert Status: good" in shown.stdout


def _serial(evidence: Evidence) -> str:
    return hex(read(evidence.signature).chain[0].serial_number)


def test_a_person_of_the_simulator_lives_for_a_year(files: Certificates) -> None:
    """Issued a month before the moment, so that no clock of a test comes before it."""
    made = authority(files.persons).person(BY_KEY["eva"], datetime(2030, 1, 1, tzinfo=UTC)).certificate
    assert made.not_valid_before_utc < datetime(2030, 1, 1, tzinfo=UTC) < made.not_valid_after_utc
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(days=365)
