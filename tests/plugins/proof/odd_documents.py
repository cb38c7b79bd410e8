"""Signed documents of every oddness: made at random, signed by libxmlsec1, and changed or not afterwards."""

import base64
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import xmlsec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
RSA_SHA256, SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"
FORMS = (
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2006/12/xml-c14n11",
)
URIS = ("urn:a", "urn:b", "http://example.org/a", "https://example.org/x?y=1#z", DS)
TEXTS = (
    "",
    " ",
    "\n  ",
    "Håbo kommun",
    "åäö ÅÄÖ",
    "a &amp; b",
    "&lt;x&gt;",
    "&#13;",
    "&#9;\t",
    "\r\n",
    "]] >",
    "𝄞",
    "&#xE5;",
    "é",
)
TEXTS += ("<![CDATA[<a> & ]] å]]>", "<![CDATA[]]>", "<!-- å -->", "<!--x-->mitt<!---->", "\"'", "a>b")
VALUES = ("", "x", "å&#10;ö", "a\tb\nc", "&quot;&lt;&amp;>", "&#13;&#xA;", "  två  ord ", "'")
ODD = (
    'xmlns:p=""',
    'xmlns:r="relativ"',
    'xmlns:xml="urn:x"',
    'xml:base="a/b"',
    'xml:id="i"',
    'Id="d"',
    'xml:space="preserve"',
)


@dataclass(frozen=True)
class Signer:
    """A key with its certificate."""

    key: xmlsec.Key
    certificate: x509.Certificate


