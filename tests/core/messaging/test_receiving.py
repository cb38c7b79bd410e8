"""What comes in: once, in the right mailbox, in the right case, and not before its receipt has gone."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from psycopg.errors import DivisionByZero
from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations
from budkavle.cases import actions, attachments, inbox
from budkavle.cases.inbox import CaseFilter
from budkavle.messaging import case_view, sending
from budkavle.model import sources
from budkavle.model.errors import Invalid, Permanent, Temporary, Unavailable
from budkavle.model.messages import Address, File, Refusal
from budkavle.operations.worker import Worker
from budkavle.storage.pipeline import Statement
from budkavle.testing import acting
from budkavle.testing.acting import in_work, system
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation


def listed(organisation, actor=None, box=None):
    return in_work(
        organisation.platform,
        actor or organisation.case_worker,
        inbox.inbox,
        (box or organisation.mailbox).id,
        CaseFilter(),
    ).items


@pytest.mark.feature("SD9")
def test_a_message_opens_a_case_in_the_default_mailbox(platform, organisation, notices):
    """What fits nothing else lies in the default mailbox, and the event log says why."""
    accepted = acting.accept(platform, organisation.incoming())
    (case,) = listed(organisation)
    assert (case.subject, case.counterpart != "") == ("Begäran om handling", True)
    assert accepted.message_id is not None
    (row,) = organisation.rows("SELECT entry FROM audit_log WHERE kind = 'message.received'")
    assert '"placed":"default"' in row.entry
    assert notices == [("message_received", {"message_id": accepted.message_id})]


@pytest.mark.feature("SD6", "S17")
def test_the_same_message_is_stored_once(platform, organisation):
    """A second arrival says that it is a duplicate, and leaves no file and no row behind."""
    incoming = organisation.incoming("same", files=(File("a.pdf", "application/pdf", b"%PDF-1"),))
    first = acting.accept(platform, incoming)
    again = acting.accept(platform, incoming)
    assert (again.message_id, again.duplicate, first.duplicate) == (first.message_id, True, False)
    assert len(organisation.rows("SELECT 1 FROM messages")) == len(organisation.rows("SELECT 1 FROM attachments")) == 1
    assert len(list(platform.blobs.names(organisation.id))) == 1


@pytest.mark.feature("SD6")
def test_a_message_whose_storing_was_not_confirmed_keeps_its_files(platform, organisation, monkeypatch):
    """The database is lost in the very commit: the message may be there, and then its files are too."""
    database = platform.database
    transaction = database.transaction

    @contextmanager
    def lost_at_the_end(organisation_id, **more):
        with transaction(organisation_id, **more) as connection:
            yield connection
        with transaction(organisation.id) as connection:
            if connection.execute(text("SELECT 1 FROM messages")).first():
                raise Unavailable("Databasen svarar inte.")

    incoming = organisation.incoming(
        "same", files=(File("a.pdf", "application/pdf", b"%PDF-1"),), evidence=b"x" * 300_000
    )
    with monkeypatch.context() as patched:
        patched.setattr(database, "transaction", lost_at_the_end)
        with pytest.raises(Unavailable):
            acting.accept(platform, incoming)
    accepted = acting.accept(platform, incoming)
    assert accepted.duplicate
    (file,) = in_work(platform, system(organisation.id), case_view.message, accepted.message_id).attachments
    assert b"".join(attachments.open_file(platform, organisation.id, file.id)) == b"%PDF-1"


@pytest.mark.feature("SD6")
def test_the_same_message_at_the_same_moment_is_stored_once(platform, organisation):
    """Four that arrive together become one message in one case."""
    incoming = organisation.incoming(
        "same", files=(File("a.pdf", "application/pdf", b"%PDF-1"),), conversation_id="talk"
    )
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: acting.accept(platform, incoming), range(4)))
    assert sum(not one.duplicate for one in answers) == 1
    assert len({one.message_id for one in answers}) == 1
    assert len(organisation.rows("SELECT 1 FROM cases")) == 1
    assert len(list(platform.blobs.names(organisation.id))) == 1


@pytest.mark.feature("SD9")
def test_two_first_messages_of_one_conversation_share_a_case(platform, organisation):
    """Messages of a new conversation that come together end up in one case."""
    incoming = [organisation.incoming(conversation_id="talk") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: acting.accept(platform, one), incoming))
    (case,) = organisation.rows("SELECT messages, incoming FROM cases")
    assert (case.messages, case.incoming) == (4, 4)


@pytest.mark.feature("SD9")
def test_an_answer_finds_the_case_of_what_it_answers(platform, organisation, case_worker, draft):
    """A reference to our delivery leads to its case, whatever the conversation is called, and notes the answer."""
    social = organisation.add_mailbox("Social", case_worker)
    sent = in_work(platform, case_worker, sending.send, social.id, draft())
    (delivery,) = organisation.rows("SELECT id FROM deliveries")
    accepted = acting.accept(platform, organisation.incoming(ref_to=str(delivery.id), conversation_id="new"))
    (row,) = organisation.rows("SELECT mailbox_id, case_id FROM messages WHERE id = :id", id=accepted.message_id)
    assert (row.mailbox_id, row.case_id) == (social.id, sent.case_id)
    assert organisation.rows("SELECT answered_at FROM deliveries")[0].answered_at is not None


@pytest.mark.feature("SD9")
def test_an_unknown_reference_is_accepted(platform, organisation):
    """A reference to something that was never here is kept and opens a case of its own."""
    accepted = acting.accept(platform, organisation.incoming(ref_to=str(uuid4())))
    assert not accepted.duplicate
    assert len(listed(organisation)) == 1


@pytest.mark.feature("SD9", "K6")
def test_the_address_says_which_mailbox(platform, organisation, case_worker, fake_directory):
    """A linked address leads to its mailbox, also where the same conversation goes on in another one."""
    social = organisation.add_mailbox("Social", case_worker)
    fake_directory.ours[Address("fake", "social")] = (organisation.id, social.id)
    acting.accept(platform, organisation.incoming(conversation_id="talk"))
    there = organisation.incoming(conversation_id="talk")
    there = replace(there, recipient=replace(there.recipient, value="social"))
    acting.accept(platform, there)
    assert len(listed(organisation)) == len(listed(organisation, box=social)) == 1


@pytest.mark.feature("SD9")
def test_two_mailboxes_of_one_organisation_write_to_each_other(
    platform, organisation, case_worker, fake_directory, draft
):
    """A message to oneself, its answer and a completion each lie in the mailbox that they were sent to."""
    left, right = (organisation.add_mailbox(name, case_worker) for name in ("Vänster", "Höger"))
    for mailbox in (left, right):
        fake_directory.ours[Address("fake", mailbox.name.lower())] = (organisation.id, mailbox.id)

    def carry(message, to):
        (row,) = organisation.rows("SELECT id FROM deliveries WHERE message_id = :id", id=message.id)
        values = {"conversation_id": message.conversation_id, "ref_to": message.ref_to}
        incoming = organisation.incoming(str(row.id), **values)
        acting.accept(platform, replace(incoming, recipient=replace(incoming.recipient, value=to)))
        return organisation.rows("SELECT * FROM messages WHERE remote_id = :id", id=str(row.id))[0]

    first = in_work(platform, case_worker, sending.send, left.id, draft("höger"))
    arrived = carry(first, "höger")
    answer = in_work(platform, case_worker, sending.send, right.id, draft("vänster", reply_to=arrived.id))
    answered = carry(answer, "vänster")
    more = in_work(platform, case_worker, sending.send, left.id, draft("höger", reply_to=first.id))
    completed = carry(more, "höger")
    assert (arrived.mailbox_id, answered.mailbox_id, completed.mailbox_id) == (right.id, left.id, right.id)
    assert (answered.case_id, completed.case_id) == (first.case_id, arrived.case_id)


@pytest.mark.feature("Y1")
def test_a_new_message_opens_a_closed_case_again(platform, organisation, case_worker):
    """A closed case, and one in the bin, opens by itself when its conversation goes on, and says so in its log."""
    acting.accept(platform, organisation.incoming(conversation_id="talk"))
    (case,) = listed(organisation)
    for state in ("closed", "binned"):
        change = actions.close if state == "closed" else actions.bin_case
        in_work(platform, case_worker, change, case.id)
        acting.accept(platform, organisation.incoming(conversation_id="talk"))
        (row,) = organisation.rows("SELECT state, closed_at, binned_at FROM cases")
        assert (row.state, row.closed_at, row.binned_at) == ("open", None, None)
        (event,) = organisation.rows("SELECT facts FROM case_events WHERE kind = 'reopened' ORDER BY id DESC LIMIT 1")
        assert (event.facts["from"], event.facts["by"]) == (state, "message")


@pytest.mark.feature("SD8")
def test_a_message_is_held_until_its_receipt_has_gone(platform, organisation, receipt_to_send, notices, fake_transport):
    """Nobody sees a message in lists, counts or searches before its receipt has been handed over."""
    incoming = organisation.incoming(receipt=receipt_to_send(), files=(File("a.pdf", "application/pdf", b"%PDF-1"),))
    accepted = acting.accept(platform, incoming)
    assert not listed(organisation)
    assert not notices
    fake_transport.failures.append(Temporary("Accesspunkten svarar inte."))
    worker = Worker(platform)
    worker.work_once()
    assert not listed(organisation)
    organisation.make_due()
    worker.work_once()
    (case,) = listed(organisation)
    assert (case.messages, case.attachments, case.unread) == (1, 1, True)
    assert notices[-1] == ("message_received", {"message_id": accepted.message_id})
    assert fake_transport.carried[incoming.receipt.id].wire == b"<receipt/>"
    assert organisation.rows("SELECT state FROM messages")[0].state == "RECEIVED"


@pytest.mark.feature("SD8")
def test_a_receipt_goes_at_once_from_a_host_whose_clock_is_ahead(platform, organisation, receipt_to_send):
    """Otherwise its message could not be read until the other clocks have caught up."""

    class Ahead(sources.Sources):
        def now(self):
            return super().now() + timedelta(minutes=10)

    with sources.replaced(Ahead()):
        acting.accept(platform, organisation.incoming(receipt=receipt_to_send()))
    Worker(platform).work_once()
    assert len(listed(organisation)) == 1


@pytest.mark.feature("SD8", "Y1")
def test_a_held_message_leaves_its_closed_case_alone_until_released(
    platform, organisation, case_worker, receipt_to_send
):
    """The case of an earlier message stays closed and unchanged while the new message is held."""
    acting.accept(platform, organisation.incoming(conversation_id="talk"))
    (case,) = listed(organisation)
    in_work(platform, case_worker, actions.close, case.id)
    acting.accept(platform, organisation.incoming(conversation_id="talk", receipt=receipt_to_send()))
    assert organisation.rows("SELECT state, messages FROM cases")[0] == ("closed", 1)
    Worker(platform).work_once()
    assert organisation.rows("SELECT state, messages FROM cases")[0] == ("open", 2)


@pytest.mark.feature("SD8")
@pytest.mark.parametrize("family", ["", "pigeons"])
def test_a_case_has_the_kind_of_its_last_message_held_before_or_not(
    platform, organisation, receipt_to_send, fake_transport, family
):
    """The kind is the transport's family, if it has one: lists and searches are filtered by it."""
    fake_transport.capabilities = replace(fake_transport.capabilities, family=family)
    acting.accept(platform, organisation.incoming(conversation_id="talk"))
    (opened,) = organisation.rows("SELECT channel FROM cases")
    organisation.rows("UPDATE cases SET channel = 'another' RETURNING 1")
    acting.accept(platform, organisation.incoming(conversation_id="talk", receipt=receipt_to_send()))
    Worker(platform).work_once()
    (case,) = organisation.rows("SELECT channel, messages FROM cases")
    assert (case.channel, case.messages) == (opened.channel, 2)
    assert opened.channel == (family or "fake")


