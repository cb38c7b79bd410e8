"""An installation where Ada sends by a transport in memory, and the proof of what she sent."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID

import pytest

from budkavle import Address, DeliveryState, Draft, Entry, Host, Loa, Message, Platform, Receipt
from budkavle.cases import store_attachment
from budkavle.deliveries import Fact, note_fact
from budkavle.messaging import send
from budkavle.model.people import GuestActor
from budkavle.testing import SampleOrganisation, SampleUser, acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due
from budkavle_proof.export import export


@dataclass
class Proofs:
    """The plugin in an organisation where Ada is a member of the mailbox and Bo is not, and what Ada sends."""

    SECRET: ClassVar[str] = "Sekretessbelagd text om Kim"
    FILE: ClassVar[bytes] = b"%PDF-1.7 the attachment\n%%EOF\n"
    WORDS: ClassVar[bytes] = b"<Receipt>ACCEPTED</Receipt>"

    organisation: SampleOrganisation
    transport: FakeTransport
    ada: SampleUser
    bo: SampleUser
    mailbox_id: UUID

    @property
    def platform(self) -> Platform:
        return self.organisation.platform

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("proof")
        return host

    def send(self, **more: Any) -> Message:
        """Send a message with a file, and let the worker deliver it."""
        file = store_attachment(self.platform, self.ada, "bilaga.pdf", "application/pdf", iter([self.FILE]))
        draft = Draft((Address("fake", "them"),), "Orosanmälan", self.SECRET, attachments=(file.id,), **more)
        message = in_work(self.platform, self.ada, send, self.mailbox_id, draft)
        deliver_due(self.platform)
        return message

    def delivery_id(self) -> UUID:
        (delivery_id,) = self.transport.carried
        return delivery_id

    def answer(self, state: DeliveryState, words: bytes = WORDS) -> None:
        """Store a receipt from the recipient."""
        delivery_id = self.delivery_id()
        at = datetime.now(UTC)
        acting.receipt(self.platform, Receipt(self.organisation.id, "fake", str(delivery_id), state, at, words))

    def open(self) -> None:
        """Open the message as the recipient."""
        in_work(
            self.platform,
            self.organisation.system,
            note_fact,
            self.delivery_id(),
            Fact.OPENED,
            by=GuestActor(self.organisation.id, loa=Loa.THREE, method="BankID"),
        )

    def proof(self, message: Message) -> bytes:
        return export(self.host, self.ada, message.id)


@pytest.fixture
def proofs(budkavle_open: Callable[..., Platform]) -> Proofs:
    transport = FakeTransport()
    book = FakeDirectory(entries=[Entry(Address("fake", "them", "Socialtjänsten", "Kisa kommun"))])
    fake = plugin_module("fake", transports=lambda host: [transport], directories=lambda host: [book])
    platform = budkavle_open(enabled=("proof", "fake"), offers=offer(fake=fake))
    organisation = SampleOrganisation.create(platform, "Håbo kommun")
    ada, bo = (organisation.add_user(name, email=f"{name.lower()}@habo.example").at(Loa.TWO) for name in ("Ada", "Bo"))
    return Proofs(organisation, transport, ada, bo, organisation.add_mailbox("Registrator", ada).id)


@pytest.fixture(scope="session")
def odd() -> Iterator[ModuleType]:
    """Writes signed documents with unusual content."""
    spec = importlib.util.spec_from_file_location("odd_documents", Path(__file__).with_name("odd_documents.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["odd_documents"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["odd_documents"]
