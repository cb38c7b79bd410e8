"""From a draft to rows in the queue."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from budkavle.cases import attachments
from budkavle.messaging import sending
from budkavle.model import sources
from budkavle.model.errors import Conflict, Invalid, NotFound
from budkavle.model.messages import Address, Direction, Fault, File
from budkavle.plugins.protocols.directory import Entry
from budkavle.testing import acting
from budkavle.testing.acting import in_work


@pytest.mark.feature("M10", "S6", "M4")
def test_a_message_is_stored_with_a_delivery_for_each_recipient(platform, organisation, case_worker, mailbox, draft):
    """One message, a delivery ready to send for each recipient, a case, and one row in the event log."""
    message = in_work(platform, case_worker, sending.send, mailbox.id, draft("one", "two"))
    assert (message.direction, message.author) == (Direction.OUT, "Ada Ahl")
    assert organisation.delivery_states() == ["READY_TO_SEND", "READY_TO_SEND"]
    (case,) = organisation.rows("SELECT * FROM cases")
    assert (case.messages, case.has_outgoing, case.has_incoming, case.incoming) == (1, True, False, 0)
    assert case.last_message_id == message.id
    assert case.holder_id == case_worker.user_id
    assert organisation.log_kinds()[-1] == "message.sent"


@pytest.mark.feature("M10")
def test_what_send_returns_is_what_is_stored(platform, case_worker, mailbox, draft):
    """The returned message is the one that a reader opens, with its attachment."""
    from budkavle.cases import message_store

    file = attachments.store(platform, case_worker, "plan.pdf", "application/pdf", [b"%PDF-1.7 plan"])
    message = in_work(platform, case_worker, sending.send, mailbox.id, draft(attachments=(file.id,)))
    (stored,) = in_work(platform, case_worker, message_store.case_messages, message.case_id)
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
def test_a_draft_that_breaks_a_rule_is_not_stored(platform, organisation, case_worker, mailbox, draft, changes, field):
    """Each rule has a sentence at its field, and nothing of the draft is kept."""
    with pytest.raises(Invalid) as caught:
        in_work(platform, case_worker, sending.send, mailbox.id, replace(draft(), **changes))
    assert caught.value.fields[field].endswith(".")
    assert not organisation.rows(
        "SELECT 1 FROM messages UNION ALL SELECT 1 FROM cases UNION ALL SELECT 1 FROM content_keys"
    )


@pytest.mark.feature("SD2")
def test_the_transport_sees_the_draft_before_it_is_stored(
    platform, organisation, fake_directory, mailbox, fake_transport, case_worker, draft, monkeypatch
):
    """A transport's faults reach the form by field; it saw the resolved recipients and the mailbox's own address."""
    fake_directory.ours[Address("fake", "registrator", "Registrator")] = (organisation.id, mailbox.id)
    fake_directory.entries.append(Entry(Address("fake", "them", "Mottagningen", "Regionen")))
    seen = []

    def check(actor, mailbox_id, draft, files):
        seen.append(draft)
        return [Fault("references", "Ange ett diarienummer.")]

    monkeypatch.setattr(fake_transport, "check", check)
    with pytest.raises(Invalid) as caught:
        in_work(platform, case_worker, sending.send, mailbox.id, draft(extra={"seen": "", "urgent": "1"}))
    assert caught.value.fields == {"references": "Ange ett diarienummer."}
    assert seen[0].recipients[0].organisation == "Regionen"
    assert seen[0].sender == Address("fake", "registrator", "Registrator")
    assert seen[0].extra == {"urgent": "1"}
    assert not organisation.delivery_states()


@pytest.mark.feature("F21", "M18")
def test_a_mailbox_sends_only_by_its_own_kinds(platform, organisation, case_worker, draft):
    """A mailbox with a list of kinds refuses the others."""
    narrow = organisation.add_mailbox("Fax", case_worker, transports=("fax",))
    with pytest.raises(Invalid) as caught:
        in_work(platform, case_worker, sending.send, narrow.id, draft())
    assert "recipients" in caught.value.fields


@pytest.mark.feature("M17")
def test_only_members_send(platform, organisation, colleague, case_worker, draft):
    """Somebody who is no member finds no mailbox, be they administrator or not."""
    other = organisation.add_mailbox("Social", colleague)
    for actor in (case_worker, replace(case_worker, organisation_id=uuid4())):
        with pytest.raises(NotFound):
            in_work(platform, actor, sending.send, other.id, draft())


@pytest.mark.feature("SD9", "M14")
def test_an_answer_goes_on_in_its_case_and_conversation(platform, organisation, case_worker, mailbox, draft):
    """The answer has the conversation and the case of what it answers, and names it by the peer's identifier."""
    accepted = acting.accept(platform, organisation.incoming("their-id", conversation_id="talk"))
    answer = in_work(platform, case_worker, sending.send, mailbox.id, draft(reply_to=accepted.message_id))
    assert (answer.conversation_id, answer.ref_to) == ("talk", "their-id")
    (case,) = organisation.rows("SELECT * FROM cases")
    assert (case.id, case.messages) == (answer.case_id, 2)
    assert case.has_incoming
    assert case.has_outgoing


