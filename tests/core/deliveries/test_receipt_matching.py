"""Which delivery a receipt is about, and which of its earlier receipts count when it comes."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from budkavle.messaging import sending
from budkavle.model.messages import Address, Outcome, Refusal
from budkavle.model.receipts import Reason, Receipt
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation

D = DeliveryState
THEM = Address("fake", "them", organisation_value="0203:them.example")
ODD = (Reason("", "En bilaga var märklig."),)


@pytest.fixture
def send(
    platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport, draft: Any
) -> Callable[..., UUID]:
    """Send a message; the peer calls it as is said, and may say something before it answers. Returns the delivery."""

    def make(remote_id: str, state: D = D.WAITING_FOR_RECEIPT, *, early: tuple[Receipt, ...] = ()) -> UUID:
        def answer(_outgoing: Any) -> Outcome:
            for receipt in early:
                assert not acting.receipt(platform, receipt)
            return Outcome(state, remote_id=remote_id)

        fake_transport.send = answer  # type: ignore[method-assign]
        letter = draft(recipients=(THEM,))
        message = in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, letter)
        Worker(platform).work_once()
        delivery_id: UUID = organisation.rows("SELECT id FROM deliveries WHERE message_id = :id", id=message.id)[0].id
        return delivery_id

    return make


@pytest.fixture
def state(organisation: SampleOrganisation) -> Callable[[UUID], str]:
    """The state of a delivery."""
    return lambda delivery_id: organisation.rows("SELECT state FROM deliveries WHERE id = :id", id=delivery_id)[0].state


@pytest.mark.feature("SD6")
def test_our_own_identifier_comes_before_what_the_peer_calls_another(
    platform: Platform, send: Any, state: Any, word: Any
) -> None:
    """However a peer calls a later one, a receipt that has our identifier is about the delivery that has it."""
    ours = send("peer-1")
    other = send(str(ours))
    assert acting.receipt(platform, word(ours, D.ACKNOWLEDGED))
    assert (state(ours), state(other)) == ("ACKNOWLEDGED", "WAITING_FOR_RECEIPT")


@pytest.mark.feature("SD6")
def test_of_two_that_the_peer_calls_the_same_the_later_is_meant(
    platform: Platform, send: Any, state: Any, word: Any
) -> None:
    """A peer that begins its numbers anew speaks of what it got last."""
    before, later = send("7"), send("7")
    assert acting.receipt(platform, word("7", D.REJECTED))
    assert (state(before), state(later)) == ("WAITING_FOR_RECEIPT", "REJECTED")


@pytest.mark.feature("SD6")
@pytest.mark.parametrize("own", [True, False])
def test_another_transport_says_nothing_of_it(platform: Platform, send: Any, state: Any, word: Any, own: bool) -> None:
    """Neither by our identifier nor by one that both peers use."""
    sent = send("7")
    assert not acting.receipt(platform, word(sent if own else "7", D.ACKNOWLEDGED, transport="other"))
    assert state(sent) == "WAITING_FOR_RECEIPT"


@pytest.mark.feature("SD5", "SD6")
def test_a_peer_may_number_the_receipts_of_each_message_by_themselves(
    platform: Platform, send: Any, state: Any, word: Any
) -> None:
    """The first receipt of a message is no repetition of another's first one, nor of another transport's."""
    sent = [send("7"), send("8")]
    assert not acting.receipt(platform, word("7", D.ACKNOWLEDGED, receipt_id="1", transport="other"))
    for remote_id in ("7", "8"):
        assert acting.receipt(platform, word(remote_id, D.ACKNOWLEDGED, receipt_id="1"))
    assert [state(one) for one in sent] == ["ACKNOWLEDGED"] * 2


@pytest.mark.feature("S16")
@pytest.mark.parametrize(
    "warning",
    [
        {"remote_id": "8", "state": D.WAITING_FOR_RECEIPT},
        {"remote_id": "7", "state": D.WAITING_FOR_RECEIPT, "sender": "0203:other.example"},
        {"remote_id": "7", "state": D.WAITING_FOR_RETRY},
    ],
    ids=["of another message", "by a stranger", "of a try that failed"],
)
def test_only_a_warning_when_it_was_taken_stays_with_it(
    platform: Platform, send: Any, state: Any, word: Any, warning: dict[str, Any]
) -> None:
    """What was said of another message, by another, or of a try that failed, makes no yes a yes with a warning."""
    sent, _ = send("7", D.SEND_ENQUEUED), send("8", D.SEND_ENQUEUED)
    acting.receipt(platform, word(**warning, reasons=ODD))
    assert acting.receipt(platform, word("7", D.WAITING_FOR_RECEIPT))
    assert acting.receipt(platform, word("7", D.ACKNOWLEDGED))
    assert state(sent) == "ACKNOWLEDGED"


@pytest.mark.feature("SD6")
def test_what_another_transport_said_early_is_not_about_it(
    platform: Platform, send: Any, state: Any, word: Any
) -> None:
    """Two peers may use the same identifier, and each means its own."""
    sent = send("7", early=(word("7", D.REJECTED, transport="other"), word("8", D.REJECTED)))
    assert state(sent) == "WAITING_FOR_RECEIPT"


@pytest.mark.feature("SD6")
def test_what_was_said_early_of_one_is_not_said_of_the_next(
    platform: Platform, organisation: SampleOrganisation, send: Any, state: Any, word: Any
) -> None:
    """Where the peer uses an identifier again: the receipt belongs to the first, and stays its evidence."""
    first = send("7", early=(word("7", D.REJECTED),))
    later = send("7")
    assert (state(first), state(later)) == ("REJECTED", "WAITING_FOR_RECEIPT")
    assert organisation.rows("SELECT delivery_id FROM receipts")[0].delivery_id == first


@pytest.mark.feature("SD6")
def test_what_was_said_early_counts_in_its_order(platform: Platform, send: Any, state: Any, word: Any) -> None:
    """Of two contradicting receipts the first one counts, as it does when both come later."""
    words = (word("7", D.REJECTED), word("7", D.ACKNOWLEDGED))
    assert state(send("7", early=words)) == "REJECTED"


@pytest.mark.feature("SD6")
@pytest.mark.parametrize("early", [True, False])
def test_the_event_log_has_what_was_said_whenever_it_was(
    platform: Platform, organisation: SampleOrganisation, send: Any, word: Any, early: bool
) -> None:
    """With the transport that said it, and the mailbox, by which it is counted."""
    said = word("7", D.REJECTED)
    sent = send("7", early=(said,) if early else ())
    assert early or acting.receipt(platform, said)
    (entry,) = map(json.loads, organisation.log_entries("delivery.rejected"))
    assert (entry["thing"], entry["actor"]["name"]) == (str(sent), "fake")
    assert entry["facts"] == {"transport": "fake", "mailbox": str(organisation.mailbox.id)}


@pytest.mark.feature("SD6", "S16")
def test_an_early_warning_stays_with_the_message_too(platform: Platform, send: Any, state: Any, word: Any) -> None:
    """The peer has taken it with a warning, and accepted it, before we knew what it calls it."""
    words = (word("7", D.WAITING_FOR_RECEIPT, reasons=ODD), word("7", D.ACKNOWLEDGED))
    assert state(send("7", D.SEND_ENQUEUED, early=words)) == "ACKNOWLEDGED_WITH_WARNING"


@pytest.mark.feature("SD7")
def test_a_peer_that_has_given_up_early_gets_the_same_bytes_again(
    platform: Platform, organisation: SampleOrganisation, send: Any, state: Any, word: Any
) -> None:
    """It had taken the message and gave up before we knew what it calls it: nobody else would try again."""
    sent = send("7", D.SEND_ENQUEUED, early=(word("7", D.SEND_ATTEMPT_FAILED, pause=timedelta(hours=2)),))
    assert state(sent) == "WAITING_FOR_RETRY"
    (row,) = organisation.rows("SELECT due_at - now() AS pause FROM deliveries")
    assert timedelta(minutes=110) < row.pause <= timedelta(hours=2), "as long as the peer says"
    organisation.make_due()
    assert Worker(platform).work_once() == 1
    assert state(sent) == "SEND_ENQUEUED"


@pytest.mark.feature("SD6")
def test_a_message_that_was_refused_is_no_receipt(
    platform: Platform, organisation: SampleOrganisation, send: Any, state: Any
) -> None:
    """A peer may call a message to us, which was refused, as it calls one of ours: what is kept of it stays apart."""
    acting.refuse(platform, Refusal(organisation.id, "fake", "7", "Går inte att läsa.", None, b"<unreadable/>"))
    assert state(send("7")) == "WAITING_FOR_RECEIPT"
    assert organisation.rows("SELECT delivery_id FROM receipts")[0].delivery_id is None


@pytest.mark.feature("SD6")
def test_a_peer_may_name_its_receipts_as_it_likes(send: Any, state: Any, word: Any) -> None:
    """Also as we name what is kept of a refused message; said early, it still counts."""
    assert state(send("7", early=(word("7", D.REJECTED, receipt_id="refused:7"),))) == "REJECTED"


@pytest.mark.feature("SD6")
@pytest.mark.parametrize("said", [D.READY_TO_SEND, D.SEND_IN_PROGRESS])
def test_a_peer_puts_nothing_in_our_queue_early(
    platform: Platform, send: Any, state: Any, word: Any, said: DeliveryState
) -> None:
    """What only a worker or a person may say changes nothing, whenever it comes."""
    assert state(send("7", D.SEND_FAILURE, early=(word("7", said),))) == "SEND_FAILURE"


@pytest.mark.feature("SD5", "SD6")
def test_a_stranger_says_nothing_early_either(
    platform: Platform, organisation: SampleOrganisation, send: Any, state: Any, word: Any
) -> None:
    """What another than the recipient said before we knew the peer's identifier is kept, noted, and changes nothing."""
    sent = send("7", early=(word("7", D.REJECTED, sender="0203:other.example"),))
    assert state(sent) == "WAITING_FOR_RECEIPT"
    (row,) = organisation.rows("SELECT applied, delivery_id FROM receipts")
    assert (row.applied, row.delivery_id) == (False, sent)
    (entry,) = map(json.loads, organisation.log_entries("receipt.stranger"))
    assert (entry["thing"], entry["actor"]["name"]) == (str(sent), "fake")
    assert entry["facts"] == {"transport": "fake", "state": "REJECTED", "mailbox": str(organisation.mailbox.id)}


