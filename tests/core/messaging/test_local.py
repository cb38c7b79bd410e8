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
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import deliver_due


@pytest.fixture
def platform(open_secure):
    return open_secure()


def listed(secure, reader, loa=Loa.TWO, mailbox_id=None):
    return list(
        in_work(secure.platform, reader.at(loa), inbox.inbox, mailbox_id or reader.personal_id, CaseFilter()).items
    )


@pytest.mark.feature("M8", "S3", "S12", "S14")
def test_an_account_gets_the_message_itself(secure, colleague, other_case_worker, case_worker):
    """A registered reader's own inbox has it, also in another organisation, and the sender waits for the opening."""
    for to, name in (("BO@habo.example", colleague), ("fia@mullsjo.example", other_case_worker)):
        message = secure.write(case_worker, to)
        (case,) = listed(secure, name)
        assert (case.subject, case.counterpart, case.channel) == ("Samtycke", "Habo · Ada Ahl", "secure")
        assert case.unread
        assert secure.delivery(message).state == "WAITING_FOR_RECEIPT"
        assert secure.delivery(message).opened_at is None
    assert secure.link.sent == []


@pytest.mark.feature("M9")
def test_everybody_else_gets_a_link(secure, case_worker):
    """One message to both kinds goes by both ways, each recipient once, however the address was typed."""
    message = secure.write(case_worker, "fia@mullsjo.example", "Maria@Example.se ", "maria@example.se", loa=Loa.ONE)
    assert sorted((row.transport, row.state) for row in secure.deliveries(message)) == [
        ("link", "WAITING_FOR_RECEIPT"),
        ("local", "WAITING_FOR_RECEIPT"),
    ]
    assert [one.delivery.recipient.value for one in secure.link.sent] == ["maria@example.se"]


@pytest.mark.feature("S4", "S17", "S24", "M13", "L4")
def test_reading_is_noted_where_it_was_sent_from(platform, secure, case_worker, other_case_worker):
    """The sender sees when and how surely it was opened, once, across organisations."""
    message = secure.write(case_worker, "fia@mullsjo.example")
    (case,) = listed(secure, other_case_worker)
    for _ in range(2):
        view = in_work(platform, other_case_worker.at(Loa.TWO, "password"), case_view.case, case.id)
    assert view.thread[0].message.body == "Se nedan."
    row = secure.delivery(message)
    assert (row.state, row.identified_by, row.identified_loa) == ("ACKNOWLEDGED", "password", 2)
    assert row.opened_at is not None
    assert secure.timeline(message)[-1:] == ["OPENED"]
    assert secure.timeline(message).count("OPENED") == 1
    assert "delivery.opened" in secure.organisation.log_kinds()


@pytest.mark.feature("S5", "M14")
def test_an_answer_goes_back_the_same_way(platform, secure, case_worker, other_case_worker):
    """The answer joins the case of what it answers, and the sender sees that it is answered."""
    message = secure.write(case_worker, "fia@mullsjo.example")
    (case,) = listed(secure, other_case_worker)
    read = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message
    answer = secure.write(other_case_worker, recipients=(read.sender,), subject="Sv: Samtycke", reply_to=read.id)
    assert secure.delivery(message).answered_at is not None
    assert secure.timeline(message)[-1] == "ANSWERED"
    view = in_work(platform, case_worker.at(Loa.TWO), case_view.case, message.case_id)
    assert [one.message.subject for one in view.thread] == ["Samtycke", "Sv: Samtycke"]
    assert [one.depth for one in view.thread] == [0, 1]
    assert secure.delivery(answer).opened_at is not None


@pytest.mark.feature("SD11")
@pytest.mark.parametrize("confidential", [True, False])
def test_what_the_sender_said_of_it_comes_along(platform, secure, case_worker, other_case_worker, confidential):
    """That it is under secrecy, in the list and in the message, and from there in the answer."""
    secure.write(case_worker, "fia@mullsjo.example", confidential=confidential)
    (case,) = listed(secure, other_case_worker)
    read = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message
    assert (case.confidential, read.confidential) == (confidential, confidential)
    assert drafts.reply(read).confidential is confidential


@pytest.mark.feature("M14")
def test_an_answer_to_all_reaches_the_others(platform, secure, case_worker, other_case_worker, colleague):
    """Each recipient sees who else has it, and an answer to all goes to the sender and to them, not to oneself."""
    secure.write(case_worker, "fia@mullsjo.example", "bo@habo.example")
    (case,) = listed(secure, other_case_worker)
    read = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message
    assert {one.value for one in read.recipients} == {str(other_case_worker.personal_id), str(colleague.personal_id)}
    own = next(one for one in read.recipients if one.value == str(other_case_worker.personal_id))
    draft = drafts.reply(read, own, [read])
    assert {one.value for one in draft.recipients} == {str(case_worker.personal_id), str(colleague.personal_id)}
    answer = secure.write(other_case_worker, recipients=draft.recipients, subject="Sv", reply_to=read.id)
    assert [row.state for row in secure.deliveries(answer)] == ["WAITING_FOR_RECEIPT"] * 2
    assert [one.subject for one in listed(secure, colleague)] == ["Sv"]