@pytest.mark.feature("S18", "SD8")
def test_warnings_show_in_the_state(platform, organisation, receipt_to_send):
    """A message with warnings says so in its state, held before or not."""
    acting.accept(platform, organisation.incoming(warnings=("Okänd etikett",)))
    acting.accept(platform, organisation.incoming(warnings=("Okänd etikett",), receipt=receipt_to_send()))
    Worker(platform).work_once()
    assert {row.state for row in organisation.rows("SELECT state FROM messages")} == {"RECEIVED_WITH_WARNINGS"}


def test_without_any_mailbox_the_transport_is_told(platform):
    """An organisation without mailboxes takes nothing, and the sentence says what to do."""
    organisation = SampleOrganisation.create(platform, "Tom kommun")
    with pytest.raises(Permanent, match="standardbrevlåda"):
        acting.accept(platform, organisation.incoming(files=(File("a.pdf", "application/pdf", b"%PDF-1"),)))
    assert not list(platform.blobs.names(organisation.id))


@pytest.mark.feature("SD3")
def test_a_refused_message_leaves_a_trace_and_nothing_to_read(platform, organisation, receipt_to_send, fake_transport):
    """A refusal is one event, its sealed bytes and its receipt on the way; refused again it is noted once."""
    refusal = Refusal(organisation.id, "fake", "their-id", "Signaturen stämmer inte.", receipt_to_send(), b"hemligt")
    acting.refuse(platform, refusal)
    acting.refuse(platform, replace(refusal, receipt=receipt_to_send()))
    assert organisation.log_kinds().count("message.refused") == 1
    assert not organisation.rows("SELECT 1 FROM messages UNION ALL SELECT 1 FROM cases")
    (row,) = organisation.rows("SELECT evidence, delivery_id FROM receipts")
    assert b"hemligt" not in bytes(row.evidence)
    Worker(platform).work_once()
    assert list(fake_transport.carried) == [refusal.receipt.id]


