"""Two organisations in one installation, and a third in the federation that only the test speaks for."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any, Literal

import msgspec
import pytest
from cryptography import x509
from sqlalchemy import text

from budkavle import (
    Actor,
    Address,
    CaseFilter,
    CaseView,
    Draft,
    FunctionMailbox,
    Message,
    Platform,
    Role,
    Sent,
    add_members,
    create_mailbox,
    create_organisation,
    create_user,
    list_cases,
    list_sent,
    read_case,
    send,
    store_attachment,
)
from budkavle.testing.working import do_job, work
from budkavle_addressbook import links, participants
from budkavle_addressbook.national import local_copy
from budkavle_sdk_transport.access_points.interface import AccessPoint, AccessPointUnavailable, Parcel, Submitted
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.envelope.sealing import seal_message, seal_receipt
from budkavle_sdk_transport.envelope.xhe import Envelope
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, DOCUMENT_RECEIPT, FEDERATION_TEST
from budkavle_sdk_transport.incoming.receiving import SHARES
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.message.sdk_message import Attachment, Party, SdkMessage, build_message
from budkavle_sdk_transport.network import Network, network
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt
from budkavle_sdk_transport.receipts.reader import open_receipt
from budkavle_sdk_transport.simulator.address_book import Participant, serve
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation
from budkavle_sdk_transport.transport import SdkTransport

MUNICIPALITY, REGION, STRANGER = PARTICIPANTS
PDF = b"%PDF-1.7\n" + bytes(range(256)) + b"\n%%EOF\n"
SYSTEM = Actor(uuid.UUID(int=0), role=Role.PLATFORM)


@dataclass
class Side:
    """One organisation of the installation: a mailbox for each of its functions, and one person in all of them."""

    platform: Platform
    participant: Participant
    admin: Actor = field(init=False)
    person: Actor = field(init=False)
    boxes: list[FunctionMailbox] = field(default_factory=list)

    def furnish(self) -> None:
        made = create_organisation(self.platform, SYSTEM, self.participant.name)
        self.admin = Actor(made.id, name="Admin", role=Role.PLATFORM)
        domain = self.participant.participant.partition(":")[2]
        user = create_user(self.platform, self.admin, email=f"anna@{domain}", name=f"Anna på {domain}")
        self.person = Actor(user.organisation_id, user.id, user.name, user.role)
        book = self.platform.plugins.host("addressbook")
        participants.set_participant(book, self.admin, self.participant.participant)
        for function in self.participant.functions:
            box = create_mailbox(self.platform, self.admin, function.name)
            add_members(self.platform, self.admin, box.id, [user.id])
            links.link(book, self.admin, box.id, function.identifier)
            self.boxes.append(box)

    def address(self, number: int = 0) -> Address:
        function = self.participant.functions[number]
        return Address("sdk", function.identifier)

    def full_address(self, number: int = 0) -> Address:
        function = self.participant.functions[number]
        name, value = self.participant.name, self.participant.participant
        return Address("sdk", function.identifier, function.name, name, value)

    def send(self, *recipients: Address, box: int = 0, **more: Any) -> Message:
        values: dict[str, Any] = {"subject": "Orosanmälan", "body": "Hej! **Se** bilagan.", **more}
        return send(self.platform, self.person, self.boxes[box].id, Draft(recipients, **values))

    def attach(self, content: bytes = PDF, name: str = "kopia.pdf", kind: str = "application/pdf") -> uuid.UUID:
        return store_attachment(self.platform, self.person, name, kind, [content]).id

    def sent(self, box: int = 0) -> list[Sent]:
        return list(list_sent(self.platform, self.person, self.boxes[box].id).items)

    def cases(self, box: int = 0) -> list[CaseView]:
        """The cases of a mailbox that its members can read, opened."""
        page = list_cases(self.platform, self.person, self.boxes[box].id, CaseFilter())
        return [read_case(self.platform, self.person, case.id) for case in page.items]

    def messages(self, box: int = 0) -> list[Message]:
        return [one.message for case in self.cases(box) for one in case.thread]

    def rows(self, query: str, **facts: Any) -> list[Any]:
        with self.platform.database.transaction(self.admin.organisation_id) as connection:
            return list(connection.execute(text(query), facts))

    def states(self) -> list[str]:
        query = "SELECT state FROM deliveries WHERE purpose = 'message' ORDER BY created_at"
        return [row.state for row in self.rows(query)]

    def delivery(self) -> Any:
        """The only message on its way from here, as its row."""
        return self.rows("SELECT * FROM deliveries WHERE purpose = 'message'")[0]

    def timeline(self) -> list[str]:
        query = "SELECT state FROM delivery_events WHERE delivery_id = :id ORDER BY id"
        return [row.state for row in self.rows(query, id=self.delivery().id)]

    def events(self, kind: str) -> list[str]:
        """The event log's entries of a kind, as they stand there."""
        return [row.entry for row in self.rows("SELECT entry FROM audit_log WHERE kind = :kind", kind=kind)]

    def make_due(self) -> None:
        """Let time pass for what waits for another try."""
        self.rows("UPDATE deliveries SET due_at = now() - interval '1 second' RETURNING 1")