@pytest.mark.feature("S25")
def test_going_on_is_no_answer(secure, case_worker, colleague):
    """A second message to a colleague of the same organisation does not make the first one answered."""
    message = secure.write(case_worker, "bo@habo.example")
    secure.write(case_worker, "bo@habo.example", reply_to=message.id, subject="Tillägg")
    assert [row.answered_at for row in secure.deliveries(message)] == [None]
    (case,) = listed(secure, colleague)
    assert case.messages == 2


@pytest.mark.feature("M17")
def test_function_mailboxes_write_and_get_answers(platform, secure, mailbox, case_worker, other_case_worker, colleague):
    """What a function sends is answered to the function, also across organisations."""
    box, theirs = mailbox, secure.other_organisation.mailbox
    message = secure.write(case_worker, "fia@mullsjo.example", mailbox_id=box.id)
    (case,) = listed(secure, other_case_worker)
    assert case.counterpart == "Habo · Socialnämnden"
    read = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message
    secure.write(other_case_worker, recipients=(read.sender,), reply_to=read.id)
    assert [one.id for one in listed(secure, colleague, mailbox_id=box.id)] == [message.case_id]
    to = Address("local", str(theirs.id), organisation_value=str(theirs.organisation_id))
    secure.write(case_worker, recipients=(to,), mailbox_id=box.id)
    assert len(listed(secure, other_case_worker, mailbox_id=theirs.id)) == 1


@pytest.mark.feature("S19", "S13", "M16")
def test_a_file_that_is_taken_is_noted(platform, secure, case_worker, other_case_worker):
    """The sender sees that the attachment has been downloaded; one's own look at it says nothing."""
    file = attachments.store(platform, case_worker.at(Loa.TWO), "plan.txt", "text/plain", [b"en plan"])
    message = secure.write(case_worker, "fia@mullsjo.example", attachments=(file.id,))
    b"".join(in_work(platform, case_worker.at(Loa.TWO), case_view.open_attachment, file.id)[1])
    assert secure.delivery(message).downloaded_at is None
    (case,) = listed(secure, other_case_worker)
    (theirs,) = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message.attachments
    assert (
        b"".join(in_work(platform, other_case_worker.at(Loa.TWO), case_view.open_attachment, theirs.id)[1])
        == b"en plan"
    )
    assert secure.delivery(message).downloaded_at is not None
    assert secure.timeline(message)[-2:] == ["OPENED", "DOWNLOADED"]


@pytest.mark.feature("M6", "A1")
def test_a_higher_level_is_asked_for(platform, secure, case_worker, other_case_worker):
    """Lists say nothing of the subject, the case and its files ask for a step up, and nothing counts as opened."""
    file = attachments.store(platform, case_worker.at(Loa.TWO), "plan.txt", "text/plain", [b"en plan"])
    message = secure.write(
        case_worker, "fia@mullsjo.example", loa=Loa.THREE, attachments=(file.id,), subject="Vårdplan"
    )
    (case,) = listed(secure, other_case_worker)
    assert (case.subject, case.loa) == ("", Loa.THREE)
    assert in_work(platform, other_case_worker.at(Loa.TWO), search, "vårdplan") == [], (
        "a word that is not shown finds nothing"
    )
    assert [one.subject for one in in_work(platform, other_case_worker.at(Loa.TWO), search, "ada")] == [""]
    assert in_work(platform, other_case_worker.at(Loa.TWO), search, "ada vårdplan") == []
    with pytest.raises(StepUp) as wanted:
        in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id)
    assert wanted.value.wanted == Loa.THREE
    (row,) = secure.other_organisation.rows(
        "SELECT a.id FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.case_id = :id",
        id=case.id,
    )
    with pytest.raises(StepUp):
        in_work(platform, other_case_worker.at(Loa.TWO), case_view.open_attachment, row.id)
    assert secure.delivery(message).opened_at is None
    assert [one.subject for one in listed(secure, other_case_worker, Loa.THREE)] == ["Vårdplan"]
    in_work(platform, other_case_worker.at(Loa.THREE), case_view.case, case.id)
    assert secure.delivery(message).identified_loa == Loa.THREE
    assert in_work(platform, case_worker.at(Loa.ONE), case_view.case, message.case_id).thread


