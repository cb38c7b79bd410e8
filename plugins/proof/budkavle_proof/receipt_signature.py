"""Verify the XML signature of a receipt with the Python standard library and `cryptography`: a strict subset.

Only the form of the SDK profile is verified (Kuverteringsprofil XHE 1.0, 3.5): one enveloped signature directly under
the root, over the whole document, RSA with SHA-256, inclusive or exclusive Canonical XML 1.0 without comments. Anything
else is `Unjudged` and never valid: documents with a DTD or processing instructions, xml: attributes that would be
inherited, names and namespaces that two readers could interpret differently, other algorithms, transforms with
parameters.

Sources: Canonical XML 1.0; Exclusive XML Canonicalization 1.0; XML Signature 1.1; Namespaces in XML 1.0.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

DS = "http://www.w3.org/2000/09/xmldsig#"
INCLUSIVE, EXCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE_11 = "http://www.w3.org/2006/12/xml-c14n11"
"""It differs only in `xml:` attributes that are handed down, and documents with those are not judged."""
RSA_SHA256, SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = f"{DS}enveloped-signature"
XML = "http://www.w3.org/XML/1998/namespace"
DEEPEST, MOST_CERTIFICATES, LEAST_RSA = 100, 8, 2048
_NAME = re.compile(r"(?:([^\W\d][\w.-]*):)?([^\W\d][\w.-]*)\Z")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?!$&'()*+,;=@-]+(#[A-Za-z0-9._~:/?!$&'()*+,;=@-]*)?\Z")


class Unjudged(Exception):
    """The document has a form that is not verified here. The sentence (Swedish, English) says why."""

    def __init__(self, swedish: str, english: str) -> None:
        super().__init__(english)
        self.said = (swedish, english)


class Forged(Unjudged):
    """The document, its signature or its certificate do not match."""


@dataclass
class Element:
    """An element: its name as written, its attributes, the namespaces in scope, and its content."""

    name: str
    attributes: list[tuple[str, str]]
    scope: Mapping[str, str]
    content: list["Element | str"] = field(default_factory=list)

    def named(self, name: str) -> tuple[str, str]:
        """Return the namespace and local name of a name in it. An attribute without prefix has no namespace."""
        prefix, _, local = name.rpartition(":")
        return (self.scope.get(prefix, "") if prefix or name == self.name else "", local)

    @property
    def tag(self) -> tuple[str, str]:
        """Its own namespace and local name."""
        return self.named(self.name)

    @property
    def children(self) -> list["Element"]:
        """Its child elements."""
        return [part for part in self.content if isinstance(part, Element)]

    @property
    def text(self) -> str:
        """The text directly in it."""
        return "".join(part for part in self.content if isinstance(part, str))

    def every(self) -> Iterator["Element"]:
        """Return it and all elements in it."""
        yield self
        for child in self.children:
            yield from child.every()

    def get(self, name: str) -> str | None:
        """Return the value of an attribute without prefix."""
        return dict(self.attributes).get(name)


def judge_signature(document: bytes) -> tuple[Element, x509.Certificate]:
    """Return what was signed, and the certificate whose key signed it. Its owner is not verified.

    Raises:
        Forged: The signature is not valid.
        Unjudged: It has a form that is not verified here.
    """
    root = parse_xml(document)
    signature = _only_signature(root)
    info, value, keys = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
    method, algorithm, reference = _children(info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    transforms, digest, stated = _children(reference, "Transforms", "DigestMethod", "DigestValue")
    steps = _children(transforms, *["Transform"] * (2 if len(transforms.children) > 1 else 1))
    _check_algorithms((algorithm, {RSA_SHA256}), (digest, {SHA256}), (steps[0], {ENVELOPED}), (method, _FORMS))
    _check_algorithms(*((step, _FORMS) for step in steps[1:]))
    if reference.get("URI") != "":
        raise Unjudged("underskriften gäller inte hela dokumentet", "the signature is not about the whole document")
    signed_info = canonical_xml(info, exclusive=method.get("Algorithm") == EXCLUSIVE)
    certificate = _signer(keys, _decoded(value), signed_info)
    whole = canonical_xml(root, exclusive=steps[-1].get("Algorithm") == EXCLUSIVE, without=signature)
    if hashlib.sha256(whole).digest() != _decoded(stated):
        raise Forged("den är ändrad efter underskriften", "it has been altered after it was signed")
    root.content.remove(signature)
    return root, certificate


_FORMS = {INCLUSIVE, INCLUSIVE_11, EXCLUSIVE}
_IGNORED_KEYS = {(DS, "KeyName"), (DS, "KeyValue")}


def parse_xml(document: bytes) -> Element:
    """Parse a document without DTD and processing instructions. Comments, which no signature here covers, are omitted.

    Raises:
        Unjudged: It is something else.
    """
    building = _Building()
    parser = expat.ParserCreate("UTF-8")
    parser.ordered_attributes = parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = building.start, building.end
    parser.CharacterDataHandler = building.text
    parser.XmlDeclHandler = building.declaration
    parser.StartDoctypeDeclHandler = _refusing("den har en DTD", "it has a DTD")
    parser.ProcessingInstructionHandler = _refusing("den har instruktioner", "it has processing instructions")
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise Unjudged("den är ingen läsbar XML i UTF-8", "it is no readable XML in UTF-8") from error
    return building.top


def _refusing(swedish: str, english: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise Unjudged(swedish, english)

    return refuse


class _Building:
    """Builds elements from the events of the parser."""

    top: Element

    def __init__(self) -> None:
        self.open: list[Element] = []

    def declaration(self, version: str, encoding: str | None, _: int) -> None:
        if version != "1.0" or (encoding or "UTF-8").upper() != "UTF-8":
            raise Unjudged("den är inte XML 1.0 i UTF-8", "it is not XML 1.0 in UTF-8")

    def start(self, name: str, listed: list[str]) -> None:
        if len(self.open) >= DEEPEST:
            raise Unjudged("den är för djup", "it is too deep")
        pairs = list(zip(listed[::2], listed[1::2], strict=True))
        declared = {key[6:]: uri for key, uri in pairs if key == "xmlns" or key.startswith("xmlns:")}
        scope = {**(self.open[-1].scope if self.open else {"xml": XML}), **declared}
        plain_attributes = [pair for pair in pairs if pair[0] != "xmlns" and not pair[0].startswith("xmlns:")]
        element = Element(name, plain_attributes, scope)
        _check_names(element, declared)
        if self.open:
            self.open[-1].content.append(element)
        else:
            self.top = element
        self.open.append(element)

    def end(self, _: str) -> None:
        self.open.pop()

    def text(self, text: str) -> None:
        if self.open:
            self.open[-1].content.append(text)


def _check_names(element: Element, declared: Mapping[str, str]) -> None:
    """Accept only names and namespaces that every reader interprets in the same way."""
    names = [element.name, *(name for name, _ in element.attributes)]
    matches = [_NAME.match(name) for name in names]
    prefixes = {match[1] for match in matches if match and match[1]}
    odd_declared = any(
        prefix in {"xml", "xmlns"} or (prefix and not (uri and _NAME.match(prefix))) for prefix, uri in declared.items()
    )
    if not all(matches) or odd_declared or not prefixes <= set(element.scope):
        raise Unjudged("den har ovanliga namn", "it has unusual names")
    if not all(_ABSOLUTE.match(uri) and uri not in _RESERVED for uri in declared.values() if uri):
        raise Unjudged("den har ovanliga namnrymder", "it has unusual namespaces")
    if len({element.named(name) for name in names[1:]}) != len(names) - 1:
        raise Unjudged("den har samma attribut två gånger", "it has the same attribute twice")


_RESERVED = {XML, "http://www.w3.org/2000/xmlns/"}


def canonical_xml(element: Element, *, exclusive: bool, without: Element | None = None) -> bytes:
    """Return the canonical form of an element with its content, except one element."""
    pieces: list[str] = []
    _write(pieces, element, {}, without, exclusive=exclusive)
    return "".join(pieces).encode()


def _write(
    pieces: list[str], element: Element, rendered: Mapping[str, str], without: Element | None, *, exclusive: bool
) -> None:
    names = (element.name, *(name for name, _ in element.attributes if ":" in name))
    prefixes = {name.rpartition(":")[0] for name in names} if exclusive else set(element.scope)
    new = {prefix: element.scope.get(prefix, "") for prefix in sorted(prefixes - {"xml"})}
    new = {prefix: uri for prefix, uri in new.items() if rendered.get(prefix, "") != uri}
    pieces.append(f"<{element.name}")
    pieces.extend(f' xmlns{":" if prefix else ""}{prefix}="{_escaped(uri)}"' for prefix, uri in new.items())
    ordered = sorted(element.attributes, key=lambda pair: element.named(pair[0]))
    pieces.extend(f' {name}="{_escaped(value)}"' for name, value in ordered)
    pieces.append(">")
    for part in element.content:
        if isinstance(part, str):
            pieces.append(part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;"))
        elif part is not without:
            _write(pieces, part, {**rendered, **new}, without, exclusive=exclusive)
    pieces.append(f"</{element.name}>")


def _escaped(value: str) -> str:
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return value.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


def _only_signature(root: Element) -> Element:
    """Return the only signature. Refuse anything that could make it cover something else than it seems to."""
    signatures = [element for element in root.every() if element.tag == (DS, "Signature")]
    if not signatures:
        raise Unjudged("den har ingen underskrift", "it has no signature")
    if len(signatures) > 1 or signatures[0] not in root.children:
        raise Unjudged("underskriften står på fel plats", "the signature stands in the wrong place")
    ids = [value for element in root.every() for name, value in element.attributes if name.lower() in {"id", "xml:id"}]
    if len(ids) != len(set(ids)):
        raise Unjudged("två delar har samma Id", "two parts bear the same Id")
    if any(name.startswith("xml:") for element in (root, signatures[0]) for name, _ in element.attributes):
        raise Unjudged("den ärver xml:-attribut", "it inherits xml: attributes")
    return signatures[0]


def _children(element: Element, *names: str) -> list[Element]:
    children = element.children
    if [child.tag for child in children] != [(DS, name) for name in names]:
        raise Unjudged("underskriften har en annan form", "the signature is of another form")
    return children


def _check_algorithms(*uses: tuple[Element, set[str]]) -> None:
    if any(element.get("Algorithm") not in allowed or element.children for element, allowed in uses):
        raise Unjudged("underskriften har andra algoritmer", "the signature has other algorithms")


def _signer(keys: Element, value: bytes, signed: bytes) -> x509.Certificate:
    """Return the first certificate in the document whose key made the signature."""
    named = [child for child in keys.children if child.tag not in _IGNORED_KEYS]
    if [child.tag for child in named] != [(DS, "X509Data")]:
        raise Unjudged("underskriften har en annan form", "the signature is of another form")
    (data,) = named
    certificates = [encoded for encoded in data.children if encoded.tag == (DS, "X509Certificate")][:MOST_CERTIFICATES]
    for encoded in certificates:
        try:
            certificate = x509.load_der_x509_certificate(_decoded(encoded))
            key = certificate.public_key()
        except (ValueError, UnsupportedAlgorithm):
            continue
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_RSA:
            continue
        try:
            key.verify(value, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            continue
        return certificate
    raise Forged("inget certifikat i den har gjort underskriften", "no certificate in it has made the signature")


def _decoded(element: Element) -> bytes:
    if element.children:
        raise Unjudged("underskriften har en annan form", "the signature is of another form")
    try:
        return base64.b64decode("".join(element.text.split()), validate=True)
    except ValueError as error:
        raise Unjudged("underskriften är inte läsbar", "the signature is not readable") from error


UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_PARTS, _LEAVES = f"{UBL}CommonAggregateComponents-2", f"{UBL}CommonBasicComponents-2"


def said_in(root: Element) -> tuple[str, str]:
    """Return the code of the only receipt in a signed document, and the delivery it is about. Empty if unclear."""
    receipts = [
        element for element in root.every() if element.tag == (f"{UBL}ApplicationResponse-2", "ApplicationResponse")
    ]
    answers = _inside(receipts, _PARTS, "DocumentResponse")
    codes = _inside(_inside(answers, _PARTS, "Response"), _LEAVES, "ResponseCode")
    about = _inside(_inside(answers, _PARTS, "DocumentReference"), _LEAVES, "ID")
    if not len(receipts) == len(answers) == len(codes) == len(about) == 1:
        return "", ""
    reasons = _inside(answers, _PARTS, "LineResponse")
    return ("REJECTED" if reasons else codes[0].text.strip(), about[0].text.strip())


def _inside(elements: list[Element], namespace: str, name: str) -> list[Element]:
    return [child for element in elements for child in element.children if child.tag == (namespace, name)]


def print_of(certificate: bytes) -> str:
    """Return the fingerprint of a certificate, PEM or DER."""
    load = x509.load_pem_x509_certificate if b"-----" in certificate else x509.load_der_x509_certificate
    return hashlib.sha256(load(certificate).public_bytes(Encoding.DER)).hexdigest()
