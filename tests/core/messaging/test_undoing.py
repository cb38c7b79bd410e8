"""Drafts that are kept while somebody writes, and taking back what has not left yet."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from budkavle.accounts import mailboxes
from budkavle.cases import attachments, case_updates, inbox, mailbox_deletion
from budkavle.deliveries import receipts, undo
from budkavle.messaging import saved_drafts, sending
from budkavle.messaging.case_view import case as read_case
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model.errors import Conflict, Forbidden, NotFound, NotYet, Permanent
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, Draft
from budkavle.model.people import Actor, ActorScope, SystemActor
from budkavle.model.states import CaseState
from budkavle.storage import tables
from budkavle.storage.pipeline import Statement
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.blocking import log_held, until_waiting
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due

TO = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")
HOLD = timedelta(seconds=10)
FIELDS = {"subject": ["Om Åsa"], "body": ["Hej"], "recipients": ["a", "b"]}


def rows(organisation: SampleOrganisation, table: Any, *columns: Any) -> list[Any]:
    with organisation.platform.database.transaction(organisation.id) as connection:
        return list(connection.execute(select(*columns or table.c)))


def held(organisation: SampleOrganisation, actor: Actor, **more: Any) -> Any:
    draft = Draft((TO,), "Svar", "Se svaret.", **more)
    return in_work(organisation.platform, actor, sending.send, organisation.mailbox.id, draft, hold=HOLD)


def test_a_draft_is_its_writers_own(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Every field comes back as it was; nobody else finds it, and the table holds no plain text."""
    own = uuid4()
    in_work(platform, case_worker, saved_drafts.save, own, FIELDS)
    in_work(platform, case_worker, saved_drafts.save, own, FIELDS | {"body": ["Hej Åsa"]})
    (one,) = in_work(platform, case_worker, saved_drafts.load_all)
    assert (one.fields["recipients"], one.get("body"), one.get("none")) == (["a", "b"], "Hej Åsa", "")
    for stranger in (colleague, other_administrator):
        assert in_work(platform, stranger, saved_drafts.load_all) == []
        with pytest.raises(NotFound):
            in_work(platform, stranger, saved_drafts.load, own)
    with pytest.raises(Conflict):
        in_work(platform, colleague, saved_drafts.save, own, {"body": ["Mitt"]})
    assert in_work(platform, case_worker, saved_drafts.load, own).get("body") == "Hej Åsa"
    assert all("Åsa".encode() not in row.content for row in rows(organisation, tables.kept_drafts))
    in_work(platform, case_worker, saved_drafts.remove, own)
    in_work(platform, case_worker, saved_drafts.remove, own)
    assert in_work(platform, case_worker, saved_drafts.load_all) == []