@pytest.mark.feature("R1", "R2", "R3", "S23", "Y3")
def test_what_nobody_has_opened_can_be_taken_back(platform, secure, case_worker, other_case_worker):
    """The copy stays, says nothing, and cannot be opened; the sender sees that it is recalled."""
    file = attachments.store(platform, case_worker.at(Loa.TWO), "plan.txt", "text/plain", [b"en plan"])
    message = secure.write(case_worker, "fia@mullsjo.example", attachments=(file.id,))
    in_work(platform, case_worker.at(Loa.TWO), recall.recall, secure.delivery(message).id)
    (case,) = listed(secure, other_case_worker)
    assert (case.subject, case.recalled) == ("", True)
    subject = message.subject.split()[0]
    assert in_work(platform, case_worker.at(Loa.TWO), search, subject), "its sender finds it still"
    assert in_work(platform, other_case_worker.at(Loa.TWO), search, subject) == []
    assert in_work(platform, other_case_worker.at(Loa.TWO), search, case.number) == [case]
    (shown,) = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread
    assert (shown.message.subject, shown.message.body, shown.message.attachments) == ("", "", ())
    assert shown.message.state is IncomingState.RECALLED
    (row,) = secure.other_organisation.rows(
        "SELECT a.id FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.case_id = :id",
        id=case.id,
    )
    with pytest.raises(NotFound):
        in_work(platform, other_case_worker.at(Loa.TWO), case_view.open_attachment, row.id)
    assert secure.delivery(message).state == DeliveryState.RECALLED
    assert secure.delivery(message).opened_at is None
    assert secure.timeline(message)[-1] == "RECALLED"
    with pytest.raises(Conflict, match="redan återkallat"):
        in_work(platform, case_worker.at(Loa.TWO), recall.recall, secure.delivery(message).id)


@pytest.mark.feature("R2", "Y5")
def test_recall_is_for_each_recipient_who_has_not_opened(platform, secure, case_worker, other_case_worker, colleague):
    """Who has opened keeps theirs; the others lose it."""
    message = secure.write(case_worker, "fia@mullsjo.example", "bo@habo.example")
    (case,) = listed(secure, other_case_worker)
    in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id)
    outcomes = []
    for row in secure.deliveries(message):
        try:
            in_work(platform, case_worker.at(Loa.TWO), recall.recall, row.id)
            outcomes.append("recalled")
        except Conflict as error:
            outcomes.append(str(error))
    assert sorted(outcomes) == [recall.OPENED, "recalled"]
    assert (
        in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message.body == "Se nedan."
    )
    (his,) = listed(secure, colleague)
    assert his.recalled


@pytest.mark.feature("R1")
def test_recall_is_only_for_those_of_the_mailbox(platform, secure, case_worker, other_case_worker, colleague):
    """Neither the recipient nor a colleague can take back what somebody else has sent."""
    message = secure.write(case_worker, "fia@mullsjo.example")
    for reader in (other_case_worker, colleague):
        with pytest.raises(NotFound):
            in_work(platform, reader.at(Loa.TWO), recall.recall, secure.delivery(message).id)
    assert secure.delivery(message).state == "WAITING_FOR_RECEIPT"


@pytest.mark.feature("R1", "Y7")
def test_who_only_reads_for_somebody_else_recalls_nothing(platform, secure, case_worker, colleague):
    """A delegate without the right to answer sees the sent message, and cannot take it back; one with it can."""
    message = secure.write(case_worker, "fia@mullsjo.example")
    delivery, bo, until = secure.delivery(message).id, colleague.at(Loa.TWO), datetime.now(UTC) + timedelta(days=3)
    who = colleague.user.id
    in_work(platform, case_worker.at(Loa.TWO), delegations.delegate, who, until, old_too=True, may_answer=False)
    assert in_work(platform, bo, tracking.followed, delivery)[0].subject == "Samtycke"
    with pytest.raises(Forbidden):
        in_work(platform, bo, recall.recall, delivery)
    in_work(platform, case_worker.at(Loa.TWO), delegations.delegate, who, until, old_too=True)
    in_work(platform, bo, recall.recall, delivery)
    assert secure.delivery(message).state == "RECALLED"


@pytest.mark.feature("R3")
def test_recalled_before_it_was_carried(platform, secure, case_worker, other_case_worker):
    """What is taken back while it waits in the queue never arrives."""
    message = secure.write(case_worker, "fia@mullsjo.example", carry=False)
    in_work(platform, case_worker.at(Loa.TWO), recall.recall, secure.delivery(message).id)
    deliver_due(platform)
    assert listed(secure, other_case_worker) == []


