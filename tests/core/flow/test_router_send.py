"""From a draft to rows in the queue."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from budkavle.cases import attachments
from budkavle.messaging import sending
from budkavle.model.errors import Conflict, Invalid, NotFound
from budkavle.model.messages import Address, Direction, Fault, File
from budkavle.plugins.protocols import Entry
from budkavle.testing import acting
from budkavle.testing.acting import in_work


@pytest.mark.feature("M10", "S6", "M4")
def test_a_message_is_stored_with_a_delivery_for_each_recipient(house, draft):
    """One message, a delivery ready to send for each recipient, a case, and one row in the event log."""
    message = in_work(house.platform, house.anna, sending.send, house.box.id, draft("one", "two"))
    assert (message.direction, message.author) == (Direction.OUT, "Anna Ek")
    assert house.states() == ["READY_TO_SEND", "READY_TO_SEND"]
    (case,) = house.rows("SELECT * FROM cases")
    assert (case.messages, case.has_outgoing, case.has_incoming, case.incoming) == (1, True, False, 0)
    assert case.last_message_id == message.id
    assert case.holder_id == house.anna.user_id
    assert house.audit()[-1] == "message.sent"


@pytest.mark.feature("M10")
def test_what_send_returns_is_what_is_stored(house, draft):
    """The returned message is the one that a reader opens, with its attachment."""
    from budkavle.cases import message_store

    file = attachments.store(house.platform, house.anna, "plan.pdf", "application/pdf", [b"%PDF-1.7 plan"])
    message = in_work(house.platform, house.anna, sending.send, house.box.id, draft(attachments=(file.id,)))
    (stored,) = in_work(house.platform, house.anna, message_store.case_messages, message.case_id)
    assert stored == message
    assert stored.attachments == (file,)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 257}, "subject"),
        ({"subject": "en\nrad till"}, "subject"),
        ({"recipients": ()}, "recipients"),
        ({"body": " "}, "body"),
        ({"recipients": (Address("pigeon", "roof"),)}, "recipients"),
        ({"attachments": (uuid4(),)}, "attachments"),
    ],
)
@pytest.mark.feature("SD2")
def test_a_draft_that_breaks_a_rule_is_not_stored(house, draft, changes, field):
    """Each rule has a sentence at its field, and nothing of the draft is kept."""
    with pytest.raises(Invalid) as caught:
        in_work(house.platform, house.anna, sending.send, house.box.id, replace(draft(), **changes))
    assert caught.value.fields[field].endswith(".")
    assert not house.rows("SELECT 1 FROM messages UNION ALL SELECT 1 FROM cases UNION ALL SELECT 1 FROM content_keys")


@pytest.mark.feature("SD2")
def test_the_transport_sees_the_draft_before_it_is_stored(house, draft, monkeypatch):
    """A transport's faults reach the form by field; it saw the resolved recipients and the mailbox's own address."""
    house.directory.ours[Address("fake", "registrator", "Registrator")] = (house.organisation.id, house.box.id)
    house.directory.entries.append(Entry(Address("fake", "them", "Mottagningen", "Regionen")))
    seen = []

    def check(actor, mailbox_id, draft, files):
        seen.append(draft)
        return [Fault("references", "Ange ett diarienummer.")]

    monkeypatch.setattr(house.transport, "check", check)
    with pytest.raises(Invalid) as caught:
        in_work(house.platform, house.anna, sending.send, house.box.id, draft(extra={"seen": "", "urgent": "1"}))
    assert caught.value.fields == {"references": "Ange ett diarienummer."}
    assert seen[0].recipients[0].organisation == "Regionen"
    assert seen[0].sender == Address("fake", "registrator", "Registrator")
    assert seen[0].extra == {"urgent": "1"}
    assert not house.states()


@pytest.mark.feature("F21", "M18")
def test_a_mailbox_sends_only_by_its_own_kinds(house, draft):
    """A mailbox with a list of kinds refuses the others."""
    narrow = house.mailbox("Fax", house.anna, transports=("fax",))
    with pytest.raises(Invalid) as caught:
        in_work(house.platform, house.anna, sending.send, narrow.id, draft())
    assert "recipients" in caught.value.fields


@pytest.mark.feature("M17")
def test_only_members_send(house, draft):
    """Somebody who is no member finds no mailbox, be they administrator or not."""
    other = house.mailbox("Social", house.bo)
    for actor in (house.anna, replace(house.anna, organisation_id=uuid4())):
        with pytest.raises(NotFound):
            in_work(house.platform, actor, sending.send, other.id, draft())


@pytest.mark.feature("SD9", "M14")
def test_an_answer_goes_on_in_its_case_and_conversation(house, draft):
    """The answer has the conversation and the case of what it answers, and names it by the peer's identifier."""
    accepted = acting.accept(house.platform, house.incoming("their-id", conversation_id="talk"))
    answer = in_work(house.platform, house.anna, sending.send, house.box.id, draft(reply_to=accepted.message_id))
    assert (answer.conversation_id, answer.ref_to) == ("talk", "their-id")
    (case,) = house.rows("SELECT * FROM cases")
    assert (case.id, case.messages) == (answer.case_id, 2)
    assert case.has_incoming
    assert case.has_outgoing