def test_old_drafts_are_forgotten(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """After two months, and some minutes after they were sent; others stay."""
    young, old, sent = uuid4(), uuid4(), uuid4()
    for one in (young, old, sent):
        in_work(platform, case_worker, saved_drafts.save, one, FIELDS)
    in_work(platform, case_worker, saved_drafts.record_sent, SavedForm(sent, FIELDS), uuid4(), keep=True)
    with platform.database.transaction(organisation.id) as connection:
        for one, age in ((old, saved_drafts.SAVED_FOR), (sent, saved_drafts.SENT_FOR)):
            changed = tables.kept_drafts.c.changed_at - age - timedelta(minutes=1)
            write = update(tables.kept_drafts).where(tables.kept_drafts.c.id == one)
            connection.execute(write.values(changed_at=changed))
    assert saved_drafts.sweep(platform) == 2
    assert [one.id for one in in_work(platform, case_worker, saved_drafts.load_all)] == [young]


def test_nothing_leaves_while_it_can_be_undone(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The delivery waits for its ten seconds, and then goes by itself."""
    held(organisation, case_worker)
    assert deliver_due(platform) == 0
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.deliveries).values(due_at=tables.deliveries.c.due_at - HOLD))
    assert deliver_due(platform) == 1


def test_a_worker_claims_nothing_that_is_being_undone(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    fake_transport: FakeTransport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the look whether it has left and its end; nobody can be reached by what is left of the row."""
    message = held(organisation, case_worker)
    organisation.rows("UPDATE deliveries SET terms = 'sealed', due_at = now() RETURNING 1")
    claimed: list[int] = []

    def write(table: Any) -> Any:
        if not claimed:
            claimed.append(deliver_due(platform))
        return update(table)

    monkeypatch.setattr(undo, "update", write)
    in_work(platform, case_worker, undo.undo, message.id)
    assert (claimed, fake_transport.tries) == ([0], [])
    assert organisation.rows("SELECT state, recipient, terms FROM deliveries") == [("DELETED", b"", None)]


def test_what_is_sent_again_is_not_undone(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, fake_transport: FakeTransport
) -> None:
    """It may have arrived at the first attempt: undone, it would be written and sent once more."""
    fake_transport.failures.append(Permanent("Försändelsen kan ha kommit fram ändå."))
    message = in_work(platform, case_worker, sending.send, organisation.mailbox.id, Draft((TO,), "Svar", "Se svaret."))
    deliver_due(platform)
    (delivery,) = organisation.deliveries(message)
    in_work(platform, case_worker, receipts.retry, delivery.id)
    assert organisation.delivery_states() == ["READY_TO_SEND"]
    with pytest.raises(Conflict, match="redan börjat skickas"):
        in_work(platform, case_worker, undo.undo, message.id)
    assert deliver_due(platform) == 1


def test_what_was_tried_is_not_undone_though_the_try_does_not_count(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, fake_transport: FakeTransport
) -> None:
    """Such as one that the end of the worker has cut short: the peer may have it."""
    fake_transport.failures.append(NotYet("Många väntar.", pause=timedelta(minutes=7)))
    message = organisation.send(case_worker)
    deliver_due(platform)
    (delivery,) = rows(organisation, tables.deliveries)
    assert (delivery.state, delivery.attempt) == ("WAITING_FOR_RETRY", 0)
    with pytest.raises(Conflict, match="redan börjat skickas"):
        in_work(platform, case_worker, undo.undo, message.id)


def test_undoing_gives_back_the_draft_and_its_files(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The message is gone from Skickade and its case, its key destroyed; the file is the writer's upload again."""
    file = attachments.store(platform, case_worker, "bild.png", "image/png", [b"\x89PNG\r\n\x1a\n" + bytes(30)])
    draft_id = uuid4()
    in_work(platform, case_worker, saved_drafts.save, draft_id, FIELDS, [file.id])
    draft = Draft((TO,), "Svar", "Se svaret.", attachments=(file.id,))
    saved = SavedForm(draft_id, FIELDS)
    sent = in_work(platform, case_worker, sending.send, mailbox.id, draft, hold=HOLD, saved=saved)
    assert in_work(platform, case_worker, saved_drafts.load_all) == []
    assert in_work(platform, case_worker, undo.undo, sent.id) == draft_id
    assert in_work(platform, case_worker, saved_drafts.load, draft_id).fields == FIELDS
    assert [one.id for one in in_work(platform, case_worker, attachments.mine, [file.id])] == [file.id]
    assert in_work(platform, case_worker, inbox.sent, mailbox.id).items == []
    with pytest.raises(NotFound):
        in_work(platform, case_worker, read_case, sent.case_id)
    assert deliver_due(platform) == 0
    assert not [row for row in rows(organisation, tables.content_keys) if row.owner_id == sent.id]
    (message,) = rows(organisation, tables.messages)
    assert (message.head, message.body, message.attachments) == (b"", b"", 0)
    (delivery,) = rows(organisation, tables.deliveries)
    assert (delivery.recipient, delivery.terms) == (b"", None)
    assert rows(organisation, tables.delivery_events) == []
    with pytest.raises(NotFound):
        in_work(platform, case_worker, undo.undo, sent.id)


def test_the_messages_beside_one_that_is_undone_go_as_they_were(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    fake_transport: FakeTransport,
) -> None:
    """Each with its own file; and only the draft of the one is there again."""
    sent, drafts = [], []
    for number in range(3):
        file = attachments.store(platform, case_worker, f"{number}.txt", "text/plain", [b"%d" % number])
        saved = SavedForm(uuid4(), FIELDS)
        in_work(platform, case_worker, saved_drafts.save, saved.draft_id, FIELDS, [file.id])
        draft = Draft((TO,), "Svar", f"Svar {number}", attachments=(file.id,))
        sent.append(in_work(platform, case_worker, sending.send, mailbox.id, draft, hold=HOLD, saved=saved))
        drafts.append(saved.draft_id)
    assert in_work(platform, case_worker, undo.undo, sent[1].id) == drafts[1]
    assert [one.id for one in in_work(platform, case_worker, saved_drafts.load_all)] == [drafts[1]]
    free = [row.id for row in rows(organisation, tables.attachments) if row.message_id is None]
    assert len(free) == 1
    told = {row.delivery_id for row in rows(organisation, tables.delivery_events)}
    assert told == {delivery.id for one in (sent[0], sent[2]) for delivery in organisation.deliveries(one)}
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.deliveries).values(due_at=tables.deliveries.c.due_at - HOLD))
    assert deliver_due(platform) == 2
    carried = {one.body: [file.content for file in one.files] for one in fake_transport.carried.values()}
    assert carried == {"Svar 0": [b"0"], "Svar 2": [b"2"]}


def test_a_file_is_an_upload_of_who_undoes(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """As if it had been uploaded now: it stays as long as any other upload."""
    file = attachments.store(platform, case_worker, "plan.txt", "text/plain", [b"en plan"])
    sent = held(organisation, case_worker, attachments=(file.id,))
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.attachments).values(created_at=func.now() - timedelta(days=9)))
    in_work(platform, colleague, undo.undo, sent.id)
    assert [one.id for one in in_work(platform, colleague, attachments.mine, [file.id])] == [file.id]
    assert in_work(platform, case_worker, attachments.mine, [file.id]) == []
    (row,) = rows(organisation, tables.attachments, tables.attachments.c.created_at > func.now() - timedelta(days=1))
    assert row[0]


