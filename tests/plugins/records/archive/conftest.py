"""A case for the package writer, and the public validator."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.plugins.records.archive.eark import Judge

from budkavle import Entry, Platform, Role
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import PEER
from budkavle.testing.plugins import offer, plugin_module
from budkavle_records.archive.package.content import (
    Appraisal,
    ArchivedCase,
    ArchivedDelivery,
    ArchivedFile,
    ArchivedMessage,
    Delivering,
    Happening,
    Party,
)
from budkavle_records.archive.package.writer import Package, pieces

AT = datetime(2026, 11, 25, 7, 12, tzinfo=UTC)
PDF = b"%PDF-1.4 a decision"
BY = Delivering(
    organisation="Storköpings kommun",
    number="2120000000",
    version="1.0",
    archive="Kommunarkivet",
    agreement="SA-2026-17",
    reference_code="SE/K1",
    scheme="KLASSA 2.0",
    regulation="OSL 26 kap. 1 §",
)
PACKAGE = Package(UUID(int=7), AT + timedelta(days=3))


def make_file(name: str = "Anmälan.pdf", content: bytes = PDF) -> ArchivedFile:
    """Return a file of a message."""

    def read() -> Iterator[bytes]:
        yield content

    return ArchivedFile(name, "application/pdf", len(content), read)


def make_message(number: int, **changes: object) -> ArchivedMessage:
    """Return a received message, unless the changes say otherwise."""
    values: dict[str, object] = {
        "id": UUID(int=100 + number),
        "at": AT + timedelta(hours=number),
        "incoming": True,
        "channel": "sdk",
        "sender": Party("Barn och unga", "Region Exempel", "0203:region.se", "sdk"),
        "recipients": (Party("Orosanmälan", "Storköpings kommun"),),
        "subject": "Orosanmälan",
        "body": "Hej.\n\nHär kommer en anmälan.",
    }
    return ArchivedMessage(**{**values, **changes})  # type: ignore[arg-type]


def make_case(*messages: ArchivedMessage, **changes: object) -> ArchivedCase:
    """Return a closed case: by default one message with a file, an answer with a receipt, and a destroyed message."""
    answer = make_message(
        2,
        incoming=False,
        subject="Bekräftelse",
        body="Tack.",
        author="Anna Handläggare",
        deliveries=(ArchivedDelivery(Party("Barn och unga"), "ACKNOWLEDGED", (b"<kvittens/>",)),),
    )
    first = make_message(
        1,
        files=(make_file(),),
        confidential=True,
        loa=3,
        remote_id="urn:uuid:1",
        references=("diarienummer: R 2026-9",),
        persons=(Party("Kim Exempel", number="199001012384", number_type="personnummer"),),
    )
    gone = make_message(3, destroyed=True, subject="", body="")
    values: dict[str, object] = {
        "id": UUID(int=1),
        "number": "2026-0114",
        "mailbox": "Orosanmälan",
        "opened_at": AT,
        "closed_at": AT + timedelta(days=1),
        "messages": messages or (first, answer, gone),
        "title": "Orosanmälan",
        "responsible": "Anna Handläggare",
        "registration": ("SN 2026-0114",),
        "appraisal": Appraisal("Orosanmälan barn", "3.7.1", "SN 2025-05-20 § 63", preserved=True, due=AT),
        "happenings": (
            Happening(AT, "message receipt", "sdk", about=UUID(int=101)),
            Happening(AT + timedelta(days=1), "case log", "closed", who="Anna Handläggare"),
        ),
    }
    return ArchivedCase(**{**values, **changes})  # type: ignore[arg-type]


def packed(case: ArchivedCase, package: Package = PACKAGE, by: Delivering = BY) -> bytes:
    """Return a complete package."""
    return b"".join(pieces(package, case, by))


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation that sends by a transport in memory."""
    book = FakeDirectory(entries=[Entry(PEER)])
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()], directories=lambda host: [book])
    return budkavle_open(enabled=("records", "fake"), offers=offer(fake=fake))


@pytest.fixture
def second(organisation: SampleOrganisation) -> SampleUser:
    """Another administrator of the organisation."""
    return organisation.add_user("Sixten Sekreterare", Role.ADMIN)


@pytest.fixture(scope="session")
def judge(shared: Path) -> Judge:
    """The public validator, with the public schemas, rules and vocabularies."""
    return Judge(shared / "fgs")