def test_evidence_is_kept_sealed(platform, organisation):
    """Small evidence lies in the row, large among the blobs; neither is readable there."""
    acting.accept(platform, organisation.incoming(evidence=b"hemligt"))
    acting.accept(platform, organisation.incoming(evidence=b"hemligt" * 100_000))
    small, large = organisation.rows("SELECT evidence, evidence_blob FROM messages ORDER BY evidence_blob NULLS FIRST")
    assert b"hemligt" not in bytes(small.evidence)
    assert large.evidence is None
    assert large.evidence_blob in set(platform.blobs.names(organisation.id))


@pytest.mark.feature("Z12")
def test_the_words_of_a_message_find_its_case(platform, organisation, case_worker):
    """The blind index knows the subject's words, and of a later message too."""
    from budkavle.cases.search import search

    acting.accept(platform, organisation.incoming(conversation_id="talk"))
    acting.accept(platform, organisation.incoming(conversation_id="talk", subject="Komplettering av bygglov"))
    assert len(in_work(platform, case_worker, search, "bygglov handling")) == 1
    assert not in_work(platform, case_worker, search, "avlopp")
    with platform.database.transaction(None) as connection:
        assert not connection.execute(text("SELECT 1 FROM messages")).all()


WRONG = {
    "remote_id": (
        {"remote_id": ""},
        {"remote_id": "  "},
        {"remote_id": "x" * 1001},
        {"remote_id": "a\0"},
        {"remote_id": 7},
    ),
    "subject": ({"subject": None}, {"subject": "x" * 257}, {"subject": "a\0b"}),
    "body": ({"body": None}, {"body": "a\0b"}),
    "received_at": ({"received_at": datetime(2026, 1, 1)}, {"received_at": "2026-01-01"}),  # noqa: DTZ001 - that is it
    "written_at": ({"written_at": datetime(2026, 1, 1)}, {"written_at": "2026-01-01"}),  # noqa: DTZ001 - that is it
    "labels": ({"labels": None}, {"labels": {"a": 1}}, {"labels": {"a": "x" * 1001}}),
    "organisation_id": ({"organisation_id": "habo"}, {"organisation_id": uuid4()}),
    "mailbox_id": ({"mailbox_id": "registrator"}, {"mailbox_id": uuid4()}),
    "sender": ({"sender": "them"},),
    "recipient": ({"recipient": None},),
    "conversation_id": ({"conversation_id": None},),
}
"""What a plugin may give, by the field that is named then."""


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(("field", "given"), [(field, one) for field, those in WRONG.items() for one in those])
def test_what_cannot_be_a_message_is_refused_by_its_field(platform, organisation, field, given):
    """The plugin is told which field and what to do; nothing is stored, no file either, and the next one comes in."""
    files = (File("a.pdf", "application/pdf", b"%PDF-1"),)
    with pytest.raises(Invalid, match=f"rätta {field}: .+") as told:
        acting.accept(platform, replace(organisation.incoming("one", files=files), **given))
    assert list(told.value.fields) == [field]
    assert not organisation.rows(
        "SELECT 1 FROM messages UNION ALL SELECT 1 FROM cases UNION ALL SELECT 1 FROM attachments"
    )
    assert not list(platform.blobs.names(organisation.id))
    assert not acting.accept(platform, organisation.incoming("one")).duplicate


