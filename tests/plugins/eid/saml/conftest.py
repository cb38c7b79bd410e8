"""A SAML 2 identity provider in this process, made with lxml and libxmlsec1's binding, which can be told to lie.

It shares no code with pysaml2, so that a fault common to both sides would not stay hidden.
"""

import base64
import datetime as dt
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit
from uuid import uuid4

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from budkavle import Loa, Redirect
from budkavle_eid.saml.provider import SamlProvider
from budkavle_eid.settings import SamlSettings

BASE = "http://127.0.0.1:8420"
ACS = f"{BASE}/sign-in/back/idp"
ENTITY = f"{BASE}/plugin/eid/saml/idp/metadata"
IDP = "https://idp.example/saml"
DIGG = "http://id.elegnamnden.se/loa/1.0/"
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "attr": "urn:oasis:names:tc:SAML:metadata:attribute",
}
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
ATTRIBUTES = {
    "urn:oid:1.2.752.29.4.13": "199001012385",
    "urn:oid:2.16.840.1.113730.3.1.241": "Anna Test",
    "urn:oid:1.2.752.201.3.2": "transaction-1",
}
HINTS = {"language": "sv", "return_url": ACS}


@pytest.fixture(scope="session", autouse=True)
def _xmlsec1(program: Callable[..., str]) -> None:
    program("xmlsec1")


@dataclass(frozen=True)
class Pair:
    """A key and its certificate, in files."""

    key: Path
    certificate: Path
    private: rsa.RSAPrivateKey

    @property
    def base64(self) -> str:
        """The certificate's base64, without the PEM lines."""
        return "".join(line for line in self.certificate.read_text().splitlines() if "-----" not in line)


def make_pair(folder: Path, name: str) -> Pair:
    private = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .sign(private, hashes.SHA256())
    )
    key, cert = folder / f"{name}.key", folder / f"{name}.crt"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain))
    cert.write_bytes(certificate.public_bytes(pem))
    return Pair(key, cert, private)


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Pair]:
    """Create a key for each name, once."""
    folder, made = tmp_path_factory.mktemp("saml"), dict[str, Pair]()

    def pair(name: str) -> Pair:
        if name not in made:
            made[name] = make_pair(folder, name)
        return made[name]

    return pair


