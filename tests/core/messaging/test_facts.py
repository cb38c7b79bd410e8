"""Facts beside the state, and reading as a guest."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.cases import actions, inbox, message_store
from budkavle.cases.inbox import CaseFilter
from budkavle.deliveries import delivery_facts, recall
from budkavle.deliveries.delivery_facts import Fact
from budkavle.messaging import case_view, guest_access, sending, tracking
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, Permanent, StepUp
from budkavle.model.loa import Loa
from budkavle.model.messages import File, Terms
from budkavle.model.people import GuestActor
from budkavle.testing.acting import in_work, system
from budkavle.testing.working import deliver_due

MARIA = "maria@example.se"
SMS = {"method": "Kod med SMS", "provider": "sms", "loa": Loa.TWO}


@pytest.fixture
def platform(open_secure):
    return open_secure()


@pytest.fixture
def message(secure, case_worker):
    """A message to somebody without account, at level 2."""
    return secure.write(case_worker, MARIA, terms={MARIA: Terms(phone="0701234567", language="en")})


@pytest.fixture
def key(secure, message):
    """Organisation and delivery, as a link knows them."""
    return message.organisation_id, secure.delivery(message).id


@pytest.mark.feature("S1", "S2", "S12")
def test_a_notification_is_noted_once(platform, secure, message, key):
    """Its time is the first one's, and the timeline says it."""
    assert secure.delivery(message).notified_at is None
    assert [in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.NOTIFIED) for _ in range(2)] == [
        True,
        False,
    ]
    assert secure.delivery(message).notified_at is not None
    assert secure.timeline(message)[-1] == "NOTIFIED"
    assert secure.timeline(message).count("NOTIFIED") == 1


@pytest.mark.feature("S3")
def test_a_reminder_is_noted_each_time(platform, secure, message, key):
    """Two reminders are two rows."""
    assert [in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.REMINDED) for _ in range(2)] == [
        True,
        True,
    ]
    assert secure.timeline(message).count("REMINDED") == 2
    assert secure.delivery(message).state == "WAITING_FOR_RECEIPT"


@pytest.mark.feature("S11")
def test_a_bounce_is_trouble(platform, secure, case_worker, message, key):
    """The mail that came back says so under "Behöver åtgärd", with the reason in words."""
    assert in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.BOUNCED, detail="Adressen finns inte.")
    row = secure.delivery(message)
    assert (row.state, row.failure) == ("SEND_FAILURE", "Adressen finns inte.")
    listed = in_work(
        platform, case_worker.at(Loa.TWO), inbox.inbox, case_worker.personal_id, CaseFilter(trouble=True)
    ).items
    assert [case.id for case in listed] == [message.case_id]


@pytest.mark.feature("S11", "S25")
def test_the_sender_is_told_how_it_failed(platform, secure, case_worker, message, key):
    """That nobody read it in time, that the mail came back, or that it never went: what happened last counts."""

    def ended():
        (sent,) = in_work(platform, case_worker.at(Loa.TWO), inbox.sent, case_worker.personal_id).items
        followed, _ = in_work(platform, case_worker.at(Loa.TWO), tracking.followed, key[1])
        assert followed.to == sent.recipients[0]
        return followed.to.ended

    def again():
        in_work(platform, case_worker.at(Loa.TWO), sending.retry, key[1])
        deliver_due(platform)

    assert ended() == ""
    in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.EXPIRED, detail="Länken gick ut.")
    assert ended() == "EXPIRED"
    again()
    assert ended() == ""
    in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.BOUNCED, detail="Adressen finns inte.")
    in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.REMINDED)
    assert ended() == "BOUNCED"
    secure.link.send = refusing
    again()
    assert ended() == "SEND_FAILURE"


def refusing(outgoing):
    """Send nothing, ever."""
    raise Permanent("Mejlet går inte att skicka.")


@pytest.mark.feature("S4")
def test_a_bounce_after_the_opening_changes_nothing(platform, secure, message, key):
    """What has been read has arrived, whatever a late mail says."""
    guest = GuestActor(key[0], loa=Loa.TWO, method="sms")
    in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.OPENED, by=guest)
    in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.BOUNCED, detail="För sent.")
    assert (secure.delivery(message).state, secure.delivery(message).failure) == ("ACKNOWLEDGED", "")


def test_a_fact_that_no_plugin_has_words_for_is_refused(platform, secure, key):
    """Otherwise the timeline would show a word that nobody understands."""
    with pytest.raises(Invalid, match="Inget tillägg har ord för SEEN"):
        in_work(platform, system(key[0]), delivery_facts.note, key[1], "SEEN")


