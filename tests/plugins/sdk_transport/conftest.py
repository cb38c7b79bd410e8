"""Messages, envelopes and receipts for tests: one complete sample of each, and Hypothesis strategies."""

import importlib.util
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from budkavle_sdk_transport.envelope.xhe import Envelope
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT, FEDERATION_TEST
from budkavle_sdk_transport.message.sdk_message import (
    Attachment,
    Identifier,
    Party,
    Person,
    Reference,
    SdkMessage,
)
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt

FIXTURES = Path(__file__).parent / "fixtures"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
REASON = Finding(Cause.BV, Detail.INVARIANT, "/sdk:messagePayload", "The element is empty.", "SDK-Empty")


def _party(domain: str) -> Party:
    return Party(
        organisation=f"0203:{domain}",
        label="Håbo kommun",
        function=f"sdk:inkorg:0203:{domain}",
        function_label="Socialtjänsten",
        persons=(Person(Identifier("1.2.752.29.6.2.1", "SE2321000016-1"), "Karin"), Person(None, "Bo")),
        references=(Reference(Identifier("dnr", "2026/17"), "Vårt ärende"), Reference(Identifier("1.3.88", "7"))),
    )


def _full_message() -> SdkMessage:
    return SdkMessage(
        message_id="ff325210-0690-42fe-b86f-95ecab821223",
        conversation_id="a8480ada-6a1f-44a3-a960-9acaf4efcdcd",
        created_at=MOMENT,
        label="Kallelse",
        confidential=True,
        sender=_party("habo.se"),
        recipient=_party("kommun.se"),
        texts=("# Hej\n\n**Välkommen** <till> & från", "En text till"),
        attachments=(Attachment("a.pdf", "application/pdf", b"%PDF-1.7"), Attachment("b.pdf", "text/plain", b"b")),
        ref_to_message_id="3a94b4ed-a6d7-41e2-945d-b3fa91e8a6e9",
        generating_system=Identifier("product", "Budkavle"),
        document_name="Kallelse",
    )


def _ink(size: int) -> st.SearchStrategy[str]:
    """Texts that XML can contain and that are more than white space."""
    legal = st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\n\t\r"
    )
    return st.text(legal, min_size=1, max_size=size).filter(lambda text: bool(text.strip()))


def _strategies() -> SimpleNamespace:
    ids = st.uuids().map(str)
    milliseconds = st.integers(min_value=-(10**13), max_value=10**14)
    moments = milliseconds.map(lambda number: MOMENT + timedelta(milliseconds=number))
    label = st.none() | _ink(256)
    identifier = st.builds(Identifier, _ink(50), _ink(256))
    organisation = st.from_regex(r"0203:[a-z]{1,10}\.se", fullmatch=True)
    person = st.builds(Person, identifier, label) | st.builds(Person, st.none(), _ink(256))
    party = st.builds(
        Party,
        organisation,
        label,
        _ink(50),
        label,
        st.lists(person, max_size=2).map(tuple),
        st.lists(st.builds(Reference, identifier, label), max_size=2).map(tuple),
    )
    file = st.builds(Attachment, _ink(20), st.just("application/pdf"), st.binary(min_size=1, max_size=50))
    message = st.builds(
        SdkMessage,
        message_id=ids,
        conversation_id=ids,
        created_at=moments,
        label=label,
        confidential=st.booleans(),
        sender=party,
        recipient=party,
        texts=st.lists(_ink(100), min_size=1, max_size=2).map(tuple),
        attachments=st.lists(file, max_size=2).map(tuple),
        ref_to_message_id=st.none() | ids,
        generating_system=st.none() | identifier,
        document_name=label,
    )
    word = st.from_regex(r"[a-zåäö:&<>\"']{1,20}", fullmatch=True)
    envelope = st.builds(
        Envelope,
        id=ids,
        created_at=moments,
        sender=organisation,
        recipient=organisation,
        document=st.sampled_from([DOCUMENT_MESSAGE, DOCUMENT_RECEIPT]),
        handling_service_id=st.just("") | word,
        encrypted=st.just(False),
        federation=st.just(FEDERATION_TEST),
    )
    reason = st.builds(Finding, st.sampled_from(Cause), st.sampled_from(Detail), word, word, st.just("receipt"))
    receipt = st.builds(
        lambda reasons, **fields: MessageReceipt(accepted=not reasons, reasons=tuple(reasons), **fields),
        st.lists(reason, max_size=3),
        id=ids,
        issued_at=moments,
        sender=organisation,
        recipient=organisation,
        message_id=ids,
    )
    return SimpleNamespace(message=message, envelope=envelope, receipt=receipt)


@pytest.fixture(scope="session")
def strategies() -> SimpleNamespace:
    """Hypothesis strategies: `message`, `envelope`, `receipt`."""
    return _strategies()


@pytest.fixture(scope="session")
def full_message() -> SdkMessage:
    """A message that uses every part of the format."""
    return _full_message()


@pytest.fixture(scope="session")
def full_envelope(full_message: SdkMessage) -> Envelope:
    """The envelope of the full message, not encrypted."""
    return Envelope(
        id=full_message.message_id,
        created_at=full_message.created_at + timedelta(seconds=1),
        sender=full_message.sender.organisation,
        recipient=full_message.recipient.organisation,
        document=DOCUMENT_MESSAGE,
        handling_service_id=full_message.recipient.function,
        encrypted=False,
        federation=FEDERATION_TEST,
    )


@pytest.fixture(scope="session")
def rejecting_receipt(full_envelope: Envelope) -> MessageReceipt:
    """A receipt that rejects the full message for two reasons."""
    return MessageReceipt(
        id=str(uuid.UUID(int=7)),
        issued_at=MOMENT,
        sender=full_envelope.recipient,
        recipient=full_envelope.sender,
        message_id=full_envelope.id,
        accepted=False,
        reasons=(REASON, Finding(Cause.SIG, Detail.SECURITY, "NA", "The signature is wrong.", "receipt")),
    )


@pytest.fixture(scope="session")
def clamds() -> ModuleType:
    """The module of the simulated clamd."""
    return load("fake_clamd", FIXTURES.parents[1] / "clamav/fixtures")


@pytest.fixture
def fake_clamd(clamds: ModuleType) -> Iterator[Any]:
    """A simulated clamd."""
    with closing(clamds.FakeClamd()) as made:
        yield made


def load(name: str, folder: Path = FIXTURES) -> ModuleType:
    """Import a module of the folder `fixtures`: test folders are not packages."""
    spec = importlib.util.spec_from_file_location(f"sdk_transport_{name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


exchanges, members_, lookups_ = load("exchange"), load("members"), load("lookups")
federation, exchange = exchanges.federation, exchanges.exchange
example, santuario = exchanges.example, exchanges.santuario
live_federation, platform, sdk_settings = members_.live_federation, members_.platform, members_.sdk_settings
clamav = members_.clamav
daemon = load("clamd_daemon", FIXTURES.parents[1] / "clamav/fixtures").daemon
members, municipality, region = members_.members, members_.municipality, members_.region
parts, certpub, point, sdk_worker = members_.parts, members_.certpub, members_.point, members_.sdk_worker
peer, stranger, not_found = members_.peer, members_.stranger, members_.not_found
published_federation, spare, net = lookups_.published_federation, lookups_.spare, lookups_.net
lookups_with, lookups = lookups_.lookups_with, lookups_.lookups
