"""Messages between accounts of one installation: there, opened, answered, recalled."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from budkavle.accounts import delegations, users
from budkavle.cases import attachments, inbox
from budkavle.cases.inbox import CaseFilter
from budkavle.cases.search import search
from budkavle.deliveries import recall
from budkavle.messaging import case_view, drafts, tracking
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, StepUp
from budkavle.model.loa import Loa
from budkavle.model.messages import Address
from budkavle.model.states import DeliveryState, IncomingState
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due


def listed(town, name, loa=Loa.TWO, box=None):
    return list(in_work(town.platform, town.actor(name, loa), inbox.inbox, box or town.own(name), CaseFilter()).items)


@pytest.mark.feature("M8", "S3", "S12", "S14")
def test_an_account_gets_the_message_itself(town):
    """A registered reader's own inbox has it, also in another organisation, and the sender waits for the opening."""
    for to, name in (("BO@bjorkvik.se", "bo"), ("eva@sjovik.se", "eva")):
        message = town.write("anna", to)
        (case,) = listed(town, name)
        assert (case.subject, case.counterpart, case.channel) == ("Samtycke", "Björkvik · Anna Ek", "secure")
        assert case.unread
        assert town.delivery(message).state == "WAITING_FOR_RECEIPT"
        assert town.delivery(message).opened_at is None
    assert town.link.sent == []


@pytest.mark.feature("M9")
def test_everybody_else_gets_a_link(town):
    """One message to both kinds goes by both ways, each recipient once, however the address was typed."""
    message = town.write("anna", "eva@sjovik.se", "Maria@Example.se ", "maria@example.se", loa=Loa.ONE)
    assert sorted((row.transport, row.state) for row in town.deliveries(message)) == [
        ("link", "WAITING_FOR_RECEIPT"),
        ("local", "WAITING_FOR_RECEIPT"),
    ]
    assert [one.delivery.recipient.value for one in town.link.sent] == ["maria@example.se"]


@pytest.mark.feature("S4", "S17", "S24", "M13", "L4")
def test_reading_is_noted_where_it_was_sent_from(town):
    """The sender sees when and how surely it was opened, once, across organisations."""
    message = town.write("anna", "eva@sjovik.se")
    (case,) = listed(town, "eva")
    for _ in range(2):
        view = in_work(town.platform, town.actor("eva"), case_view.case, case.id)
    assert view.thread[0].message.body == "Se nedan."
    row = town.delivery(message)
    assert (row.state, row.identified_by, row.identified_loa) == ("ACKNOWLEDGED", "password", 2)
    assert row.opened_at is not None
    assert town.events(message)[-1:] == ["OPENED"]
    assert town.events(message).count("OPENED") == 1
    assert "delivery.opened" in town.audit(message.organisation_id)


@pytest.mark.feature("S5", "M14")
def test_an_answer_goes_back_the_same_way(town):
    """The answer joins the case of what it answers, and the sender sees that it is answered."""
    message = town.write("anna", "eva@sjovik.se")
    (case,) = listed(town, "eva")
    read = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread[0].message
    answer = town.write("eva", recipients=(read.sender,), subject="Sv: Samtycke", reply_to=read.id)
    assert town.delivery(message).answered_at is not None
    assert town.events(message)[-1] == "ANSWERED"
    view = in_work(town.platform, town.actor("anna"), case_view.case, message.case_id)
    assert [one.message.subject for one in view.thread] == ["Samtycke", "Sv: Samtycke"]
    assert [one.depth for one in view.thread] == [0, 1]
    assert town.delivery(answer).opened_at is not None


@pytest.mark.feature("SD11")
@pytest.mark.parametrize("confidential", [True, False])
def test_what_the_sender_said_of_it_comes_along(town, confidential):
    """That it is under secrecy, in the list and in the message, and from there in the answer."""
    town.write("anna", "eva@sjovik.se", confidential=confidential)
    (case,) = listed(town, "eva")
    read = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread[0].message
    assert (case.confidential, read.confidential) == (confidential, confidential)
    assert drafts.reply(read).confidential is confidential