def test_who_may_only_read_undoes_nothing(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Not even a program that sees all mailboxes."""
    sent = held(organisation, case_worker)
    with pytest.raises(Forbidden):
        in_work(platform, SystemActor(organisation.id, "Läsaren", frozenset({ActorScope.READ})), undo.undo, sent.id)
    assert organisation.delivery_states() == ["READY_TO_SEND"]


def test_a_message_goes_though_its_draft_cannot_be_kept(
    platform: Platform, case_worker: SampleUser, mailbox: FunctionMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever were told that it was not sent would send it twice."""
    saved = SavedForm(uuid4(), FIELDS)
    in_work(platform, case_worker, saved_drafts.save, saved.draft_id, FIELDS)
    monkeypatch.setattr(saved_drafts.QUERIES, "keep_sent", Statement("SELECT doves FROM lofts"))
    draft = Draft((TO,), "Svar", "Se svaret.")
    sent = in_work(platform, case_worker, sending.send, mailbox.id, draft, hold=HOLD, saved=saved)
    assert [one.subject for one in in_work(platform, case_worker, inbox.sent, mailbox.id).items] == [sent.subject]
    assert in_work(platform, case_worker, saved_drafts.load, saved.draft_id).fields == FIELDS


def test_a_message_that_is_not_stored_leaves_its_draft(
    platform: Platform, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Both are stored together, or neither: here it has been sent before, by the same form."""
    saved, other = SavedForm(uuid4(), FIELDS), SavedForm(uuid4(), FIELDS)
    draft = Draft((TO,), "Svar", "Se svaret.", once=uuid4())
    in_work(platform, case_worker, sending.send, mailbox.id, draft, hold=HOLD, saved=saved)
    in_work(platform, case_worker, saved_drafts.save, other.draft_id, FIELDS)
    with pytest.raises(Conflict):
        in_work(platform, case_worker, sending.send, mailbox.id, draft, hold=HOLD, saved=other)
    assert [one.id for one in in_work(platform, case_worker, saved_drafts.load_all)] == [other.draft_id]


def test_nobody_elses_draft_is_taken_with_a_message(
    platform: Platform, colleague: SampleUser, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The form may name any id; a draft is its writer's own, whether it would be kept or removed."""
    theirs = uuid4()
    in_work(platform, colleague, saved_drafts.save, theirs, FIELDS)
    for hold in (HOLD, timedelta(0)):
        draft, saved = Draft((TO,), "Svar", "Se svaret."), SavedForm(theirs, FIELDS | {"body": ["Mitt"]})
        in_work(platform, case_worker, sending.send, mailbox.id, draft, hold=hold, saved=saved)
    assert in_work(platform, colleague, saved_drafts.load, theirs).fields == FIELDS


@pytest.mark.feature("F8")
def test_nothing_of_what_was_undone_stands_in_the_way(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
) -> None:
    """A case that nobody sees any more is not open: its mailbox can be taken out of use."""
    sent = held(organisation, case_worker)
    in_work(platform, case_worker, undo.undo, sent.id)
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id)
    with pytest.raises(NotFound):
        in_work(platform, case_worker, mailboxes.mailbox, mailbox.id)


def test_undoing_an_answer_leaves_the_case(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The case shows what came in, as before."""
    case_id = organisation.arrive("Begäran")
    first = in_work(platform, case_worker, read_case, case_id).thread[0].message
    sent = held(organisation, case_worker, reply_to=first.id)
    in_work(platform, case_worker, undo.undo, sent.id)
    view = in_work(platform, case_worker, read_case, case_id)
    assert [one.message.id for one in view.thread] == [first.id]
    assert (view.case.subject, view.case.messages, view.case.state) == ("Begäran", 1, CaseState.OPEN)
    assert "undone" in [event.kind for event in view.log]
    counted, subtracted = (
        json.loads(organisation.log_entries(kind)[0])["facts"] for kind in ("message.sent", "message.undone")
    )
    for name in ("case", "mailbox", "transport", "first_answer"):
        assert subtracted[name] == counted[name]


def test_what_comes_while_something_is_undone_is_the_last(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The list shows what has just come, and not what stood before the answer that was undone."""
    case_id = organisation.arrive("Begäran")
    view = in_work(platform, case_worker, read_case, case_id)
    sent = held(organisation, case_worker, reply_to=view.thread[0].message.id)
    more = {"conversation_id": view.case.conversation_id}
    with ThreadPoolExecutor(2) as threads:
        with log_held(platform):  # so far they get, and no further
            arrives = threads.submit(organisation.arrive, "Komplettering", **more)
            until_waiting(platform, 1)
            undone = threads.submit(in_work, platform, case_worker, undo.undo, sent.id)
            until_waiting(platform, 2)
        assert arrives.result() == case_id
        undone.result()
    case = in_work(platform, case_worker, read_case, case_id).case
    assert (case.subject, case.messages) == ("Komplettering", 2)


def test_an_answer_that_is_undone_and_another_that_is_sent_wait_for_each_other_in_one_order(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Who undoes takes hold of the case before it is marked for the index of searches, as who sends does."""
    view = in_work(platform, case_worker, read_case, organisation.arrive("Begäran"))
    sent = held(organisation, case_worker, reply_to=view.thread[0].message.id)
    with ThreadPoolExecutor(1) as threads:
        with platform.work(case_worker) as work:
            case_updates.lock_case(work, view.case.id)  # as somebody who sends another answer has it
            undone = threads.submit(in_work, platform, case_worker, undo.undo, sent.id)
            until_waiting(platform, 1)
            case_updates.add_words(work, view.case.id, [1])
            work.commit()
        undone.result()
    assert [one.message.id for one in in_work(platform, case_worker, read_case, view.case.id).thread] == [
        view.thread[0].message.id
    ]


def test_what_has_left_is_not_undone(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_administrator: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Then the writer is told to recall it instead; strangers do not find it."""
    sent = organisation.send(case_worker)
    with pytest.raises(NotFound):
        in_work(platform, other_administrator, undo.undo, sent.id)
    deliver_due(platform)
    with pytest.raises(Conflict, match="redan börjat skickas"):
        in_work(platform, case_worker, undo.undo, sent.id)
    (listed,) = in_work(platform, case_worker, inbox.sent, mailbox.id).items
    assert listed.message_id == sent.id


def test_an_undone_message_is_not_claimed(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """A worker that looks at the same moment finds either the delivery or nothing."""
    sent = organisation.send(case_worker)
    assert in_work(platform, case_worker, undo.undo, sent.id) is None
    assert deliver_due(platform) == 0
    states: list[UUID] = [row.state for row in rows(organisation, tables.deliveries)]
    assert states == ["DELETED"]
