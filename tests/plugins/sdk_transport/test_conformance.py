"""Digg's own schemas and Schematron, run by lxml and Saxon, beside ours: the verdicts must agree.

The official files are read where the reference folder lies; they are no part of this project.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pybase64
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.plugins.sdk_transport.fixtures.mutations import mutations
from tests.plugins.sdk_transport.fixtures.schematron import Unreadable, compile_schematron, rules_by

import budkavle_schemas
from budkavle_sdk_transport.envelope.rules import envelope_rules
from budkavle_sdk_transport.envelope.xhe import Envelope, build_envelope
from budkavle_sdk_transport.formats.findings import Finding
from budkavle_sdk_transport.formats.identifiers import NS_MESSAGE, NS_UBL, NS_XHE
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.message.rules import message_rules
from budkavle_sdk_transport.message.sdk_message import SdkMessage, build_message
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt
from budkavle_sdk_transport.receipts.rules import receipt_rules

STRICTER = {
    "SDK-CS-Base64": "B1.3.3, 4.3.3.3 asks for RFC 4648; the Schematron looks at the first character only",
    "SDK-CS-Content": "B1.3.3, 4.3.3.1 says that the Schematron asks for a text or a file; it does not",
    "SDK-CS-Organisation": "B1.3.3, 4.3.2.1: '0203:' and a domain; the Schematron's pattern for it is never used",
    "SDK-CS-Reference": "B1.3.3, 4.3.2.3: a reference has at most 256 characters; not in the Schematron",
    "XHE-R11": "the Schematron's R11 looks at FromParty once more instead of at ToParty",
    "XHE-CS-Criteria": "C3.2.2, 2.2: five criteria, each once; the Schematron asks only that they exist",
    "XHE-CS-UUID": "C3.2.2, 2.2: the id is in UUID format; not in the Schematron",
    "XHE-CS-TimeZone": "C3.2.2, 2.2: the time has a zone; not in the Schematron",
    "XHE-CS-ContentType": "C3.2.2, 2.2 and B1.3.3, 3.2: application/xml; not in the Schematron",
    "XHE-CS-DocumentType": "C3.2.2, 2.2 and B1.3.3, 3.2: the payload's root element; not in the Schematron",
    "XHE-CS-Attribute": "C3.2.2, 2.4: no empty attributes; the Schematron looks at elements only",
    "AppRes-CS-TimeZone": "C3.2.4, 3.1 c: the time has a zone; not in the Schematron",
    "AppRes-CS-Scheme": "C3.2.4, 3.1 d and e: iso6523-actorid-upis; the Schematron takes any scheme",
}
"""Where our rules refuse what Digg's files let through, and why."""
LAXER = {
    "XSD": "C3.2.2, 3.5.1: signatures carry X.509 only; what stands inside XAdES, PGPData, SPKIData, DSAKeyValue and "
    "Manifest elements is not described by our schema, and no signature is trusted by it",
}
"""Where Digg's files refuse what ours let through, and why; no mutation goes there. There is nothing else."""
TYPES = {
    "messageHeader": "{urn:riv:infrastructure:messaging:MessageWithAttachments:3}MessageHeaderType",
    "Header": "{http://docs.oasis-open.org/bdxr/ns/XHE/1/AggregateComponents}HeaderType",
    "SenderParty": "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}PartyType",
}
"""Elements and the names of their types in Digg's schemas. Ours have other names, which no profile mentions: a document
that writes one out (`xsi:type`), although it is the type that the element has anyway, is refused by ours only."""


@dataclass(frozen=True)
class Kind:
    """One document type: Digg's judges and ours."""

    name: str
    official_schema: etree.XMLSchema
    official_rules: Callable[[bytes], set[str]]
    rules: Callable[[etree._Element], Iterator[Finding]]
    rules_need_schema: bool
    """Digg's rules for receipts name what UBL has and the reduced schema bars: ours leave that to the schema."""

    broken: set[str] = field(default_factory=set)
    """Digg's rules that documents judged so far have broken."""

    def disagreements(self, data: bytes) -> list[str]:
        root = parse(data)
        valid = self.official_schema.validate(root)
        if budkavle_schemas.load(self.name).validate(root) != valid:
            return [f"XSD: Digg says {valid}: {self.official_schema.error_log}"]
        if not valid and self.rules_need_schema:
            return []
        try:
            official = self.official_rules(data)
        except Unreadable:
            # Saxon stops at a boolean that is none; such a document must have failed by schema.
            return ["Saxon cannot judge a valid document"] if valid else []
        self.broken.update(official)
        ours = {finding.rule for finding in self.rules(root)} - STRICTER.keys()
        return [] if bool(official) == bool(ours) else [f"rules: Digg {official}, ours {ours}"]