@pytest.mark.feature("SD5", "SD6")
@pytest.mark.parametrize("sender", ["", THEM.organisation_value])
def test_who_said_something_early_is_kept_until_it_is_known_of_what(
    platform: Platform, organisation: SampleOrganisation, send: Any, state: Any, word: Any, sender: str
) -> None:
    """The recipient's word counts as it does later; its sender lies sealed, and only as long as it is needed."""
    assert not acting.receipt(platform, word("7", D.REJECTED, sender=sender))
    (kept,) = organisation.rows("SELECT sender FROM receipts")
    assert bool(kept.sender) is bool(sender)
    assert not sender or sender.encode() not in bytes(kept.sender)
    assert state(send("7")) == "REJECTED"
    (row,) = organisation.rows("SELECT sender, applied FROM receipts")
    assert (row.sender, row.applied) == (None, True)


LONG = "".join(f"{number:x}." for number in range(2_000))
"""Longer than the database's index takes, and too mixed to be packed."""


@pytest.mark.feature("SD6")
@pytest.mark.parametrize(
    ("remote_id", "receipt_id"),
    [(LONG, "1"), ("7", LONG), (LONG, LONG), ("7\0", "1"), ("7", "1\0"), ("å" * 900 + LONG[:900], "1")],
)
def test_identifiers_that_no_index_takes_lose_no_receipt(
    platform: Platform, organisation: SampleOrganisation, word: Any, remote_id: str, receipt_id: str
) -> None:
    """A peer may give any; it is stored once, with its evidence, and other receipts are told from it."""
    for _ in range(2):
        assert not acting.receipt(platform, word(remote_id, D.ACKNOWLEDGED, receipt_id=receipt_id))
    assert len(organisation.rows("SELECT 1 FROM receipts WHERE evidence IS NOT NULL")) == 1
    acting.receipt(platform, word(remote_id, D.ACKNOWLEDGED, receipt_id=f"{receipt_id}2"))
    assert len(organisation.rows("SELECT 1 FROM receipts")) == 2


@pytest.mark.feature("SD6", "SD7")
@pytest.mark.parametrize("early", [True, False])
def test_a_message_that_the_peer_gives_a_long_identifier_goes_once(
    platform: Platform, organisation: SampleOrganisation, send: Any, state: Any, word: Any, early: bool
) -> None:
    """Its end is written, so that it is not handed over again; and the peer's receipts are about it."""
    said = word(LONG, D.ACKNOWLEDGED)
    sent = send(LONG, early=(said,) if early else ())
    if not early:
        assert state(sent) == "WAITING_FOR_RECEIPT"
        assert acting.receipt(platform, said)
    assert state(sent) == "ACKNOWLEDGED"