@pytest.mark.feature("SD9")
def test_a_completion_names_the_delivery_that_it_completes(house, draft):
    """Going on from an own message refers to its delivery's identifier on the network."""
    first = in_work(house.platform, house.anna, sending.send, house.box.id, draft())
    (delivery,) = house.rows("SELECT id FROM deliveries")
    more = in_work(house.platform, house.anna, sending.send, house.box.id, draft(reply_to=first.id))
    assert (more.ref_to, more.case_id) == (str(delivery.id), first.case_id)


@pytest.mark.feature("M14")
def test_an_answer_to_a_thread_that_has_gone_on_is_stopped(house, draft):
    """Who answers after a colleague, or past a new message, is told so, and nothing is sent."""
    first = acting.accept(house.platform, house.incoming("a", conversation_id="talk")).message_id
    mine = draft(reply_to=first, extra={"seen": str(first)})
    in_work(house.platform, house.bo, sending.send, house.box.id, draft(reply_to=first))
    with pytest.raises(Conflict, match="Bo Lind har redan svarat"):
        in_work(house.platform, house.anna, sending.send, house.box.id, mine)
    assert len(house.states()) == 1
    fresh = acting.accept(house.platform, house.incoming("b", conversation_id="other")).message_id
    acting.accept(house.platform, house.incoming("c", conversation_id="other"))
    with pytest.raises(Conflict, match="nytt meddelande"):
        in_work(
            house.platform, house.anna, sending.send, house.box.id, draft(reply_to=fresh, extra={"seen": str(fresh)})
        )


@pytest.mark.feature("Y1")
def test_an_answer_opens_a_closed_case_again(house, draft):
    """A closed case is open after an answer, and its log says so."""
    accepted = acting.accept(house.platform, house.incoming())
    with house.platform.database.transaction(house.organisation.id) as connection:
        from sqlalchemy import text

        connection.execute(text("UPDATE cases SET state = 'closed', closed_at = now()"))
    in_work(house.platform, house.anna, sending.send, house.box.id, draft(reply_to=accepted.message_id))
    (case,) = house.rows("SELECT state, closed_at FROM cases")
    assert (case.state, case.closed_at) == ("open", None)
    assert [row.kind for row in house.rows("SELECT kind FROM case_events ORDER BY id")] == [
        "opened",
        "joined",
        "reopened",
    ]


@pytest.mark.feature("SD9")
def test_numbers_of_cases_follow_each_other(house, draft):
    """Cases are numbered by year and in order."""
    for _ in range(3):
        in_work(house.platform, house.anna, sending.send, house.box.id, draft())
    numbers = [row.number for row in house.rows("SELECT number FROM cases ORDER BY number")]
    assert [number.partition("-")[2] for number in numbers] == ["0001", "0002", "0003"]


def test_a_form_that_comes_twice_at_once_is_one_message(house, draft):
    """With files and without: one is stored, and the others hear that it was, or that the files are taken."""
    for files in ((), (File("a.pdf", "application/pdf", b"%PDF-1"),)):
        ids = [
            attachments.store(house.platform, house.anna, f.file_name, f.content_type, [f.content]).id for f in files
        ]
        form = draft(attachments=tuple(ids), once=uuid4())

        def send(_, form=form):
            try:
                return in_work(house.platform, house.anna, sending.send, house.box.id, form).id
            except (Conflict, Invalid):
                return None

        with ThreadPoolExecutor(4) as threads:
            assert sorted(filter(None, threads.map(send, range(4)))) == [form.once]


def test_a_number_has_the_year_of_the_calendar(house, draft, monkeypatch):
    """An hour after New Year in Sweden it is still the old year in Greenwich."""

    class Clock(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    monkeypatch.setattr(sending, "datetime", Clock)
    in_work(house.platform, house.anna, sending.send, house.box.id, draft())
    assert house.rows("SELECT number FROM cases")[0].number == "2027-0001"