def test_nothing_is_noted_of_what_is_not_there(platform, secure, other_case_worker, key):
    """Neither an unknown delivery, nor another organisation's."""
    organisation_id, delivery_id = key
    assert not in_work(platform, system(organisation_id), delivery_facts.note, uuid4(), Fact.OPENED)
    assert not in_work(
        platform, system(other_case_worker.user.organisation_id), delivery_facts.note, delivery_id, Fact.OPENED
    )


@pytest.mark.feature("L3", "Q1")
def test_a_peek_says_who_and_nothing_else(platform, secure, message, key):
    """Before anybody has identified: the sender, the time, the level; no subject and no text."""
    known = in_work(platform, system(key[0]), guest_access.guest_preview, key[1])
    assert (known.organisation, known.mailbox, known.loa) == ("Habo", "Ada Ahl", Loa.TWO)
    assert (known.terms.phone, known.language) == ("+46701234567", "en")
    assert known.readable
    assert known.opened_at is None
    assert "Samtycke" not in repr(known)
    assert "Se nedan" not in repr(known)
    assert secure.delivery(message).opened_at is None


@pytest.mark.feature("L3", "L4", "S4", "Q1")
def test_a_guest_opens(platform, secure, message, key):
    """Who has identified well enough reads, and the sender sees how."""
    read = in_work(platform, system(key[0]), guest_access.open_message, key[1], **SMS)
    assert (read.subject, read.body) == ("Samtycke", "Se nedan.")
    row = secure.delivery(message)
    assert (row.state, row.identified_by, row.identified_loa) == ("ACKNOWLEDGED", "Kod med SMS", 2)
    in_work(platform, system(key[0]), guest_access.open_message, key[1], **(SMS | {"method": "En kod till"}))
    assert secure.delivery(message).identified_by == "Kod med SMS"


@pytest.mark.feature("ZS4")
def test_each_reading_by_a_guest_leaves_an_entry(platform, secure, key):
    """The second too, by another browser or the same; within a minute they are one."""
    for _ in range(2):
        in_work(platform, system(key[0]), guest_access.open_message, key[1], **SMS)
    count = "SELECT count(*) AS number FROM audit_log WHERE kind = 'link.read'"
    assert [row.number for row in secure.organisation.rows(count)] == [1]
    secure.organisation.rows("UPDATE traces SET at = at - interval '61 seconds' RETURNING 1")
    in_work(platform, system(key[0]), guest_access.open_message, key[1], **SMS)
    assert [row.number for row in secure.organisation.rows(count)] == [2]


@pytest.mark.feature("A8", "A10")
@pytest.mark.parametrize("way", ["bankid", "partner", "siths", "email", ""])
def test_whoever_else_has_the_link_does_not_read(platform, secure, message, key, way):
    """The sender knows a phone: no other way tells that it is this person, however sure it is of who it is."""
    with pytest.raises(Forbidden, match="visar inte att du är den"):
        in_work(
            platform,
            system(key[0]),
            guest_access.open_message,
            key[1],
            method="BankID",
            provider=way,
            loa=Loa.THREE,
        )
    assert secure.delivery(message).opened_at is None


@pytest.mark.feature("M6")
def test_a_guest_of_a_lower_level_does_not(platform, secure, message, key):
    """Nothing is shown and nothing counts as opened."""
    with pytest.raises(StepUp):
        in_work(platform, system(key[0]), guest_access.open_message, key[1], method="email", loa=Loa.ONE)
    assert secure.delivery(message).opened_at is None


@pytest.mark.feature("X2")
def test_only_the_chosen_way_will_do(platform, secure, case_worker):
    """Where the sender asks for one way, another of the same level is refused."""
    terms = {MARIA: Terms(method="bankid", personnummer="19121212-1212")}
    message = secure.write(case_worker, MARIA, loa=Loa.ONE, terms=terms)
    key = message.organisation_id, secure.delivery(message).id
    with pytest.raises(Forbidden, match="annat sätt"):
        in_work(
            platform,
            system(key[0]),
            guest_access.open_message,
            key[1],
            method="SITHS",
            provider="siths",
            loa=Loa.THREE,
        )
    in_work(
        platform,
        system(key[0]),
        guest_access.open_message,
        key[1],
        method="Mobilt BankID",
        provider="bankid",
        loa=Loa.THREE,
    )