@dataclass
class Idp:
    """The provider's data and behaviour; every field may be a lie.

    Attributes:
        sign: What is signed: `response`, `assertion`.
        shift: Seconds by which its clock is wrong.
        ago: Seconds since the person identified; None leaves it out.
        logout: Its single logout endpoint.
        session: Its index of the person's session.
        session_ends: When that ends.
        change: Called with the response's element before it is signed or encrypted.
    """

    pair: Pair
    sp: Pair
    context: str = f"{DIGG}loa3"
    attributes: dict[str, str] = field(default_factory=lambda: dict(ATTRIBUTES))
    name_id: str = "anna-pseudonym"
    name_format: str = PERSISTENT
    issuer: str = IDP
    audience: str | None = ENTITY
    destination: str | None = ACS
    recipient: str = ACS
    in_response_to: str | None = None
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"
    inner_status: str = ""
    shift: int = 0
    ago: int | None = 0
    lifetime: int = 300
    encrypt: bool = True
    sign: tuple[str, ...] = ("response",)
    signer: Pair | None = None
    signature: Any = xmlsec.Transform.RSA_SHA256
    digest: Any = xmlsec.Transform.SHA256
    cipher: Any = xmlsec.Transform.AES256
    transport: Any = xmlsec.Transform.RSA_OAEP
    change: Callable[[etree._Element], None] | None = None
    logout: str = ""
    session: str = ""
    session_ends: dt.datetime | None = None
    declared: tuple[str, ...] = (f"{DIGG}loa2", f"{DIGG}loa3", f"{DIGG}loa4")
    seen: list[dict[str, Any]] = field(default_factory=list)

    def metadata(self, *, until: str = "", entities: bool = False) -> bytes:
        """Its metadata."""
        valid = f' validUntil="{until}"' if until else ""
        levels = "".join(f"<saml:AttributeValue>{one}</saml:AttributeValue>" for one in self.declared)
        declared = (
            '<md:Extensions><attr:EntityAttributes><saml:Attribute Name="urn:oasis:names:tc:SAML:attribute:'
            f'assurance-certification">{levels}</saml:Attribute></attr:EntityAttributes></md:Extensions>'
        )
        services = "".join(
            f'<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{binding}"'
            f' Location="https://idp.example/sso/{binding.lower()}"/>'
            for binding in ("Redirect", "POST")
        )
        if self.logout:
            services = (
                '<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
                f' Location="{self.logout}" ResponseLocation="{self.logout}/done"/>{services}'
            )
        spaces = " ".join(f'xmlns:{name}="{url}"' for name, url in NS.items())
        root = "" if entities else f' {spaces} ID="_metadata"{valid}'
        one = (
            f'<md:EntityDescriptor{root} entityID="{IDP}">{declared if self.declared else ""}'
            '<md:IDPSSODescriptor WantAuthnRequestsSigned="true"'
            ' protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            f'<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{self.pair.base64}'
            f"</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>{services}</md:IDPSSODescriptor>"
            "</md:EntityDescriptor>"
        )
        other = one.replace(IDP, "https://other.example/saml")
        whole = f'<md:EntitiesDescriptor {spaces} ID="_metadata"{valid}>{one}{other}</md:EntitiesDescriptor>'
        return (whole if entities else one).encode()

    def sign_in(self, redirect: Redirect) -> dict[str, str]:
        """Be the browser and the person at the provider; return what the browser posts to us."""
        request = self.read(redirect)
        response = self.response(self.in_response_to or request.get("ID", ""))
        return {"SAMLResponse": base64.b64encode(response).decode()}

    def read(self, redirect: Redirect) -> etree._Element:
        """Parse a request, and check its signature with our certificate."""
        public = self.sp.private.public_key()
        if redirect.form is not None:
            data = base64.b64decode(redirect.form["SAMLRequest"])
            root = etree.fromstring(data)
            _verify(root, self.sp)
            return root
        assert redirect.url.startswith("https://idp.example/sso/redirect?")
        query = urlsplit(redirect.url).query
        parts = parse_qs(query)
        assert parts["SigAlg"] == ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"]
        signed = query.rpartition("&Signature=")[0].encode()
        public.verify(base64.b64decode(parts["Signature"][0]), signed, padding.PKCS1v15(), hashes.SHA256())
        root = etree.fromstring(zlib.decompress(base64.b64decode(parts["SAMLRequest"][0]), -15))
        assert root.find("ds:Signature", NS) is None
        return root

    def query(
        self, name: str, message: str, *, relay: str = "", signer: Pair | None = None, algorithm: str = "rsa-sha256"
    ) -> str:
        """Return a signed query with a logout message."""
        deflated = zlib.compress(message.encode())[2:-4]
        words = {name: base64.b64encode(deflated).decode(), "RelayState": relay}
        words["SigAlg"] = f"http://www.w3.org/2001/04/xmldsig-more#{algorithm}"
        # Its own way of escaping, which is not ours: the signature covers the letters as they are.
        signed = "&".join(
            f"{word}={quote_plus(value).lower() if word == 'SigAlg' else quote_plus(value)}"
            for word, value in words.items()
            if value
        )
        weak = hashes.SHA1()  # noqa: S303 - it must be refused
        kind = {"rsa-sha256": hashes.SHA256(), "rsa-sha1": weak, "rsa-sha512": hashes.SHA512()}[algorithm]
        signature = (signer or self.pair).private.sign(signed.encode(), padding.PKCS1v15(), kind)
        return f"{signed}&Signature={quote_plus(base64.b64encode(signature).decode())}"

    def response(self, request_id: str) -> bytes:
        """Return a response with the chosen lies."""
        root = etree.fromstring(self._text(request_id))
        if self.change:
            self.change(root)
        assertion = root.find(".//saml:Assertion", NS)
        if "assertion" in self.sign and assertion is not None:
            self._sign(assertion)
        if self.encrypt and assertion is not None:
            self._encrypt(assertion)
        if "response" in self.sign:
            self._sign(root)
        return etree.tostring(root)

    def _text(self, request_id: str) -> bytes:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.shift)
        begins, ends = _instant(now), _instant(now + dt.timedelta(seconds=self.lifetime))
        destination = f' Destination="{self.destination}"' if self.destination else ""
        inner = f'<samlp:StatusCode Value="{self.inner_status}"/>' if self.inner_status else ""
        # The assertion stands where it will be encrypted, with its own namespaces: nothing is moved.
        holder = "<saml:EncryptedAssertion>" if self.encrypt else ""
        audience = (
            f"<saml:AudienceRestriction><saml:Audience>{self.audience}</saml:Audience></saml:AudienceRestriction>"
            if self.audience
            else ""
        )
        at = now - dt.timedelta(seconds=self.ago or 0)
        when = "" if self.ago is None else f' AuthnInstant="{_instant(at)}"'
        lasts = f' SessionIndex="{self.session}"' if self.session else ""
        lasts += f' SessionNotOnOrAfter="{_instant(self.session_ends)}"' if self.session_ends else ""
        values = "".join(
            f'<saml:Attribute Name="{name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">'
            f"<saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
            for name, value in self.attributes.items()
        )
        return (
            f'<samlp:Response xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_{uuid4().hex}" Version="2.0"'
            f' IssueInstant="{begins}" InResponseTo="{request_id}"{destination}>'
            f"<saml:Issuer>{self.issuer}</saml:Issuer>"
            f'<samlp:Status><samlp:StatusCode Value="{self.status}">{inner}</samlp:StatusCode></samlp:Status>'
            f'{holder}<saml:Assertion xmlns:saml="{NS["saml"]}" ID="_{uuid4().hex}" Version="2.0"'
            f' IssueInstant="{begins}">'
            f"<saml:Issuer>{self.issuer}</saml:Issuer>"
            f'<saml:Subject><saml:NameID Format="{self.name_format}">{self.name_id}</saml:NameID>'
            '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData InResponseTo="{request_id}" NotOnOrAfter="{ends}"'
            f' Recipient="{self.recipient}"/></saml:SubjectConfirmation></saml:Subject>'
            f'<saml:Conditions NotBefore="{begins}" NotOnOrAfter="{ends}">{audience}</saml:Conditions>'
            f"<saml:AuthnStatement{when}{lasts}><saml:AuthnContext><saml:AuthnContextClassRef>"
            f"{self.context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
            f"<saml:AttributeStatement>{values}</saml:AttributeStatement></saml:Assertion>"
            f"{'</saml:EncryptedAssertion>' if self.encrypt else ''}</samlp:Response>"
        ).encode()

    def _sign(self, element: etree._Element) -> None:
        sign(element, self.signer or self.pair, self.signature, self.digest)

    def _encrypt(self, assertion: etree._Element) -> None:
        holder = assertion.getparent()
        template = xmlsec.template.encrypted_data_create(
            holder, self.cipher, type=xmlsec.constants.TypeEncElement, ns="xenc"
        )
        xmlsec.template.encrypted_data_ensure_cipher_value(template)
        info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
        wrapped = xmlsec.template.add_encrypted_key(info, self.transport)
        xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
        manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_file(str(self.sp.certificate), xmlsec.constants.KeyDataFormatCertPem))
        context = xmlsec.EncryptionContext(manager)
        kind, size = (
            (xmlsec.constants.KeyDataDes, 192)
            if self.cipher == xmlsec.Transform.DES3
            else (xmlsec.constants.KeyDataAes, 256)
        )
        context.key = xmlsec.Key.generate(kind, size, xmlsec.constants.KeyDataTypeSession)
        context.encrypt_xml(template, assertion)