@dataclass
class Town:
    """The installation with its two organisations, and the federation around them."""

    platform: Platform
    network: Network
    federation: Federation
    a: Side
    b: Side

    def fetch(self) -> int:
        return sum(do_job(self.platform, f"sdk.fetch-{share}") for share in range(1, SHARES + 1))

    def carry(self) -> int:
        return work(self.platform)

    def settle(self) -> None:
        """Carry and fetch until nothing moves any more."""
        while self.carry() + self.fetch():
            pass

    # What the publisher of certificates says of the stranger.

    def publish(self, certificate: x509.Certificate) -> None:
        self.federation.publisher.publish(STRANGER.participant, encryption=certificate, signing=certificate)

    def withdraw(self) -> None:
        self.federation.publisher.withdraw(STRANGER.participant)
        self.certificates.forget()

    def break_certificates(self) -> None:
        """Let the publisher answer about everybody but the stranger."""

        def fetch(participant: str, document: str) -> bytes:
            if participant == STRANGER.participant:
                raise CertificatesUnavailable("Tjänsten svarar inte.")
            return self.federation.publisher.answer(participant, document)

        self.certificates.fetch = fetch
        self.certificates.forget()

    @property
    def certificates(self) -> CertPub:
        """What the installation asks for certificates with."""
        assert isinstance(self.network.certificates, CertPub)
        return self.network.certificates

    # What the stranger does, who takes part in the federation and is no organisation of the installation.

    def message(self, to_side: Side | None = None, **changes: Any) -> SdkMessage:
        """A message from the stranger to the region, or to another side."""
        message_id = str(uuid.uuid4())
        to = (to_side or self.b).full_address()
        message = SdkMessage(
            message_id=message_id,
            conversation_id=message_id,
            created_at=datetime.now(UTC),
            label="Begäran",
            confidential=False,
            sender=Party(STRANGER.participant, STRANGER.name, STRANGER.functions[0].identifier, "Ersättningsärenden"),
            recipient=Party(to.organisation_value, to.organisation, to.value, to.name),
            texts=("Hej!",),
            attachments=(Attachment("kopia.pdf", "application/pdf", PDF),),
        )
        return replace(message, **changes)

    def seal(self, message: SdkMessage, *, signer: KeyPair | None = None, **changes: Any) -> bytes:
        recipient = changes.get("recipient", message.recipient.organisation)
        envelope = Envelope(
            id=message.message_id,
            created_at=message.created_at,
            sender=STRANGER.participant,
            recipient=recipient,
            document=DOCUMENT_MESSAGE,
            handling_service_id=message.recipient.function,
            encrypted=True,
            federation=FEDERATION_TEST,
        )
        return seal_message(
            build_message(message),
            replace(envelope, **changes),
            signer=signer or self.federation.keys_of(STRANGER.participant),
            recipient_certificate=self.federation.keys_of(recipient).certificate,
        )

    def receipt(
        self, message_id: str, *reasons: Finding, sender: str = STRANGER.participant, signer: KeyPair | None = None
    ) -> bytes:
        """A receipt to the municipality, from the stranger unless another is said."""
        receipt = MessageReceipt(
            id=str(uuid.uuid4()),
            issued_at=datetime.now(UTC),
            sender=sender,
            recipient=MUNICIPALITY.participant,
            message_id=message_id,
            accepted=not reasons,
            reasons=reasons,
        )
        envelope = Envelope(
            id=receipt.id,
            created_at=receipt.issued_at,
            sender=sender,
            recipient=MUNICIPALITY.participant,
            document=DOCUMENT_RECEIPT,
            handling_service_id="",
            encrypted=False,
            federation=FEDERATION_TEST,
        )
        return seal_receipt(build_receipt(receipt), envelope, signer=signer or self.federation.keys_of(sender))

    def submit(
        self,
        payload: bytes,
        *,
        transport_id: str | None = None,
        document: str = DOCUMENT_MESSAGE,
        sender: str = STRANGER.participant,
        recipient: str = REGION.participant,
    ) -> str:
        """Hand a parcel to the access point, as the stranger's message system does; returns its transport id."""
        transport_id = transport_id or str(uuid.uuid4())
        self.network.access_point.submit(Parcel(transport_id, sender, recipient, document, "conversation", payload))
        return transport_id

    def answer(self, payload: bytes, **more: Any) -> str:
        """Hand a receipt to the municipality over."""
        return self.submit(payload, document=DOCUMENT_RECEIPT, recipient=MUNICIPALITY.participant, **more)

    def receipts_for_the_stranger(self) -> list[bytes]:
        point = self.network.access_point
        parcels = [point.parcel(one) for one in point.pending(STRANGER.participant)]
        return [one.payload for one in parcels if one.document == DOCUMENT_RECEIPT]

    def read_receipts(self) -> list[MessageReceipt]:
        """What the stranger's message system reads in them, after verifying each."""
        return [open_receipt(one, certificates=self.certificates)[1] for one in self.receipts_for_the_stranger()]