@pytest.mark.feature("A10")
@pytest.mark.parametrize("terms", [Terms(), Terms(method="siths")])
def test_at_level_three_only_the_person_whose_number_is_known_reads(platform, secure, case_worker, terms):
    """A message without its reader's personnummer, as they could be sent before, is shown to nobody."""
    message = secure.write(case_worker, MARIA, loa=Loa.THREE, terms={MARIA: Terms(personnummer="19121212-1212")})
    organisation_id, delivery_id = key = message.organisation_id, secure.delivery(message).id
    with platform.database.transaction(organisation_id) as connection:
        sealed = in_work(platform, system(organisation_id), message_store.seal_terms, delivery_id, terms)
        query = text("UPDATE deliveries SET terms = :sealed WHERE id = :id")
        connection.execute(query, {"sealed": sealed, "id": delivery_id})
    with pytest.raises(Forbidden, match=r"annat sätt|visar inte"):
        in_work(
            platform,
            system(key[0]),
            guest_access.open_message,
            key[1],
            method="SITHS",
            provider="siths",
            loa=Loa.THREE,
        )
    assert secure.delivery(message).opened_at is None


@pytest.mark.feature("R1", "R3")
def test_a_recalled_link_opens_nothing(platform, secure, case_worker, message, key):
    """Neither the message, nor its files, nor an answer; the peek says what has happened."""
    in_work(platform, case_worker.at(Loa.TWO), recall.recall, key[1])
    assert not in_work(platform, system(key[0]), guest_access.guest_preview, key[1]).readable
    for deed in (
        lambda: in_work(platform, system(key[0]), guest_access.open_message, key[1], **SMS),
        lambda: in_work(platform, system(key[0]), guest_access.open_file, key[1], uuid4(), **SMS),
        lambda: in_work(platform, system(key[0]), guest_access.answer, key[1], "Hej", **SMS),
    ):
        with pytest.raises(Conflict, match="återkallat"):
            deed()
    assert not in_work(platform, system(key[0]), delivery_facts.note, key[1], Fact.OPENED)


@pytest.mark.feature("R2")
def test_an_opened_link_is_not_recalled(platform, secure, case_worker, message, key):
    """The sender is told why."""
    in_work(platform, system(key[0]), guest_access.open_message, key[1], **SMS)
    with pytest.raises(Conflict, match="har redan öppnat"):
        in_work(platform, case_worker.at(Loa.TWO), recall.recall, key[1])


@pytest.mark.feature("S19")
def test_a_guest_takes_a_file(platform, secure, case_worker):
    """Only files of this message, and the sender sees that it was taken."""
    from budkavle.cases import attachments

    file = attachments.store(platform, case_worker.at(Loa.TWO), "plan.txt", "text/plain", [b"en plan"])
    other = attachments.store(platform, case_worker.at(Loa.TWO), "annan.txt", "text/plain", [b"en annan"])
    terms = {MARIA: Terms(phone="0701234567")}
    message = secure.write(case_worker, MARIA, terms=terms, attachments=(file.id,))
    secure.write(case_worker, MARIA, terms=terms, attachments=(other.id,))
    key = message.organisation_id, secure.delivery(message).id
    with pytest.raises(NotFound):
        in_work(platform, system(key[0]), guest_access.open_file, key[1], other.id, **SMS)
    found, pieces = in_work(platform, system(key[0]), guest_access.open_file, key[1], file.id, **SMS)
    assert (found.file_name, b"".join(pieces)) == ("plan.txt", b"en plan")
    assert secure.delivery(message).downloaded_at is not None


@pytest.mark.feature("S5", "L6", "Y4")
def test_a_guest_answers(platform, secure, case_worker, message, key):
    """The answer is in the sender's case, at the message's level, once however often the form is sent."""
    file = File("svar.txt", "text/plain", b"Ja tack")
    for _ in range(2):
        in_work(platform, system(key[0]), guest_access.answer, key[1], "Ja tack", (file,), **SMS, key="form")
    view = in_work(platform, case_worker.at(Loa.TWO), case_view.case, message.case_id)
    answer = view.thread[-1].message
    assert (len(view.thread), answer.body, answer.loa, answer.subject) == (2, "Ja tack", Loa.TWO, "Sv: Samtycke")
    assert [one.file_name for one in answer.attachments] == ["svar.txt"]
    assert str(answer.sender) == MARIA
    assert secure.delivery(message).answered_at is not None
    assert secure.timeline(message)[-1] == "ANSWERED"


