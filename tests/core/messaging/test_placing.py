"""Which case an incoming message belongs to, of many: an answer must not lie in the case of a stranger."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from budkavle.cases import mailbox_deletion
from budkavle.cases.teamwork import moving
from budkavle.model.messages import Outcome
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation

Sent = tuple[UUID, UUID]
"""The case of a message that was sent, and its delivery."""
HANDED_OVER = DeliveryState.WAITING_FOR_RECEIPT


@pytest.fixture
def send(platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport) -> Callable[..., Sent]:
    """Send a message, which the peer calls as is said."""

    def make(remote_id: str | None = None) -> Sent:
        fake_transport.send = lambda _outgoing: Outcome(HANDED_OVER, remote_id)  # type: ignore[method-assign]
        message = organisation.send(organisation.case_worker)
        Worker(platform).work_once()
        (row,) = organisation.rows("SELECT id FROM deliveries WHERE message_id = :id", id=message.id)
        return message.case_id, row.id

    return make


@pytest.fixture
def answered(organisation: SampleOrganisation) -> Callable[[], list[UUID]]:
    """The deliveries that are marked as answered, each as often as its history says so."""

    def read() -> list[UUID]:
        marked = organisation.rows("SELECT id FROM deliveries WHERE answered_at IS NOT NULL ORDER BY id")
        told = organisation.rows(
            "SELECT delivery_id FROM delivery_events WHERE state = 'ANSWERED' ORDER BY delivery_id"
        )
        assert [row.id for row in marked] == sorted({row.delivery_id for row in told})
        return [row.delivery_id for row in told]

    return read


@pytest.mark.feature("SD9")
@pytest.mark.parametrize("which", [0, 1, 2])
def test_of_many_messages_that_were_sent_the_one_that_is_answered(
    organisation: SampleOrganisation, send: Any, answered: Any, which: int
) -> None:
    """By our identifier: its case alone goes on, and it alone is marked, once."""
    sent = [send() for _ in range(3)]
    case_id, delivery_id = sent[which]
    for _ in range(2):
        assert organisation.arrive(ref_to=str(delivery_id)) == case_id
        assert answered() == [delivery_id]


@pytest.mark.feature("SD9")
@pytest.mark.parametrize("which", [0, 1, 2])
def test_an_answer_may_name_what_it_answers_as_the_peer_does(
    organisation: SampleOrganisation, send: Any, answered: Any, which: int
) -> None:
    """Over the same transport alone: another peer means something else by the same name."""
    sent = [send(f"peer-{number}") for number in range(3)]
    case_id, delivery_id = sent[which]
    elsewhere = organisation.arrive(ref_to=f"peer-{which}", transport="other")
    assert elsewhere not in dict(sent)
    assert answered() == []
    assert organisation.arrive(ref_to=f"peer-{which}") == case_id
    assert answered() == [delivery_id]


@pytest.mark.feature("SD9")
@pytest.mark.parametrize("which", [0, 1, 2])
def test_of_many_messages_that_came_the_one_that_is_completed(organisation: SampleOrganisation, which: int) -> None:
    """Over the same transport alone."""
    came = [organisation.arrive(remote_id=f"peer-{number}") for number in range(3)]
    assert organisation.arrive(ref_to=f"peer-{which}", transport="other") not in came
    assert organisation.arrive(ref_to=f"peer-{which}") == came[which]


@pytest.mark.feature("SD9")
def test_what_is_answered_comes_before_what_is_completed_and_that_before_the_conversation(
    organisation: SampleOrganisation, send: Any
) -> None:
    """Whichever case something happened in last."""
    answered, _ = send("7")
    completed = organisation.arrive(remote_id="7")
    talk = organisation.arrive(conversation_id="talk")
    assert len({answered, completed, talk}) == 3
    assert organisation.arrive(ref_to="7", conversation_id="talk") == answered
    organisation.rows("UPDATE deliveries SET remote_id = NULL RETURNING 1")
    organisation.arrive(conversation_id="talk")
    assert organisation.arrive(ref_to="7", conversation_id="talk") == completed
    assert organisation.arrive(ref_to="8", conversation_id="talk") == talk


@pytest.mark.feature("SD6")
@pytest.mark.parametrize("evidence", [b"", b"x" * 300_000], ids=["small", "large"])
def test_two_transports_may_use_the_same_identifier(
    platform: Platform, organisation: SampleOrganisation, evidence: bytes
) -> None:
    """The second message is no repetition of the first, and must not be lost; repeated, each is one."""
    for again in (False, True):
        for transport in ("fake", "other"):
            incoming = organisation.incoming("same", transport=transport, evidence=evidence)
            assert acting.accept(platform, incoming).duplicate == again
    assert len(organisation.rows("SELECT 1 FROM messages")) == 2


@pytest.mark.feature("SD9", "K6")
def test_an_answer_to_another_mailbox_is_no_answer_of_this_one(
    organisation: SampleOrganisation, send: Any, answered: Any
) -> None:
    """It opens a case where it is addressed, and marks nothing; addressed to the sender, it is the answer."""
    social = organisation.add_mailbox("Social", organisation.case_worker)
    case_id, delivery_id = send("7")
    for name in (str(delivery_id), "7"):
        assert organisation.arrive(ref_to=name, mailbox_id=social.id) != case_id
        assert answered() == []
    assert organisation.arrive(ref_to="7", mailbox_id=organisation.mailbox.id) == case_id
    assert answered() == [delivery_id]


@pytest.mark.feature("SD9")
@pytest.mark.parametrize("remote_id", [None, "7"])
def test_nobody_answers_a_receipt_of_ours(
    platform: Platform,
    organisation: SampleOrganisation,
    fake_transport: FakeTransport,
    receipt_to_send: Any,
    answered: Any,
    remote_id: str | None,
) -> None:
    """What names it is no answer to the message that it is about, which its sender did not get from us."""
    case_id = organisation.arrive(receipt=receipt_to_send())
    fake_transport.send = lambda _outgoing: Outcome(HANDED_OVER, remote_id)  # type: ignore[method-assign]
    assert Worker(platform).work_once() == 1
    (row,) = organisation.rows("SELECT id FROM deliveries WHERE purpose = 'receipt'")
    assert organisation.arrive(ref_to=remote_id or str(row.id)) != case_id
    assert answered() == []


@pytest.mark.feature("SD9")
@pytest.mark.parametrize("by", ["conversation_id", "ref_to"])
def test_a_case_that_was_moved_is_found_where_it_is_now(
    platform: Platform, organisation: SampleOrganisation, by: str
) -> None:
    """From the mailbox that it was moved from; not from a third one, nor one that was never there."""
    first, now = organisation.mailbox, organisation.add_mailbox("Social", organisation.case_worker)
    third = organisation.add_mailbox("Miljö", organisation.case_worker)

    def arrive(name: str, mailbox_id: UUID) -> UUID:
        return organisation.arrive(**{by: name}, mailbox_id=mailbox_id)

    moved = organisation.arrive(remote_id="moved", conversation_id="moved", mailbox_id=first.id)
    native = organisation.arrive(remote_id="native", conversation_id="native", mailbox_id=now.id)
    in_work(platform, organisation.case_worker, moving.move_to_mailbox, [moved], now.id)
    assert arrive("moved", first.id) == moved
    assert arrive("moved", now.id) == moved
    assert arrive("native", now.id) == native
    assert arrive("native", first.id) != native
    assert arrive("moved", third.id) != moved


@pytest.mark.feature("SD9")
def test_a_message_to_a_mailbox_that_is_taken_out_of_use_reaches_the_default_one(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """Its address may still be linked to it, and nobody reads what lies there."""
    social = organisation.add_mailbox("Social", organisation.case_worker)
    in_work(platform, organisation.administrator, mailbox_deletion.delete_mailbox, social.id)
    case_id = organisation.arrive(mailbox_id=social.id)
    (case,) = organisation.rows("SELECT mailbox_id FROM cases WHERE id = :id", id=case_id)
    assert case.mailbox_id == organisation.mailbox.id


@pytest.mark.feature("SD9")
@pytest.mark.parametrize("ref_to", [None, "unknown"])
def test_of_two_cases_of_a_conversation_the_one_goes_on_where_something_happened_last(
    organisation: SampleOrganisation, ref_to: str | None
) -> None:
    """Each mailbox that the conversation was addressed to has a case of its own; what names no mailbox follows it."""
    social = organisation.add_mailbox("Social", organisation.case_worker)
    mailboxes = (organisation.mailbox.id, social.id)
    cases = [organisation.arrive(conversation_id="talk", mailbox_id=mailbox_id) for mailbox_id in mailboxes]
    assert len(set(cases)) == 2
    for which in (1, 0, 1):
        assert organisation.arrive(conversation_id="talk", mailbox_id=mailboxes[which]) == cases[which]
        assert organisation.arrive(conversation_id="talk", ref_to=ref_to) == cases[which]