@pytest.mark.feature("M14")
def test_an_answer_to_all_reaches_the_others(town):
    """Each recipient sees who else has it, and an answer to all goes to the sender and to them, not to oneself."""
    town.write("anna", "eva@sjovik.se", "bo@bjorkvik.se")
    (case,) = listed(town, "eva")
    read = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread[0].message
    assert {one.value for one in read.recipients} == {str(town.own("eva")), str(town.own("bo"))}
    own = next(one for one in read.recipients if one.value == str(town.own("eva")))
    draft = drafts.reply(read, own, [read])
    assert {one.value for one in draft.recipients} == {str(town.own("anna")), str(town.own("bo"))}
    answer = town.write("eva", recipients=draft.recipients, subject="Sv", reply_to=read.id)
    assert [row.state for row in town.deliveries(answer)] == ["WAITING_FOR_RECEIPT"] * 2
    assert [one.subject for one in listed(town, "bo")] == ["Sv"]


@pytest.mark.feature("S25")
def test_going_on_is_no_answer(town):
    """A second message to a colleague of the same organisation does not make the first one answered."""
    message = town.write("anna", "bo@bjorkvik.se")
    town.write("anna", "bo@bjorkvik.se", reply_to=message.id, subject="Tillägg")
    assert [row.answered_at for row in town.deliveries(message)] == [None]
    (case,) = listed(town, "bo")
    assert case.messages == 2


@pytest.mark.feature("M17")
def test_function_mailboxes_write_and_get_answers(town):
    """What a function sends is answered to the function, also across organisations."""
    box, theirs = town.boxes["Björkvik"], town.boxes["Sjövik"]
    message = town.write("anna", "eva@sjovik.se", box=box.id)
    (case,) = listed(town, "eva")
    assert case.counterpart == "Björkvik · Registrator Björkvik"
    read = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread[0].message
    town.write("eva", recipients=(read.sender,), reply_to=read.id)
    assert [one.id for one in listed(town, "bo", box=box.id)] == [message.case_id]
    to = Address("local", str(theirs.id), organisation_value=str(theirs.organisation_id))
    town.write("anna", recipients=(to,), box=box.id)
    assert len(listed(town, "eva", box=theirs.id)) == 1


@pytest.mark.feature("S19", "S13", "M16")
def test_a_file_that_is_taken_is_noted(town):
    """The sender sees that the attachment has been downloaded; one's own look at it says nothing."""
    file = attachments.store(town.platform, town.actor("anna"), "plan.txt", "text/plain", [b"en plan"])
    message = town.write("anna", "eva@sjovik.se", attachments=(file.id,))
    b"".join(in_work(town.platform, town.actor("anna"), case_view.open_attachment, file.id)[1])
    assert town.delivery(message).downloaded_at is None
    (case,) = listed(town, "eva")
    (theirs,) = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread[0].message.attachments
    assert b"".join(in_work(town.platform, town.actor("eva"), case_view.open_attachment, theirs.id)[1]) == b"en plan"
    assert town.delivery(message).downloaded_at is not None
    assert town.events(message)[-2:] == ["OPENED", "DOWNLOADED"]


@pytest.mark.feature("M6", "A1")
def test_a_higher_level_is_asked_for(town):
    """Lists say nothing of the subject, the case and its files ask for a step up, and nothing counts as opened."""
    file = attachments.store(town.platform, town.actor("anna"), "plan.txt", "text/plain", [b"en plan"])
    message = town.write("anna", "eva@sjovik.se", loa=Loa.THREE, attachments=(file.id,), subject="Vårdplan")
    (case,) = listed(town, "eva")
    assert (case.subject, case.loa) == ("", Loa.THREE)
    assert in_work(town.platform, town.actor("eva"), search, "vårdplan") == [], "a word that is not shown finds nothing"
    assert [one.subject for one in in_work(town.platform, town.actor("eva"), search, "anna")] == [""]
    assert in_work(town.platform, town.actor("eva"), search, "anna vårdplan") == []
    with pytest.raises(StepUp) as wanted:
        in_work(town.platform, town.actor("eva"), case_view.case, case.id)
    assert wanted.value.wanted == Loa.THREE
    (row,) = town.rows(
        case.organisation_id,
        "SELECT a.id FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.case_id = :id",
        id=case.id,
    )
    with pytest.raises(StepUp):
        in_work(town.platform, town.actor("eva"), case_view.open_attachment, row.id)
    assert town.delivery(message).opened_at is None
    assert [one.subject for one in listed(town, "eva", Loa.THREE)] == ["Vårdplan"]
    in_work(town.platform, town.actor("eva", Loa.THREE), case_view.case, case.id)
    assert town.delivery(message).identified_loa == Loa.THREE
    assert in_work(town.platform, town.actor("anna", Loa.ONE), case_view.case, message.case_id).thread


