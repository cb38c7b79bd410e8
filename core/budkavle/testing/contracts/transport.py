"""What the core requires of a transport."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from budkavle.model.errors import Permanent, Temporary
from budkavle.model.messages import (
    Address,
    Attachment,
    Delivery,
    Direction,
    Draft,
    Fault,
    File,
    Message,
    Outcome,
    Outgoing,
    Purpose,
)
from budkavle.model.people import Actor
from budkavle.model.states import DELIVERY, DeliveryState
from budkavle.plugins import conformance
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.transport import Transport
from budkavle.testing.blocking import blocking_calls
from budkavle.testing.contracts.base import MAILBOX, NAME, Contract
from budkavle.testing.contracts.openings import OpeningsContract
from budkavle.testing.contracts.state_words import StateWordsContract


class TransportContract(Contract, StateWordsContract, OpeningsContract):
    """What the core requires of a transport."""

    @pytest.fixture
    def transport(self) -> Transport:
        """Return the transport, ready to send to `recipient`; to be overridden."""
        pytest.fail("a contract needs the fixture `transport`")

    @pytest.fixture
    def recipient(self) -> Address:
        """Return an address that accepts messages; to be overridden."""
        pytest.fail("a contract needs the fixture `recipient`")

    @pytest.fixture
    def sender(self, transport: Transport) -> Address:
        """Return the mailbox's own address; override if the transport requires a certain form."""
        return Address(transport.name, "sender", name="Socialtjänsten")

    @pytest.fixture
    def files(self, transport: Transport) -> tuple[File, ...]:
        """Return the attachments of the sent message."""
        offered = transport.capabilities.attachments
        return (File("bilaga.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n"),) if offered else ()

    @pytest.fixture
    def draft(self, recipient: Address, sender: Address) -> Draft:
        """Return a draft that the transport accepts."""
        return Draft((recipient,), "Orosanmälan", "Hej!\n\nSe bilagan.", sender=sender)

    @pytest.fixture
    def outgoing(self, transport: Transport, draft: Draft, actor: Actor, files: tuple[File, ...]) -> Outgoing:
        """Return the first attempt of one delivery."""
        message = _message(draft, actor, transport.name)
        delivery = Delivery(
            uuid4(),
            actor.organisation_id,
            message.id,
            Purpose.MESSAGE,
            transport.name,
            draft.recipients[0],
            DeliveryState.SEND_IN_PROGRESS,
            attempt=1,
            created_at=message.created_at,
        )
        return Outgoing(delivery, message, lambda: iter(files), None, lambda wire: wire)

    def test_it_keeps_the_promise(self, transport: Transport) -> None:
        """It has every attribute and method, with the right types."""
        assert [str(fault) for fault in conformance.faults("transports", transport)] == []

    def test_its_name_fits_tables_and_addresses(self, transport: Transport) -> None:
        """The name is a word of lower-case letters, digits and underscores; the label is for people."""
        assert NAME.match(transport.name)
        assert transport.label.strip()

    def test_its_backoff_is_sane(self, transport: Transport) -> None:
        """It waits at least a moment, never for less time than before, and gives up eventually."""
        backoff = transport.backoff
        assert 0 < backoff.first.total_seconds() <= backoff.longest.total_seconds()
        assert backoff.tries >= 1

    def test_a_good_draft_passes(
        self, transport: Transport, actor: Actor, mailbox_id: UUID, draft: Draft, files: tuple[File, ...]
    ) -> None:
        """`check` reports no faults for a draft that it will send."""
        stored = [Attachment(uuid4(), file.file_name, file.content_type, len(file.content)) for file in files]
        assert list(call(transport.check, actor, mailbox_id, draft, stored)) == []

    def test_too_much_is_refused_before_it_is_stored(
        self, transport: Transport, actor: Actor, mailbox_id: UUID, draft: Draft
    ) -> None:
        """A file of more than `max_bytes` is a fault with a field and a sentence."""
        large = Attachment(uuid4(), "stor.pdf", "application/pdf", transport.capabilities.max_bytes + 1)
        faults = list(call(transport.check, actor, mailbox_id, draft, [large]))
        assert faults
        assert {type(fault) for fault in faults} == {Fault}
        assert all(fault.field and fault.sentence for fault in faults)

    def test_a_delivery_is_carried(self, transport: Transport, outgoing: Outgoing) -> None:
        """`send` ends in an Outcome with a state that may follow SEND_IN_PROGRESS."""
        outcome = call(transport.send, outgoing)
        assert isinstance(outcome, Outcome)
        assert outcome.state in DELIVERY[DeliveryState.SEND_IN_PROGRESS]

    def test_an_async_method_waits_for_nothing_in_the_loop(
        self, transport: Transport, outgoing: Outgoing, actor: Actor, mailbox_id: UUID, draft: Draft
    ) -> None:
        """An `async` method does not block the loop while it waits; blocking code belongs in a plain `def`."""
        with blocking_calls() as calls:
            call(transport.check, actor, mailbox_id, draft, [])
            call(transport.send, outgoing)
        assert calls == []

    def test_a_receipt_is_carried(self, transport: Transport, outgoing: Outgoing, recipient: Address) -> None:
        """A transport with receipts hands over the receipt's own bytes, without a message around them."""
        receipt = replace(outgoing.delivery, id=uuid4(), message_id=None, purpose=Purpose.RECEIPT, recipient=recipient)
        with suppress(Temporary, Permanent):
            outcome = call(transport.send, replace(outgoing, delivery=receipt, message=None, wire=b"<receipt/>"))
            assert outcome.state in DELIVERY[DeliveryState.SEND_IN_PROGRESS]

    def test_the_same_delivery_may_come_again(self, transport: Transport, outgoing: Outgoing) -> None:
        """After a crash the worker tries again; the peer's identifier is the same or still unknown."""
        stored: list[bytes] = []

        def keep(wire: bytes) -> bytes:
            stored.append(wire)
            return wire

        first = call(transport.send, replace(outgoing, keep=keep))
        again = replace(outgoing.delivery, attempt=2, fence=1)
        try:
            second = call(transport.send, replace(outgoing, delivery=again, wire=stored[-1] if stored else None))
        except Temporary:
            return
        assert isinstance(second, Outcome)
        assert second.remote_id == first.remote_id or first.remote_id is None

    def test_an_address_of_nobody_is_an_error_of_ours(self, transport: Transport, outgoing: Outgoing) -> None:
        """An address that cannot exist ends in Temporary, Permanent or an Outcome; never in another error."""
        nobody = replace(outgoing.delivery, id=uuid4(), recipient=Address(transport.name, "§ nobody §"))
        with suppress(Temporary, Permanent):
            assert isinstance(call(transport.send, replace(outgoing, delivery=nobody)), Outcome)


def _message(draft: Draft, actor: Actor, transport: str) -> Message:
    return Message(
        uuid4(),
        actor.organisation_id,
        MAILBOX,
        uuid4(),
        Direction.OUT,
        transport,
        draft.subject,
        draft.body,
        draft.sender or Address(transport, ""),
        draft.recipients,
        datetime.now(UTC),
        str(uuid4()),
    )