@pytest.mark.feature("PL5")
def test_a_mailbox_of_another_organisation_is_refused(platform, organisation):
    """A message never goes to the default mailbox because the mailbox that it names is somebody else's."""
    other = organisations.create_organisation(platform, system_actor(), "Annan kommun")
    foreign = in_work(platform, system_actor(other.id), mailboxes.create_mailbox, "Registrator")
    with pytest.raises(Invalid, match="mailbox_id: Brevlådan finns inte i organisationen"):
        acting.accept(platform, organisation.incoming(mailbox_id=foreign.id))
    assert not organisation.rows("SELECT 1 FROM messages")


@pytest.mark.feature("PL5")
def test_a_plugin_speaks_for_its_own_transports_only(platform, organisation):
    """Another plugin's messages, the core's own and nobody's are refused by name; its own come in."""
    host = platform.plugins.host("fake")
    for foreign in ("sdk", "local", "nosuch", ""):
        with pytest.raises(Invalid, match=r"transport: .*Dess egna är: fake") as told:
            host.accept(organisation.incoming(transport=foreign))
        assert list(told.value.fields) == ["transport"]
        with pytest.raises(Invalid, match="transport: "):
            host.refuse(Refusal(organisation.id, foreign, "their-id", "Signaturen stämmer inte."))
    assert not organisation.rows("SELECT 1 FROM messages UNION ALL SELECT 1 FROM receipts")
    assert host.accept(organisation.incoming()).message_id


def test_no_file_is_left_where_the_commit_is_refused(platform, organisation):
    """What a plugin writes in the same unit of work may be refused as late as that."""
    incoming = organisation.incoming(files=(File("a.pdf", "application/pdf", b"%PDF-1"),))

    def refused() -> None:
        with platform.work(system(organisation.id)) as work:
            sending.accept(work, incoming)
            work.at_commit(Statement("SELECT 1 / 0"), {})

    with pytest.raises(DivisionByZero):
        refused()
    assert not list(platform.blobs.names(organisation.id))