@pytest.mark.feature("X4", "M14", "Y4")
def test_what_is_known_of_a_guest_goes_on_in_the_case(platform, secure, case_worker, message, key):
    """An answer to somebody without account needs the number only once, and the language stays."""
    in_work(platform, system(key[0]), guest_access.answer, key[1], "Ja tack", **SMS, name="Maria Öberg")
    answer = in_work(platform, case_worker.at(Loa.TWO), case_view.case, message.case_id).thread[-1].message
    assert str(answer.sender) == "Maria Öberg"
    secure.write(case_worker, recipients=(answer.sender,), reply_to=answer.id)
    assert secure.link.sent[-1].terms == Terms(phone="+46701234567", language="en")
    new = {MARIA: Terms(phone="0709999999")}
    secure.write(case_worker, recipients=(answer.sender,), reply_to=answer.id, terms=new)
    assert secure.link.sent[-1].terms.phone == "+46709999999"
    with pytest.raises(Invalid):
        secure.write(case_worker, recipients=(answer.sender,), reply_to=answer.id, loa=Loa.THREE)


@pytest.mark.feature("Y3")
def test_what_nobody_ever_opened_does_not_stop_gallring(platform, secure, case_worker, message, key):
    """A case in the bin is destroyed although its reader never came; the link then opens nothing."""
    from budkavle.cases import actions
    from budkavle.operations import retention

    in_work(platform, case_worker.at(Loa.TWO), actions.bin_case, message.case_id)
    secure.organisation.rows(
        "UPDATE cases SET binned_at = now() - interval '31 days' WHERE id = :id RETURNING id",
        id=message.case_id,
    )
    assert retention.empty_bin(platform) == 1
    assert not in_work(platform, system(key[0]), guest_access.guest_preview, key[1]).readable
    with pytest.raises(Conflict, match="har tagits bort"):
        in_work(platform, system(key[0]), guest_access.open_message, key[1], **SMS)


@pytest.mark.feature("Y3")
def test_a_reader_keeps_what_the_sender_has_destroyed(platform, secure, case_worker, other_case_worker):
    """Gallring at the sender takes nothing from who has got the message."""
    from budkavle.operations import retention

    message = secure.write(case_worker, "fia@mullsjo.example")
    in_work(platform, case_worker.at(Loa.TWO), actions.bin_case, message.case_id)
    secure.organisation.rows(
        "UPDATE cases SET binned_at = now() - interval '31 days' WHERE id = :id RETURNING id",
        id=message.case_id,
    )
    assert retention.empty_bin(platform) == 1
    (case,) = in_work(
        platform, other_case_worker.at(Loa.TWO), inbox.inbox, other_case_worker.personal_id, CaseFilter()
    ).items
    assert (
        in_work(platform, other_case_worker.at(Loa.TWO), case_view.case, case.id).thread[0].message.body == "Se nedan."
    )


@pytest.mark.feature("S5")
def test_a_guests_answer_is_judged(platform, secure, key):
    """An empty answer, a program and too many files come no further."""
    bad = File("svar.exe", "application/octet-stream", b"MZ" + bytes(100))
    for body, files, field in (("  ", (), "body"), ("Hej", (bad,), "attachments"), ("Hej", (bad,) * 99, "attachments")):
        with pytest.raises(Invalid) as refused:
            in_work(platform, system(key[0]), guest_access.answer, key[1], body, files, **SMS)
        assert field in refused.value.fields


@pytest.mark.feature("M7")
def test_a_guest_may_not_answer_where_none_is_wanted(platform, secure, case_worker):
    """The sender has said no."""
    message = secure.write(case_worker, MARIA, loa=Loa.ONE, reply_allowed=False)
    key = message.organisation_id, secure.delivery(message).id
    assert not in_work(platform, system(key[0]), guest_access.guest_preview, key[1]).reply_allowed
    with pytest.raises(Conflict, match="tar inte emot svar"):
        in_work(platform, system(key[0]), guest_access.answer, key[1], "Hej", method="e-post", loa=Loa.ONE)


@pytest.mark.feature("Q1")
def test_an_unknown_link_leads_nowhere(platform, secure, other_case_worker, key):
    """A made-up delivery and another organisation's are both not found."""
    for wrong in ((key[0], uuid4()), (other_case_worker.user.organisation_id, key[1])):
        with pytest.raises(NotFound):
            in_work(platform, system(wrong[0]), guest_access.guest_preview, wrong[1])


@pytest.mark.feature("S4")
def test_an_opening_stands_though_the_answer_is_refused(platform, secure, message, key):
    """Whoever answers without a word has opened the message all the same."""
    with pytest.raises(Invalid):
        in_work(platform, system(key[0]), guest_access.answer, key[1], "", **SMS)
    assert secure.delivery(message).opened_at is not None