@pytest.fixture(scope="module")
def spec(shared: Path) -> Path:
    folder = shared / "sdk-spec"
    if not folder.is_dir():
        pytest.skip("Digg's specification ../shared/sdk-spec is not here")
    return folder


@pytest.fixture(scope="module")
def saxon() -> Iterator[Callable[[dict[str, object]], Any]]:
    """Ask Saxon something: see `fixtures/saxon.py`, which says why it has a process of its own."""
    command = [sys.executable, str(Path(__file__).parent / "fixtures/saxon.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        questions, answers = process.stdin, process.stdout
        assert questions
        assert answers

        def ask(question: dict[str, object]) -> Any:
            print(json.dumps(question), file=questions, flush=True)
            return json.loads(answers.readline())

        yield ask
        questions.close()


@pytest.fixture(scope="module")
def kinds(spec: Path, saxon: Callable[[dict[str, object]], Any]) -> dict[str, Kind]:
    message, xhe, receipt = (
        etree.XMLSchema(file=str(spec / "schemas" / name))
        for name in (
            "message/infrastructure_messaging_MessageWithAttachments_3.0.xsd",
            "xhe/XHE-1.0.xsd",
            "receipt/Response-2.1.xsd",
        )
    )
    folder = spec / "schematron"
    message_xslt = compile_schematron((folder / "SDK-MessageConstraints.sch.xml").read_bytes())
    judges = [
        rules_by(saxon, message_xslt),
        rules_by(saxon, (folder / "DIGG-XHE-Business-Rules.xslt").read_text("utf-8")),
        rules_by(saxon, (folder / "DIGG-AppRes-Business-Rules.xslt").read_text("utf-8")),
    ]
    return {
        NS_MESSAGE: Kind("message", message, judges[0], message_rules, rules_need_schema=False),
        NS_XHE: Kind("xhe", xhe, judges[1], envelope_rules, rules_need_schema=False),
        NS_UBL: Kind("receipt", receipt, judges[2], receipt_rules, rules_need_schema=True),
    }


@pytest.fixture(scope="module")
def references(spec: Path) -> dict[str, bytes]:
    """Every message, envelope and receipt of Digg's examples and test data, also those inside SOAP bodies."""
    found: dict[str, bytes] = {}
    for file in sorted(chain((spec / "examples").glob("*.xml"), (spec / "testdata").glob("*.xml"))):
        data = file.read_bytes()
        try:
            root = etree.fromstring(data)
        except etree.XMLSyntaxError:
            continue
        if etree.QName(root).localname == "Envelope":
            inner = root.findtext(".//payload/value")
            data = pybase64.b64decode(inner.strip()) if inner else b""
        if data:
            found[file.name] = data
    return found


def assert_agreement(kind: Kind, documents: list[bytes]) -> set[str]:
    """Judge all documents twice; returns Digg's rules that at least one of them breaks."""
    wrong = [(found, data.decode()) for data in documents for found in kind.disagreements(data)]
    assert not wrong, f"{len(wrong)} of {len(documents)} disagree; the first: {wrong[0]}"
    return kind.broken


@pytest.mark.feature("SD2")
def test_digg_examples_and_test_data(kinds: dict[str, Kind], references: dict[str, bytes]) -> None:
    """All of Digg's examples and test data get the same verdict from Digg's files and from ours."""
    judged = 0
    for data in references.values():
        kind = kinds.get(str(etree.QName(parse(data)).namespace))
        if kind:
            assert_agreement(kind, [data])
            judged += 1
    assert judged >= 15


@pytest.mark.parametrize("name", TYPES)
def test_types_that_are_written_out(
    kinds: dict[str, Kind],
    full_message: SdkMessage,
    full_envelope: Envelope,
    rejecting_receipt: MessageReceipt,
    name: str,
) -> None:
    """The one difference between the schemas beside what XAdES and the like hold: a name of Digg's own."""
    message, receipt = build_message(full_message), build_receipt(rejecting_receipt)
    documents = {"messageHeader": message, "Header": build_envelope(full_envelope, message), "SenderParty": receipt}
    root = etree.fromstring(documents[name])
    kind = kinds[str(etree.QName(root).namespace)]
    element = next(root.iter(f"{{*}}{name}"))
    prefix = next(prefix for prefix, uri in element.nsmap.items() if uri == etree.QName(TYPES[name]).namespace)
    element.set("{http://www.w3.org/2001/XMLSchema-instance}type", f"{prefix}:{etree.QName(TYPES[name]).localname}")
    assert kind.official_schema.validate(root)
    assert not budkavle_schemas.load(kind.name).validate(root)


@pytest.mark.slow
@pytest.mark.feature("SD1")
def test_mutated_messages(
    kinds: dict[str, Kind], spec: Path, full_message: SdkMessage, references: dict[str, bytes]
) -> None:
    """Damaged SDK messages are judged alike, and between them break every rule."""
    full = build_message(full_message)
    documents = mutations(full, 1) + mutations(references["min.xml"], 2)
    documents += [full.replace(b"Kallelse<", b"x" * length + b"<") for length in (256, 257)]
    foreign = b'<x xmlns="http://www.w3.org/2000/09/xmldsig#"/></sdk:messageHeader>'
    documents.append(full.replace(b"</sdk:messageHeader>", foreign))
    assert len(documents) > 600
    source = (spec / "schematron" / "SDK-MessageConstraints.sch.xml").read_text("utf-8")
    patterns = set(re.findall(r'<iso:pattern id="([^"]*)"', source))
    assert assert_agreement(kinds[NS_MESSAGE], documents) == patterns


@pytest.mark.slow
@pytest.mark.feature("SD1")
def test_mutated_envelopes(
    kinds: dict[str, Kind], full_envelope: Envelope, full_message: SdkMessage, references: dict[str, bytes]
) -> None:
    """Damaged envelopes, unencrypted and sealed, are judged alike, and between them break every rule."""
    small = build_envelope(full_envelope, build_message(replace(full_message, attachments=())))
    sealed = references["XHE-tm-base-ext-sigenc.xml"]
    documents = mutations(small, 3) + mutations(sealed, 4) + with_unused_elements(small)
    documents += [
        sealed.replace(b"<InstanceEncryptionIndicator>true<", b"<InstanceEncryptionIndicator>%b<" % said)
        for said in (b"false", b"0", b" false ", b"1", b" 1")
    ]
    assert len(documents) > 600
    rules = {f"R{number}-XHE" for number in range(1, 15)}
    assert assert_agreement(kinds[NS_XHE], documents) == rules


def with_unused_elements(envelope: bytes) -> list[bytes]:
    """The envelope with each element that XHE knows and the profile does not use, in its place."""
    external = "<xha:{0}><xhb:ID>1</xhb:ID></xha:{0}>"
    before = {
        "<xha:Header>": ["ProfileID", "ProfileExecutionID"],
        "</xha:BusinessScope>": [external.format("ExternalReference")],
        "<xhb:DocumentTypeCode>": ["ID", "Description"],
        "<xhb:HandlingServiceID>": ["CustomizationID", "ProfileID", "ProfileExecutionID"],
        "<xhb:InstanceEncryptionIndicator>": ["ValidationTypeCode", "ValidationVersionID"],
        "<xha:PayloadContent>": [
            *("InstanceEncryptionMethod", "InstanceHashValue"),
            external.format("InstanceDecryptionInformationExternalReference"),
            external.format("InstanceDecryptionKeyExternalReference"),
            external.format("RelevantExternalReference"),
            external.format("PayloadExternalReference"),
        ],
    }
    return [
        envelope.replace(
            place.encode(), f"{text if text[0] == '<' else f'<xhb:{text}>1</xhb:{text}>'}{place}".encode(), 1
        )
        for place, additions in before.items()
        for text in additions
    ]


@pytest.mark.slow
@pytest.mark.feature("SD5")
def test_mutated_receipts(kinds: dict[str, Kind], rejecting_receipt: MessageReceipt) -> None:
    """Damaged receipts, rejecting and accepting, are judged alike, and between them break every rule."""
    rejecting = build_receipt(rejecting_receipt)
    documents = mutations(rejecting, 5)
    accepting = build_receipt(replace(rejecting_receipt, accepted=True, reasons=()))
    documents += [*mutations(accepting, 6), accepting.replace(b"ACCEPTED", b"REJECTED")]
    documents += [rejecting.replace(b"REJECTED", b"ACCEPTED"), rejecting.replace(b"REJECTED", b" ACCEPTED")]
    assert len(documents) > 300
    assert assert_agreement(kinds[NS_UBL], documents) == {f"R{number}-APP" for number in range(1, 10)}


@pytest.mark.feature("SD1", "SD5", "SD10", "SD11")
@settings(max_examples=30, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_all_that_we_build(kinds: dict[str, Kind], strategies: SimpleNamespace, data: st.DataObject) -> None:
    """Whatever we build is valid by Digg's schemas and rules."""
    built = {
        NS_MESSAGE: build_message(data.draw(strategies.message)),
        NS_XHE: build_envelope(data.draw(strategies.envelope), b'<a xmlns="urn:x">1</a>'),
        NS_UBL: build_receipt(data.draw(strategies.receipt)),
    }
    for namespace, document in built.items():
        assert kinds[namespace].official_schema.validate(etree.fromstring(document))
        assert kinds[namespace].official_rules(document) == set()