@pytest.mark.feature("R1", "R2", "R3", "S23", "Y3")
def test_what_nobody_has_opened_can_be_taken_back(town):
    """The copy stays, says nothing, and cannot be opened; the sender sees that it is recalled."""
    file = attachments.store(town.platform, town.actor("anna"), "plan.txt", "text/plain", [b"en plan"])
    message = town.write("anna", "eva@sjovik.se", attachments=(file.id,))
    in_work(town.platform, town.actor("anna"), recall.recall, town.delivery(message).id)
    (case,) = listed(town, "eva")
    assert (case.subject, case.recalled) == ("", True)
    subject = message.subject.split()[0]
    assert in_work(town.platform, town.actor("anna"), search, subject), "its sender finds it still"
    assert in_work(town.platform, town.actor("eva"), search, subject) == []
    assert in_work(town.platform, town.actor("eva"), search, case.number) == [case]
    (shown,) = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread
    assert (shown.message.subject, shown.message.body, shown.message.attachments) == ("", "", ())
    assert shown.message.state is IncomingState.RECALLED
    (row,) = town.rows(
        case.organisation_id,
        "SELECT a.id FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.case_id = :id",
        id=case.id,
    )
    with pytest.raises(NotFound):
        in_work(town.platform, town.actor("eva"), case_view.open_attachment, row.id)
    assert town.delivery(message).state == DeliveryState.RECALLED
    assert town.delivery(message).opened_at is None
    assert town.events(message)[-1] == "RECALLED"
    with pytest.raises(Conflict, match="redan återkallat"):
        in_work(town.platform, town.actor("anna"), recall.recall, town.delivery(message).id)


@pytest.mark.feature("R2", "Y5")
def test_recall_is_for_each_recipient_who_has_not_opened(town):
    """Who has opened keeps theirs; the others lose it."""
    message = town.write("anna", "eva@sjovik.se", "bo@bjorkvik.se")
    (case,) = listed(town, "eva")
    in_work(town.platform, town.actor("eva"), case_view.case, case.id)
    outcomes = []
    for row in town.deliveries(message):
        try:
            in_work(town.platform, town.actor("anna"), recall.recall, row.id)
            outcomes.append("recalled")
        except Conflict as error:
            outcomes.append(str(error))
    assert sorted(outcomes) == [recall.OPENED, "recalled"]
    assert in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread[0].message.body == "Se nedan."
    (his,) = listed(town, "bo")
    assert his.recalled


@pytest.mark.feature("R1")
def test_recall_is_only_for_those_of_the_mailbox(town):
    """Neither the recipient nor a colleague can take back what somebody else has sent."""
    message = town.write("anna", "eva@sjovik.se")
    for name in ("eva", "bo"):
        with pytest.raises(NotFound):
            in_work(town.platform, town.actor(name), recall.recall, town.delivery(message).id)
    assert town.delivery(message).state == "WAITING_FOR_RECEIPT"


@pytest.mark.feature("R1", "Y7")
def test_who_only_reads_for_somebody_else_recalls_nothing(town):
    """A delegate without the right to answer sees the sent message, and cannot take it back; one with it can."""
    message = town.write("anna", "eva@sjovik.se")
    delivery, bo, until = town.delivery(message).id, town.actor("bo"), datetime.now(UTC) + timedelta(days=3)
    who = town.people["bo"].id
    in_work(town.platform, town.actor("anna"), delegations.delegate, who, until, old_too=True, may_answer=False)
    assert in_work(town.platform, bo, tracking.followed, delivery)[0].subject == "Samtycke"
    with pytest.raises(Forbidden):
        in_work(town.platform, bo, recall.recall, delivery)
    in_work(town.platform, town.actor("anna"), delegations.delegate, who, until, old_too=True)
    in_work(town.platform, bo, recall.recall, delivery)
    assert town.delivery(message).state == "RECALLED"


@pytest.mark.feature("R3")
def test_recalled_before_it_was_carried(town):
    """What is taken back while it waits in the queue never arrives."""
    message = town.write("anna", "eva@sjovik.se", carry=False)
    in_work(town.platform, town.actor("anna"), recall.recall, town.delivery(message).id)
    deliver_due(town.platform)
    assert listed(town, "eva") == []


