"""The contract tests: what every transport, directory, identity provider, adviser and receipt handler must do.

Write a class in your tests that inherits from one of these, with a fixture for the object, and pytest runs the
whole contract against it (feature PL6). The built-in plugins pass the same.

    class TestPigeon(TransportContract):
        @pytest.fixture
        def transport(self): return Pigeon(...)

        @pytest.fixture
        def recipient(self): return Address("pigeon", "loft 7")
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID, uuid4

import pytest

from budkavle import shapes
from budkavle.calling import call
from budkavle.contracts import Adviser, Directory, Entry, FindsMany, IdentityProvider, ReceiptHandler, Step, Transport
from budkavle.errors import Permanent, Temporary
from budkavle.loa import Loa
from budkavle.messages import (
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
from budkavle.people import Actor, Identity
from budkavle.receipts import Receipt
from budkavle.states import DELIVERY, DeliveryState
from budkavle.testing.blocking import blocking_calls
from budkavle.testing.flow_contract import IdentityFlowContract
from budkavle.testing.senders_contract import SendersContract
from budkavle.testing.words_contract import StateWordsContract

ORGANISATION = UUID("0b0b0b0b-0000-4000-8000-000000000001")
MAILBOX = UUID("0b0b0b0b-0000-4000-8000-000000000002")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
NONSENSE = (b"", b"\x00\xff", b"nonsense", b"<a", b"<?xml version='1.0'?><other/>", b'{"other": 1}')


class _Contract:
    """What the contracts share: somebody who acts, in an organisation and a mailbox."""

    @pytest.fixture
    def actor(self) -> Actor:
        """Give a member; override where the object looks its organisation up."""
        return Actor(ORGANISATION, user_id=uuid4(), name="Anna Andersson")

    @pytest.fixture
    def mailbox_id(self) -> UUID:
        """Give a mailbox; override where the object looks it up."""
        return MAILBOX


class TransportContract(_Contract, StateWordsContract):
    """What the core counts on in a transport."""

    @pytest.fixture
    def transport(self) -> Transport:
        """Give the transport, ready to send to `recipient`; to be overridden."""
        pytest.fail("a contract needs the fixture `transport`")

    @pytest.fixture
    def recipient(self) -> Address:
        """Give an address that takes what is sent; to be overridden."""
        pytest.fail("a contract needs the fixture `recipient`")

    @pytest.fixture
    def sender(self, transport: Transport) -> Address:
        """Give the mailbox's own address; override where the transport is particular about it."""
        return Address(transport.name, "sender", name="Socialtjänsten")

    @pytest.fixture
    def files(self, transport: Transport) -> tuple[File, ...]:
        """Give the attachments of the message that is sent."""
        offered = transport.capabilities.attachments
        return (File("bilaga.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n"),) if offered else ()

    @pytest.fixture
    def draft(self, recipient: Address, sender: Address) -> Draft:
        """Give a draft that the transport lets through."""
        return Draft((recipient,), "Orosanmälan", "Hej!\n\nSe bilagan.", sender=sender)

    @pytest.fixture
    def outgoing(self, transport: Transport, draft: Draft, actor: Actor, files: tuple[File, ...]) -> Outgoing:
        """Give the first try of one delivery."""
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
        """Every attribute and method is there, of the right type."""
        assert [str(fault) for fault in shapes.faults("transports", transport)] == []

    def test_its_name_fits_tables_and_addresses(self, transport: Transport) -> None:
        """The name is a word of small letters, digits and underscores; the label is for people."""
        assert NAME.match(transport.name)
        assert transport.label.strip()

    def test_its_backoff_is_sane(self, transport: Transport) -> None:
        """It waits at least a moment, never shorter and shorter, and gives up some day."""
        backoff = transport.backoff
        assert 0 < backoff.first.total_seconds() <= backoff.longest.total_seconds()
        assert backoff.tries >= 1

    def test_a_good_draft_passes(
        self, transport: Transport, actor: Actor, mailbox_id: UUID, draft: Draft, files: tuple[File, ...]
    ) -> None:
        """`check` has nothing to say about what it will carry."""
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
        """An `async` method leaves the loop to the others while it waits; what blocks stands in a plain `def`."""
        with blocking_calls() as found:
            call(transport.check, actor, mailbox_id, draft, [])
            call(transport.send, outgoing)
        assert found == []

    def test_a_receipt_is_carried(self, transport: Transport, outgoing: Outgoing, recipient: Address) -> None:
        """One that gives receipts gets its own bytes back to hand over, without a message around them."""
        receipt = replace(outgoing.delivery, id=uuid4(), message_id=None, purpose=Purpose.RECEIPT, recipient=recipient)
        with suppress(Temporary, Permanent):
            outcome = call(transport.send, replace(outgoing, delivery=receipt, message=None, wire=b"<receipt/>"))
            assert outcome.state in DELIVERY[DeliveryState.SEND_IN_PROGRESS]

    def test_the_same_delivery_may_come_again(self, transport: Transport, outgoing: Outgoing) -> None:
        """After a crash the worker tries again; the peer's identifier is the same or still unknown."""
        kept: list[bytes] = []

        def keep(wire: bytes) -> bytes:
            kept.append(wire)
            return wire

        first = call(transport.send, replace(outgoing, keep=keep))
        again = replace(outgoing.delivery, attempt=2, fence=1)
        try:
            second = call(transport.send, replace(outgoing, delivery=again, wire=kept[-1] if kept else None))
        except Temporary:
            return
        assert isinstance(second, Outcome)
        assert second.remote_id == first.remote_id or first.remote_id is None

    def test_an_address_of_nobody_is_an_error_of_ours(self, transport: Transport, outgoing: Outgoing) -> None:
        """An address that cannot exist ends in Temporary, Permanent or an Outcome; never in another error."""
        nobody = replace(outgoing.delivery, id=uuid4(), recipient=Address(transport.name, "§ nobody §"))
        with suppress(Temporary, Permanent):
            assert isinstance(call(transport.send, replace(outgoing, delivery=nobody)), Outcome)