@pytest.fixture
def sdk_settings() -> dict[str, Any]:
    """What the plugin's settings have beside the simulator's folder; a module may have its own."""
    return {}


@pytest.fixture
def town(
    budkavle_open: Callable[..., Platform], federation_keys: Path, tmp_path: Path, sdk_settings: dict[str, Any]
) -> Iterator[Town]:
    folder = tmp_path / "federation"
    shutil.copytree(federation_keys, folder / "keys")
    federation = Federation.at(folder)
    with serve(federation.address_book) as url:
        plugins = {"addressbook": {"url": url}, "sdk": {"simulator_folder": str(folder), **sdk_settings}}
        platform = budkavle_open(enabled=("addressbook", "sdk"), plugins=plugins)
        local_copy.refresh(platform.plugins.host("addressbook"))
    parts = network(platform.plugins.host("sdk"))
    made = Town(platform, parts, federation, *(Side(platform, one) for one in (MUNICIPALITY, REGION)))
    made.certificates.fetch = federation.publisher.answer
    for side in (made.a, made.b):
        side.furnish()
        name = side.participant.participant
        parts.identities.add(side.admin.organisation_id, name, federation.keys_of(name))
    yield made
    network.cache_clear()


@pytest.fixture
def stranger() -> Address:
    """The third organisation's function."""
    function = STRANGER.functions[0]
    return Address("sdk", function.identifier, function.name, STRANGER.name, STRANGER.participant)


@pytest.fixture
def not_found() -> Finding:
    return Finding(Cause.BV, Detail.NOT_FOUND, "NA", "Wrong or unknown subOrganization.", "receipt")


@dataclass
class Whimsical:
    """An access point that behaves as it is told.

    Attributes:
        real: Does what is not prevented.
        down: Whether it answers nothing.
        breaks: Whether the line breaks when a parcel has been taken, before the answer.
        words: What it says of parcels, in place of the truth.
        taken: The parcels that were handed over to it, each time.
        offers_only: Whether it says what waits, and hands out nothing.
        meeting: Where those who are handed a parcel wait for each other.
        asked: The parcels that it was asked for, each time.
    """

    real: AccessPoint
    down: bool = False
    breaks: bool = False
    words: str | None = None
    taken: list[Parcel] = field(default_factory=list)
    offers_only: bool = False
    meeting: Barrier | None = None
    asked: list[str] = field(default_factory=list)

    def submit(self, parcel: Parcel) -> Submitted:
        self._answer()
        self.taken.append(parcel)
        submitted = self.real.submit(parcel)
        if self.breaks:
            raise AccessPointUnavailable("Avbrott.")
        return submitted

    def pending(self, participant: str) -> list[str]:
        self._answer()
        return self.real.pending(participant)

    def parcel(self, transport_id: str) -> Parcel:
        self.asked.append(transport_id)
        if self.offers_only:
            raise AccessPointUnavailable("Nere.")
        found = self.real.parcel(transport_id)
        if self.meeting:
            self.meeting.wait(20)
        return found

    def retrieve(self, transport_id: str) -> bytes:
        return self.real.retrieve(transport_id)

    def mark_downloaded(self, transport_id: str) -> None:
        self._answer()
        self.real.mark_downloaded(transport_id)

    def status(self, transport_id: str, role: Literal["SENDING", "RECEIVING"] = "SENDING") -> str:
        self._answer()
        return self.words or self.real.status(transport_id, role)

    def _answer(self) -> None:
        if self.down:
            raise AccessPointUnavailable("Nere.")


@pytest.fixture
def point(town: Town) -> Whimsical:
    """An access point between the transport and the simulator's."""
    made = Whimsical(town.network.access_point)
    host, parts = town.platform.plugins.host("sdk"), town.network
    settings = msgspec.structs.replace(host.settings, federation=FEDERATION_TEST)
    transport = SdkTransport(host, settings, parts.identities, made, parts.certificates)
    town.network.transport.__dict__.update(transport.__dict__)
    return made