@pytest.mark.feature("R3")
def test_recalled_while_it_was_being_carried(town):
    """A copy that was stored just after the recall is closed by its first reader's claim."""
    message = town.write("anna", "eva@sjovik.se")
    query = "UPDATE deliveries SET state = 'RECALLED' WHERE id = :id RETURNING id"
    town.rows(message.organisation_id, query, id=town.delivery(message).id)
    (case,) = listed(town, "eva")
    (shown,) = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread
    assert shown.message.body == ""
    assert [one.recalled for one in listed(town, "eva")] == [True]


def _read(town, case_id, gate, results):
    gate.wait()
    results["read"] = bool(in_work(town.platform, town.actor("eva"), case_view.case, case_id).thread[-1].message.body)


def _take_back(town, delivery_id, gate, results):
    gate.wait()
    try:
        in_work(town.platform, town.actor("anna"), recall.recall, delivery_id)
    except Conflict:
        results["recalled"] = False
    else:
        results["recalled"] = True


@pytest.mark.feature("R2", "R3")
def test_of_an_opening_and_a_recall_at_once_exactly_one_wins(town):
    """However they meet, the reader sees the text and the sender is refused, or the other way round."""
    for _ in range(12):
        message = town.write("anna", "eva@sjovik.se")
        delivery, case = town.delivery(message), listed(town, "eva")[0]
        gate, results = threading.Barrier(2), {}
        both = [
            threading.Thread(target=one, args=(town, thing, gate, results))
            for one, thing in ((_read, case.id), (_take_back, delivery.id))
        ]
        for one in both:
            one.start()
        for one in both:
            one.join(30)
        assert results["read"] != results["recalled"]
        assert (town.delivery(message).opened_at is not None) == results["read"]


@pytest.mark.feature("M7")
def test_no_answer_where_none_is_wanted(town):
    """A message that takes no answers is not answered, and says why; its own sender may go on."""
    message = town.write("anna", "eva@sjovik.se", reply_allowed=False)
    (case,) = listed(town, "eva")
    read = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread[0].message
    assert not read.reply_allowed
    with pytest.raises(Conflict, match="tar inte emot svar"):
        town.write("eva", recipients=(read.sender,), reply_to=read.id)
    town.write("anna", "eva@sjovik.se", reply_to=message.id)
    assert listed(town, "eva")[0].messages == 2


@pytest.mark.feature("Y4")
def test_an_answer_keeps_the_level(town):
    """A reply carries at least the level of what it answers; a higher one is welcome."""
    town.write("anna", "eva@sjovik.se", loa=Loa.TWO)
    (case,) = listed(town, "eva")
    read = in_work(town.platform, town.actor("eva"), case_view.case, case.id).thread[0].message
    with pytest.raises(Invalid) as refused:
        town.write("eva", recipients=(read.sender,), reply_to=read.id, loa=Loa.ONE)
    assert "minst samma tillitsnivå" in refused.value.fields["loa"]
    town.write("eva", recipients=(read.sender,), reply_to=read.id, loa=Loa.THREE)


@pytest.mark.feature("M8")
def test_a_mailbox_that_has_gone_is_told_of(town):
    """An address that no mailbox has is refused before anything is stored, and so is a closed account's."""
    eva = town.people["eva"]
    admin = system_actor(eva.organisation_id, "Admin")
    in_work(town.platform, admin, users.update_user, eva.id, active=False)
    closed = Address("local", str(town.own("eva")), organisation_value=str(eva.organisation_id))
    nowhere = Address("local", str(uuid4()), organisation_value=str(eva.organisation_id))
    for one in (closed, nowhere, Address("local", "nowhere")):
        with pytest.raises(Invalid) as refused:
            town.write("anna", recipients=(one,))
        assert "finns inte längre" in refused.value.fields["recipients"]
    assert town.rows(town.people["anna"].organisation_id, "SELECT 1 FROM messages") == []


@pytest.mark.feature("M9")
def test_without_a_way_to_strangers_the_sender_is_told(build_town):
    """Where nothing reaches people without account, an unknown address is refused at its field."""
    town = build_town(link=False)
    with pytest.raises(Invalid) as refused:
        town.write("anna", "maria@example.se", loa=Loa.ONE)
    assert "inget sätt" in refused.value.fields["recipients"]