class DirectoryContract(_Contract, SendersContract):
    """What the core counts on in an address book."""

    @pytest.fixture
    def directory(self) -> Directory:
        """Give the directory; to be overridden."""
        pytest.fail("a contract needs the fixture `directory`")

    @pytest.fixture
    def known(self) -> Entry:
        """Give an entry that the directory has; to be overridden."""
        pytest.fail("a contract needs the fixture `known`")

    def test_it_keeps_the_promise(self, directory: Directory) -> None:
        """Every attribute and method is there, of the right type."""
        assert [str(fault) for fault in shapes.faults("directories", directory)] == []

    def test_a_name_is_found_in_any_case(
        self, directory: Directory, actor: Actor, mailbox_id: UUID, known: Entry
    ) -> None:
        """A word of the name finds the entry, in capitals too."""
        word = str(known.address).split(maxsplit=1)[0]
        for words in (word, word.upper(), word.lower()):
            found = call(directory.search, actor, mailbox_id, words, 50)
            assert known.address.value in {entry.address.value for entry in found}

    def test_no_more_than_asked_for(self, directory: Directory, actor: Actor, mailbox_id: UUID) -> None:
        """The limit holds, with and without words."""
        for words in ("", "a"):
            assert len(call(directory.search, actor, mailbox_id, words, 1)) <= 1

    def test_odd_words_find_nothing_and_break_nothing(
        self, directory: Directory, actor: Actor, mailbox_id: UUID
    ) -> None:
        """Signs that a query language might understand are only letters."""
        for words in ("qzxw-nobody", "%", "_", "' OR 1=1 --", "\\", "(", "&|!:*"):
            assert isinstance(list(call(directory.search, actor, mailbox_id, words, 5)), list)
        assert not call(directory.search, actor, mailbox_id, "qzxw-nobody", 5)

    def test_an_address_is_found_exactly(self, directory: Directory, actor: Actor, known: Entry) -> None:
        """`find` gives the entry of that address and of no other."""
        address = known.address
        entry = call(directory.find, actor, address.transport, address.value)
        assert entry is not None
        assert (entry.address.transport, entry.address.value) == (address.transport, address.value)
        nobody = replace(address, value=f"{address.value}-not")
        assert call(directory.find, actor, nobody.transport, nobody.value) is None
        if isinstance(directory, FindsMany):
            assert call(directory.find_many, actor, None, [nobody, address]) == [None, entry]

    def test_a_strange_address_is_not_ours(self, directory: Directory, actor: Actor) -> None:
        """Nobody's address has no mailbox, and a strange mailbox no address."""
        assert call(directory.mailbox, "nothing", "qzxw-nobody") is None
        assert call(directory.address, actor, uuid4(), "nothing") is None