@pytest.mark.feature("R3")
def test_recalled_while_it_was_being_carried(platform, secure, case_worker, other_case_worker):
    """A copy that was stored just after the recall is closed by its first reader's claim."""
    message = secure.write(case_worker, "fia@mullsjo.example")
    query = "UPDATE deliveries SET state = 'RECALLED' WHERE id = :id RETURNING id"
    secure.organisation.rows(query, id=secure.delivery(message).id)
    (case,) = listed(secure, other_case_worker)
    (shown,) = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread
    assert shown.message.body == ""
    assert [one.recalled for one in listed(secure, other_case_worker)] == [True]


def _read(secure, case_id, gate, results):
    gate.wait()
    results["read"] = bool(
        in_work(secure.platform, secure.other_organisation.case_worker.at(Loa.TWO), case_view.case, case_id)
        .thread[-1]
        .message.body
    )


def _take_back(secure, delivery_id, gate, results):
    gate.wait()
    try:
        in_work(secure.platform, secure.organisation.case_worker.at(Loa.TWO), recall.recall, delivery_id)
    except Conflict:
        results["recalled"] = False
    else:
        results["recalled"] = True


@pytest.mark.feature("R2", "R3")
def test_of_an_opening_and_a_recall_at_once_exactly_one_wins(secure, case_worker, other_case_worker):
    """However they meet, the reader sees the text and the sender is refused, or the other way round."""
    for _ in range(12):
        message = secure.write(case_worker, "fia@mullsjo.example")
        delivery, case = secure.delivery(message), listed(secure, other_case_worker)[0]
        gate, results = threading.Barrier(2), {}
        both = [
            threading.Thread(target=one, args=(secure, thing, gate, results))
            for one, thing in ((_read, case.id), (_take_back, delivery.id))
        ]
        for one in both:
            one.start()
        for one in both:
            one.join(30)
        assert results["read"] != results["recalled"]
        assert (secure.delivery(message).opened_at is not None) == results["read"]


@pytest.mark.feature("M7")
def test_no_answer_where_none_is_wanted(platform, secure, case_worker, other_case_worker):
    """A message that takes no answers is not answered, and says why; its own sender may go on."""
    message = secure.write(case_worker, "fia@mullsjo.example", reply_allowed=False)
    (case,) = listed(secure, other_case_worker)
    read = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message
    assert not read.reply_allowed
    with pytest.raises(Conflict, match="tar inte emot svar"):
        secure.write(other_case_worker, recipients=(read.sender,), reply_to=read.id)
    secure.write(case_worker, "fia@mullsjo.example", reply_to=message.id)
    assert listed(secure, other_case_worker)[0].messages == 2


@pytest.mark.feature("Y4")
def test_an_answer_keeps_the_level(platform, secure, case_worker, other_case_worker):
    """A reply carries at least the level of what it answers; a higher one is welcome."""
    secure.write(case_worker, "fia@mullsjo.example", loa=Loa.TWO)
    (case,) = listed(secure, other_case_worker)
    read = in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message
    with pytest.raises(Invalid) as refused:
        secure.write(other_case_worker, recipients=(read.sender,), reply_to=read.id, loa=Loa.ONE)
    assert "minst samma tillitsnivå" in refused.value.fields["loa"]
    secure.write(other_case_worker, recipients=(read.sender,), reply_to=read.id, loa=Loa.THREE)


@pytest.mark.feature("M8")
def test_a_mailbox_that_has_gone_is_told_of(platform, secure, other_case_worker, case_worker):
    """An address that no mailbox has is refused before anything is stored, and so is a closed account's."""
    eva = other_case_worker.user
    admin = system_actor(eva.organisation_id, "Admin")
    in_work(platform, admin, users.update_user, eva.id, active=False)
    closed = Address("local", str(other_case_worker.personal_id), organisation_value=str(eva.organisation_id))
    nowhere = Address("local", str(uuid4()), organisation_value=str(eva.organisation_id))
    for one in (closed, nowhere, Address("local", "nowhere")):
        with pytest.raises(Invalid) as refused:
            secure.write(case_worker, recipients=(one,))
        assert "finns inte längre" in refused.value.fields["recipients"]
    assert secure.organisation.rows("SELECT 1 FROM messages") == []


@pytest.mark.feature("M9")
def test_without_a_way_to_strangers_the_sender_is_told(open_secure):
    """Where nothing reaches people without account, an unknown address is refused at its field."""
    organisation = SampleOrganisation.create(open_secure(links=False))
    sender, strangers = organisation.case_worker.at(Loa.TWO), (Address("secure", "maria@example.se"),)
    with pytest.raises(Invalid) as refused:
        organisation.send(sender, mailbox_id=sender.personal_id, recipients=strangers, loa=Loa.ONE)
    assert "inget sätt" in refused.value.fields["recipients"]