@pytest.mark.feature("SD9")
def test_a_completion_names_the_delivery_that_it_completes(platform, organisation, case_worker, mailbox, draft):
    """Going on from an own message refers to its delivery's identifier on the network."""
    first = in_work(platform, case_worker, sending.send, mailbox.id, draft())
    (delivery,) = organisation.rows("SELECT id FROM deliveries")
    more = in_work(platform, case_worker, sending.send, mailbox.id, draft(reply_to=first.id))
    assert (more.ref_to, more.case_id) == (str(delivery.id), first.case_id)


@pytest.mark.feature("M14")
def test_an_answer_to_a_thread_that_has_gone_on_is_stopped(
    platform, organisation, colleague, mailbox, case_worker, draft
):
    """Who answers after a colleague, or past a new message, is told so, and nothing is sent."""
    first = acting.accept(platform, organisation.incoming("a", conversation_id="talk")).message_id
    mine = draft(reply_to=first, extra={"seen": str(first)})
    in_work(platform, colleague, sending.send, mailbox.id, draft(reply_to=first))
    with pytest.raises(Conflict, match="Bo Ek har redan svarat"):
        in_work(platform, case_worker, sending.send, mailbox.id, mine)
    assert len(organisation.delivery_states()) == 1
    fresh = acting.accept(platform, organisation.incoming("b", conversation_id="other")).message_id
    acting.accept(platform, organisation.incoming("c", conversation_id="other"))
    with pytest.raises(Conflict, match="nytt meddelande"):
        in_work(platform, case_worker, sending.send, mailbox.id, draft(reply_to=fresh, extra={"seen": str(fresh)}))


@pytest.mark.feature("Y1")
def test_an_answer_opens_a_closed_case_again(platform, organisation, case_worker, mailbox, draft):
    """A closed case is open after an answer, and its log says so."""
    accepted = acting.accept(platform, organisation.incoming())
    with platform.database.transaction(organisation.id) as connection:
        from sqlalchemy import text

        connection.execute(text("UPDATE cases SET state = 'closed', closed_at = now()"))
    in_work(platform, case_worker, sending.send, mailbox.id, draft(reply_to=accepted.message_id))
    (case,) = organisation.rows("SELECT state, closed_at FROM cases")
    assert (case.state, case.closed_at) == ("open", None)
    assert [row.kind for row in organisation.rows("SELECT kind FROM case_events ORDER BY id")] == [
        "opened",
        "joined",
        "reopened",
    ]


@pytest.mark.feature("SD9")
def test_numbers_of_cases_follow_each_other(platform, organisation, case_worker, mailbox, draft):
    """Cases are numbered by year and in order."""
    for _ in range(3):
        in_work(platform, case_worker, sending.send, mailbox.id, draft())
    numbers = [row.number for row in organisation.rows("SELECT number FROM cases ORDER BY number")]
    assert [number.partition("-")[2] for number in numbers] == ["0001", "0002", "0003"]


def test_a_form_that_comes_twice_at_once_is_one_message(platform, case_worker, mailbox, draft):
    """With files and without: one is stored, and the others hear that it was, or that the files are taken."""
    for files in ((), (File("a.pdf", "application/pdf", b"%PDF-1"),)):
        ids = [attachments.store(platform, case_worker, f.file_name, f.content_type, [f.content]).id for f in files]
        form = draft(attachments=tuple(ids), once=uuid4())

        def send(_, form=form):
            try:
                return in_work(platform, case_worker, sending.send, mailbox.id, form).id
            except (Conflict, Invalid):
                return None

        with ThreadPoolExecutor(4) as threads:
            assert sorted(filter(None, threads.map(send, range(4)))) == [form.once]


def test_a_number_has_the_year_of_the_calendar(platform, organisation, case_worker, mailbox, draft, monkeypatch):
    """An hour after New Year in Sweden it is still the old year in Greenwich."""
    monkeypatch.setattr(sources, "now", lambda: datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    assert organisation.rows("SELECT number FROM cases")[0].number == "2027-0001"