class IdentityProviderContract(IdentityFlowContract):
    """What the core counts on in a way to show who one is, and what it does with each of them (`flow_contract`)."""

    @pytest.fixture
    def provider(self) -> IdentityProvider:
        """Give the provider; to be overridden."""
        pytest.fail("a contract needs the fixture `provider`")

    @pytest.fixture
    def hints(self) -> Mapping[str, str]:
        """Give what the page knows when it starts."""
        return {"language": "sv", "return_url": "http://127.0.0.1/flow", "ip": "127.0.0.1"}

    @pytest.fixture
    def answers(self) -> tuple[Mapping[str, str], ...]:
        """Give the answers that lead to an Identity, in order; override to have the whole way tested."""
        return ()

    def test_it_keeps_the_promise(self, provider: IdentityProvider) -> None:
        """Every attribute and method is there, of the right type."""
        assert [str(fault) for fault in shapes.faults("identity_providers", provider)] == []
        assert NAME.match(provider.name)

    def test_starting_identifies_nobody(self, provider: IdentityProvider, hints: Mapping[str, str]) -> None:
        """The first step asks, sends away or fails; whatever level is wanted."""
        for wanted in Loa:
            step = call(provider.start, wanted, hints)
            assert isinstance(step, get_args(Step))
            assert not isinstance(step, Identity)
            assert _plain(step)

    def test_empty_answers_identify_nobody(self, provider: IdentityProvider, hints: Mapping[str, str]) -> None:
        """A browser that brings nothing, or a state that is not ours, gets no further."""
        step = call(provider.start, provider.max_loa, hints)
        for state in (_state(step), {}, {"asked": "other"}):
            assert not isinstance(call(provider.advance, state, {}), Identity)

    def test_giving_up_is_quiet(self, provider: IdentityProvider, hints: Mapping[str, str]) -> None:
        """`cancel` takes the state of any step."""
        call(provider.cancel, _state(call(provider.start, provider.max_loa, hints)))
        call(provider.cancel, {})

    def test_the_right_answers_identify(
        self, provider: IdentityProvider, hints: Mapping[str, str], answers: tuple[Mapping[str, str], ...]
    ) -> None:
        """The way ends in an Identity of this provider, not above the level it may claim."""
        if not answers:
            pytest.skip("the fixture `answers` gives no way to the end")
        step = call(provider.start, provider.max_loa, hints)
        for answer in answers:
            step = call(provider.advance, _state(step), answer)
        assert isinstance(step, Identity)
        assert step.provider == provider.name
        assert step.subject
        assert Loa.NONE < step.loa <= provider.max_loa


class ReceiptHandlerContract:
    """What the core counts on in a reader of receipts."""

    @pytest.fixture
    def handler(self) -> ReceiptHandler:
        """Give the handler; to be overridden."""
        pytest.fail("a contract needs the fixture `handler`")

    @pytest.fixture
    def words(self) -> bytes:
        """Give a peer's receipt; to be overridden."""
        pytest.fail("a contract needs the fixture `words`")

    @pytest.fixture
    def context(self) -> Mapping[str, str]:
        """Give what the transport knows beside the words."""
        return {"organisation_id": str(ORGANISATION)}

    def test_it_keeps_the_promise(self, handler: ReceiptHandler) -> None:
        """Every attribute and method is there, of the right type."""
        assert [str(fault) for fault in shapes.faults("receipt_handlers", handler)] == []

    def test_a_receipt_is_read(self, handler: ReceiptHandler, words: bytes, context: Mapping[str, str]) -> None:
        """It names the delivery, a state that a delivery under way may get, and a time with its zone."""
        receipt = handler.read(words, context)
        assert isinstance(receipt, Receipt)
        assert receipt.remote_id
        assert receipt.state in DELIVERY[DeliveryState.SEND_IN_PROGRESS]
        assert receipt.at.tzinfo is not None
        assert receipt.evidence == words

    def test_reading_is_pure(self, handler: ReceiptHandler, words: bytes, context: Mapping[str, str]) -> None:
        """The same words always mean the same."""
        assert handler.read(words, context) == handler.read(words, context)

    def test_nonsense_is_no_receipt(self, handler: ReceiptHandler, context: Mapping[str, str]) -> None:
        """What is not a receipt of this kind gives None, and raises nothing."""
        assert [handler.read(nonsense, context) for nonsense in NONSENSE] == [None] * len(NONSENSE)


class AdviserContract(_Contract):
    """What the compose page counts on in an adviser."""

    @pytest.fixture
    def adviser(self) -> Adviser:
        """Give the adviser; to be overridden."""
        pytest.fail("a contract needs the fixture `adviser`")

    @pytest.fixture
    def risky(self) -> Draft:
        """Give a draft that it has something to say of; to be overridden."""
        pytest.fail("a contract needs the fixture `risky`")

    def test_it_keeps_the_promise(self, adviser: Adviser) -> None:
        """Every attribute and method is there, of the right type."""
        assert [str(fault) for fault in shapes.faults("advisers", adviser)] == []

    def test_an_empty_draft_needs_no_advice(self, adviser: Adviser, actor: Actor) -> None:
        """Somebody who has just begun is left in peace."""
        assert list(adviser.advise(actor, Draft((), "", ""))) == []

    def test_a_risk_is_told_without_the_content(self, adviser: Adviser, actor: Actor, risky: Draft) -> None:
        """The sentence names a rule; the text that it is about is not repeated."""
        said = adviser.advise(actor, risky)
        assert said
        assert all(one.field in {"subject", "body", "open_text"} for one in said)
        assert not any(text and text in str(one) for one in said for text in (risky.subject, risky.body))


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


def _state(step: object) -> Mapping[str, str]:
    state: Mapping[str, str] = getattr(step, "state", {})
    return state


def _plain(step: object) -> bool:
    values: list[object] = [*_state(step).keys(), *_state(step).values()]
    return all(isinstance(value, str) for value in values)