def sign(element: etree._Element, pair: Pair, signature: Any, digest: Any) -> None:
    """Sign an element, enveloped, after its issuer if it has one."""
    node = xmlsec.template.create(element, xmlsec.Transform.EXCL_C14N, signature, ns="ds")
    element.insert(1 if element.find("saml:Issuer", NS) is not None else 0, node)
    reference = xmlsec.template.add_reference(node, digest, uri=f"#{element.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(pair.key), xmlsec.constants.KeyDataFormatPem)
    context.sign(node)


def _verify(root: etree._Element, pair: Pair) -> None:
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(pair.certificate), xmlsec.constants.KeyDataFormatCertPem)
    node = root.find("ds:Signature", NS)
    assert node is not None
    method = node.find(".//ds:SignatureMethod", NS)
    assert method is not None
    assert method.get("Algorithm") == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    context.verify(node)


def _instant(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class OnceInMemory:
    """Remembers used values in this process."""

    used: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def first(self, what: str, until: dt.datetime) -> bool:
        """Tell whether this is the first use."""
        assert until > dt.datetime.now(dt.UTC) - dt.timedelta(minutes=3)
        with self.lock:
            fresh = what not in self.used
            self.used.add(what)
            return fresh

    def is_used(self, what: str) -> bool:
        """Tell whether it has been used."""
        return what in self.used


@pytest.fixture
def idp(pairs: Callable[[str], Pair]) -> Idp:
    """The provider."""
    return Idp(pairs("idp"), pairs("sp"))


@pytest.fixture
def connect(idp: Idp, tmp_path: Path) -> Callable[..., SamlProvider]:
    """Create our side, with other settings."""
    once = OnceInMemory()

    def make(**more: Any) -> SamlProvider:
        (tmp_path / "idp.xml").write_bytes(idp.metadata())
        values: dict[str, Any] = {
            "name": "idp",
            "label": "E-legitimation",
            "metadata": str(tmp_path / "idp.xml"),
            "key": idp.sp.key,
            "certificate": idp.sp.certificate,
        }
        return SamlProvider(SamlSettings(**{**values, **more}), lambda: BASE, tmp_path / "kept", once)

    return make


@pytest.fixture
def provider(connect: Callable[..., SamlProvider]) -> SamlProvider:
    """Our side, of Sweden Connect's profile."""
    return connect()


@pytest.fixture
def signing_in(idp: Idp) -> Callable[..., Any]:
    """Run the full flow; `change` may alter the XML on its way through the browser."""

    def go(provider: SamlProvider, change: Callable[[bytes], bytes] | None = None, wanted: Loa = Loa.ONE) -> Any:
        first = provider.start(wanted, HINTS)
        assert isinstance(first, Redirect), first
        answer: Mapping[str, str] = idp.sign_in(first)
        if change:
            data = change(base64.b64decode(answer["SAMLResponse"]))
            answer = {"SAMLResponse": base64.b64encode(data).decode()}
        return provider.advance(first.state, answer)

    return go