@lru_cache(maxsize=2)
def signer(name: str) -> Signer:
    """Make a signer, once."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=9))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Signer(xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM), builder.sign(key, hashes.SHA256()))


class Documents:
    """Writes documents by a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret

    def signed(self, by: Signer, payload: str = "") -> bytes:
        """Return a document signed by libxmlsec1, as it was written and not as a tree writes it."""
        while True:
            raw = self._document(by, payload)
            values = sign(raw.encode(), by)
            if values is not None:
                return raw.replace("@DIGEST@", values[0]).replace("@VALUE@", values[1]).encode()

    def plain(self, by: Signer, payload: str) -> str:
        """Return a signed document without any oddness, in which namespaces have no prefixes."""
        info = f'<CanonicalizationMethod Algorithm="{FORMS[0]}"/><SignatureMethod Algorithm="{RSA_SHA256}"/>'
        steps = f'<Transforms><Transform Algorithm="{DS}enveloped-signature"/></Transforms>'
        digest = f'<DigestMethod Algorithm="{SHA256}"/><DigestValue>@DIGEST@</DigestValue>'
        keys = f"<KeyInfo><X509Data><X509Certificate>{_b64(by.certificate)}</X509Certificate></X509Data></KeyInfo>"
        raw = (
            f'<rot>{payload}<Signature xmlns="{DS}"><SignedInfo>{info}<Reference URI="">{steps}{digest}</Reference>'
            f"</SignedInfo><SignatureValue>@VALUE@</SignatureValue>{keys}</Signature></rot>"
        )
        values = sign(raw.encode(), by)
        assert values is not None
        return raw.replace("@DIGEST@", values[0]).replace("@VALUE@", values[1])

    def changed(self, document: bytes) -> bytes:
        """Return it with something changed, which may or may not be seen in its canonical form."""
        chosen = self._random.choice
        at = self._random.randrange(len(document))
        ways = (
            lambda: document[:at] + bytes([document[at] ^ chosen((1, 2, 0x20))]) + document[at + 1 :],
            lambda: document.replace(b"?>", b"?>\n<!-- ny -->", 1),
            lambda: document.replace(b">", b"><!--x-->", 1) if b"<?" not in document else document + b"\n",
            lambda: document.replace(b"a", b"b", 1),
            lambda: document.replace(b"/>", b" />", 1),
            lambda: document.replace(b"' ", b"'  ", 1),
            lambda: document + b"<!-- sist -->",
            lambda: document.replace(b"urn:a", b"urn:c"),
            lambda: document[:at] + document[at + 1 :],
            lambda: document.replace(b"\n", b"\r\n"),
            lambda: document.replace(b"<!--", b"<?x ", 1).replace(b"-->", b"?>", 1),
        )
        return chosen(ways)()

    def _document(self, by: Signer, payload: str) -> str:
        chosen, chance = self._random.choice, self._random.random
        signature = self._signature(by)
        inner = [self._element({}, 3) for _ in range(self._random.randrange(3))] + [payload]
        inner.insert(self._random.randrange(len(inner) + 1), signature)
        head = chosen(("", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'))
        head += chosen(("", "", "<!-- före -->\n"))
        if chance() < 0.02:
            head += "<!DOCTYPE x>" if chance() < 0.5 else "<?target x?>"
        space = chosen(TEXTS)
        return f"{head}<rot{self._attributes({})}>{space}{space.join(inner)}{chosen(TEXTS)}</rot>" + chosen(("", "\n"))

    def _signature(self, by: Signer) -> str:
        p = self._random.choice(("ds:", "", "sig:"))
        whole, info = self._random.choice(FORMS), self._random.choice(FORMS)
        second = f'<{p}Transform Algorithm="{whole}"/>' if whole != FORMS[0] or self._random.random() < 0.5 else ""
        space = self._random.choice(("", "\n", "  "))
        return space.join(
            (
                f'<{p}Signature xmlns{":" if p else ""}{p[:-1]}="{DS}"><{p}SignedInfo>',
                f'<{p}CanonicalizationMethod Algorithm="{info}"/>',
                f'<{p}SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>',
                f'<{p}Reference URI=""><{p}Transforms><{p}Transform Algorithm="{DS}enveloped-signature"/>{second}',
                f'</{p}Transforms><{p}DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></{p}DigestMethod>',
                f"<{p}DigestValue>@DIGEST@</{p}DigestValue></{p}Reference></{p}SignedInfo>",
                f"<{p}SignatureValue>@VALUE@</{p}SignatureValue><{p}KeyInfo><{p}X509Data><{p}X509Certificate>",
                f"{_b64(by.certificate)}</{p}X509Certificate></{p}X509Data></{p}KeyInfo></{p}Signature>",
            )
        )

    def _element(self, scope: dict[str, str], depth: int) -> str:
        chosen = self._random.choice
        own = dict(scope)
        attributes = self._attributes(own)
        prefix = chosen(["", *(f"{one}:" for one in own)])
        if self._random.random() < 0.005:
            prefix = "okänd:"
        name = prefix + chosen(("a", "b", "c-1", "d.x", "ärende", "_e"))
        if self._random.random() < 0.2:
            return f"<{name}{attributes}/>"
        inside = [self._element(own, depth - 1) for _ in range(self._random.randrange(4))] if depth else []
        text = chosen(TEXTS) + chosen(TEXTS).join(inside) + chosen(TEXTS)
        return f"<{name}{attributes}>{text}</{name}{chosen(('', ' '))}>"

    def _attributes(self, scope: dict[str, str]) -> str:
        """Return declarations and attributes in any order; `scope` learns what is declared."""
        chosen, chance = self._random.choice, self._random.random
        found = []
        for prefix in ("p", "q", "ds"):
            if chance() < 0.25:
                scope[prefix] = chosen(URIS)
                found.append(f'xmlns:{prefix}="{scope[prefix]}"')
        if chance() < 0.2:
            found.append(f'xmlns="{chosen(("", *URIS))}"')
        names = {chosen(["", *(f"{one}:" for one in scope)]) + chosen(("x", "y", "lång", "Z")) for _ in range(3)}
        found += [f"{name}={self._quoted(chosen(VALUES))}" for name in names if chance() < 0.5]
        if chance() < 0.2 and scope:
            found.append(f'xml:lang="{chosen(("sv", "en"))}"')
        if chance() < 0.02:
            found.append(chosen(ODD))
        self._random.shuffle(found)
        return "".join(chosen((" ", "\n ", "  ")) + one for one in found)

    def _quoted(self, value: str) -> str:
        return f"'{value}'" if "'" not in value and self._random.random() < 0.5 else f'"{value}"'


def sign(document: bytes, by: Signer) -> tuple[str, str] | None:
    """Let libxmlsec1 compute digest and signature; None where it cannot read the document."""
    try:
        root = parsed(document)
        context = xmlsec.SignatureContext()
        context.key = by.key
        node = _only(root)
        value, digest = node.find(f"{{{DS}}}SignatureValue"), node.find(f".//{{{DS}}}DigestValue")
        value.text = digest.text = None
        context.sign(node)
    except (etree.XMLSyntaxError, xmlsec.Error):
        return None
    return "".join(digest.text.split()), "".join(value.text.split())


def holds(document: bytes) -> bool:
    """Let libxmlsec1 judge, with the key of the certificate in the document."""
    try:
        node = _only(parsed(document))
        stated = node.findtext(f".//{{{DS}}}X509Certificate") or ""
        found = x509.load_der_x509_certificate(base64.b64decode("".join(stated.split()), validate=True))
        pem = found.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM)
        context.verify(node)
    except (etree.XMLSyntaxError, xmlsec.Error, ValueError, UnsupportedAlgorithm):
        return False
    return True


def parsed(document: bytes) -> etree._Element:
    """Parse as everybody does who is careful."""
    return etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _only(root: etree._Element) -> etree._Element:
    found = list(root.iter(f"{{{DS}}}Signature"))
    if len(found) != 1:
        raise ValueError("not one signature")
    return found[0]


def _b64(certificate: x509.Certificate) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode().splitlines()[1:-1])
