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
from budkavle.accounts import create_mailbox
from budkavle.accounts.mailboxes import add_members
from budkavle.accounts.organisations import create_organisation
from budkavle.accounts.users import create_user
from budkavle.cases import store_attachment
from budkavle.deliveries import Fact, note_fact
from budkavle.messaging import send
from budkavle.model.people import Actor, GuestActor, User, UserActor
from budkavle.testing import acting
from budkavle.testing.acting import in_work, system
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due
from budkavle_proof.export import export


@dataclass
class House:
    """One organisation; Ada is a member of the mailbox, Bo is not."""

    SECRET: ClassVar[str] = "Sekretessbelagd text om Kim"
    FILE: ClassVar[bytes] = b"%PDF-1.7 the attachment\n%%EOF\n"
    WORDS: ClassVar[bytes] = b"<Receipt>ACCEPTED</Receipt>"

    platform: Platform
    transport: FakeTransport
    ada: User
    bo: User
    mailbox_id: UUID

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("proof")
        return host

    def actor(self, user: User) -> Actor:
        return UserActor(user.organisation_id, user.id, user.name, loa=Loa.TWO)

    def send(self, **more: Any) -> Message:
        """Send a message with a file, and let the worker carry it."""
        ada = self.actor(self.ada)
        file = store_attachment(self.platform, ada, "bilaga.pdf", "application/pdf", iter([self.FILE]))
        draft = Draft((Address("fake", "them"),), "Orosanmälan", self.SECRET, attachments=(file.id,), **more)
        message = in_work(self.platform, ada, send, self.mailbox_id, draft)
        deliver_due(self.platform)
        return message

    def delivery_id(self) -> UUID:
        (delivery_id,) = self.transport.carried
        return delivery_id

    def answer(self, state: DeliveryState, words: bytes = WORDS) -> None:
        """Let the recipient's receipt come."""
        delivery_id = self.delivery_id()
        at = datetime.now(UTC)
        acting.receipt(self.platform, Receipt(self.ada.organisation_id, "fake", str(delivery_id), state, at, words))

    def open(self) -> None:
        """Let the recipient open it."""
        in_work(
            self.platform,
            system(self.ada.organisation_id),
            note_fact,
            self.delivery_id(),
            Fact.OPENED,
            by=GuestActor(self.ada.organisation_id, loa=Loa.THREE, method="BankID"),
        )

    def proof(self, message: Message) -> bytes:
        return export(self.host, self.actor(self.ada), message.id)


@pytest.fixture
def house(budkavle_open: Callable[..., Platform]) -> House:
    transport = FakeTransport()
    book = FakeDirectory(entries=[Entry(Address("fake", "them", "Socialtjänsten", "Kisa kommun"))])
    fake = plugin_module("fake", transports=lambda host: [transport], directories=lambda host: [book])
    platform = budkavle_open(enabled=("proof", "fake"), offers=offer(fake=fake))
    made = create_organisation(platform, system_actor(), "Håbo kommun")
    chief = system_actor(made.id)
    ada, bo = (
        in_work(platform, chief, create_user, email=f"{name.lower()}@habo.example", name=name) for name in ("Ada", "Bo")
    )
    box = in_work(platform, chief, create_mailbox, "Registrator")
    in_work(platform, chief, add_members, box.id, [ada.id])
    return House(platform, transport, ada, bo, box.id)


@pytest.fixture(scope="session")
def odd() -> Iterator[ModuleType]:
    """What writes signed documents of every oddness."""
    spec = importlib.util.spec_from_file_location("odd_documents", Path(__file__).with_name("odd_documents.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["odd_documents"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["odd_documents"]
