"""Messages that wait for a colleague's yes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.core.approvals.asking import TO, Desk, S, ask, rows, state, work_off

from budkavle.accounts import mailboxes
from budkavle.approvals import (
    approve,
    dependencies,
    find_approval,
    list_approvals,
    reject,
    transitions,
)
from budkavle.cases import attachments, inbox
from budkavle.cases.owned import orphans
from budkavle.messaging import case_view, held_sends, saved_drafts, sending
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model.errors import Conflict, Forbidden, NeedsApproval
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Draft
from budkavle.model.people import ActorScope, SystemActor
from budkavle.operations import Hold, destroy, destruction_holds
from budkavle.operations.destruction import AWAITS_APPROVAL
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due, wait_until


def hold(organisation: SampleOrganisation, *, needed: bool = True) -> None:
    in_work(
        organisation.platform,
        organisation.administrator,
        mailboxes.set_needs_approval,
        organisation.mailbox.id,
        needed=needed,
    )


def test_a_mailbox_that_needs_it_sends_nothing_by_itself(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Whoever writes, a plugin too; only the organisation's administrators set it, and for function mailboxes."""
    for actor in (case_worker, mailbox_administrator):
        with pytest.raises(Forbidden):
            in_work(organisation.platform, actor, mailboxes.set_needs_approval, mailbox.id, needed=True)
    hold(organisation)
    writer = SystemActor(organisation.id, "api", frozenset({ActorScope.READ, ActorScope.WRITE}), "api")
    for actor in (case_worker, mailbox_administrator, writer):
        with pytest.raises(NeedsApproval):
            in_work(organisation.platform, actor, sending.send, mailbox.id, Draft((TO,), "Hej", "Hej!"))
    assert rows(organisation, "SELECT 1 FROM messages") == []
    assert len(organisation.log_entries("mailbox.approval-set")) == 1
    hold(organisation, needed=False)
    assert organisation.send(case_worker).subject == "Svar"


@pytest.mark.feature("Z8")
def test_a_held_message_is_sent_once_a_colleague_says_yes(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, colleague: SampleUser
) -> None:
    """By its writer, with its files, however long that took; its saved draft goes, and the request's text with it."""
    hold(organisation)
    file = attachments.store(organisation.platform, case_worker, "a.txt", "text/plain", iter([b"bilagan"]))
    saved = SavedForm(uuid4(), {"body": ["Texten."]})
    in_work(organisation.platform, case_worker, saved_drafts.save, saved.draft_id, saved.fields)
    draft = Draft((TO,), "Beslutet", "Texten.", attachments=(file.id,), once=uuid4())
    request = in_work(
        organisation.platform, case_worker, held_sends.ask_to_send, mailbox.id, draft, "Läs noga.", saved=saved
    )
    assert request.id == draft.once
    assert {("Ämne", "Beslutet"), ("Text", "Texten."), ("Bilagor", "a.txt")} < set(request.details)
    assert "Beslutet" not in request.sentence
    with pytest.raises(Conflict):
        in_work(organisation.platform, case_worker, held_sends.ask_to_send, mailbox.id, draft)
    with pytest.raises(Forbidden):
        in_work(organisation.platform, case_worker, approve, request.id)
    rows(organisation, "UPDATE attachments SET created_at = now() - interval '3 days' RETURNING id")
    orphans.remove_orphans(organisation.platform)
    in_work(organisation.platform, colleague, approve, request.id)
    assert in_work(organisation.platform, case_worker, inbox.sent, mailbox.id).items == []
    for _ in range(2):
        work_off(organisation)
    deliver_due(organisation.platform)
    (message,) = rows(organisation, "SELECT id, author_id, attachments, case_id FROM messages")
    assert (message.id, message.author_id, message.attachments) == (draft.once, case_worker.user_id, 1)
    view = in_work(organisation.platform, case_worker, case_view.case, message.case_id)
    assert view.thread[0].message.body == "Texten."
    assert in_work(organisation.platform, case_worker, saved_drafts.load_all) == []
    assert in_work(organisation.platform, case_worker, find_approval, request.id).details == ()
    assert state(organisation, request.id) == "DONE"


def test_a_list_tells_what_its_reader_may_read(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, colleague: SampleUser
) -> None:
    """The subject of a message, but not to somebody who is identified at a lower level than it takes."""
    hold(organisation)
    draft = Draft((TO,), "Beslutet", "Texten.", loa=Loa.THREE, once=uuid4())
    in_work(organisation.platform, case_worker.at(Loa.THREE), held_sends.ask_to_send, mailbox.id, draft)
    (full,) = in_work(organisation.platform, colleague.at(Loa.THREE), list_approvals)
    (less,) = in_work(organisation.platform, colleague.at(Loa.TWO), list_approvals)
    assert ("Ämne", "Beslutet") in full.details
    assert (less.id, less.details, less.content, full.content) == (full.id, (), b"", b"")


def test_a_worker_that_dies_after_it_was_sent_sends_it_once(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    colleague: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message has the request's id, which the next worker finds."""
    hold(organisation)
    draft = Draft((TO,), "Beslutet", "Texten.", once=uuid4())
    request = in_work(organisation.platform, case_worker, held_sends.ask_to_send, mailbox.id, draft)
    in_work(organisation.platform, colleague, approve, request.id)

    def dies(*_: object, **__: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(transitions, "move", dies)
        with suppress(SystemExit):
            work_off(organisation)
    assert state(organisation, request.id) == "APPROVED"
    assert len(rows(organisation, "SELECT 1 FROM messages")) == 1
    rows(organisation, "UPDATE outbox SET due_at = now() RETURNING id")
    work_off(organisation)
    assert (state(organisation, request.id), len(rows(organisation, "SELECT 1 FROM messages"))) == ("DONE", 1)


def test_a_held_answer_to_a_thread_that_has_gone_on_is_not_sent(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    colleague: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """Its writer reads why."""
    hold(organisation)
    case_id = organisation.arrive()
    (first,) = rows(organisation, "SELECT id FROM messages")
    draft = Draft((TO,), "Sv", "Svar.", reply_to=first.id, extra={"seen": str(first.id)})
    request = in_work(organisation.platform, case_worker, held_sends.ask_to_send, mailbox.id, draft)
    in_work(organisation.platform, colleague, approve, request.id)
    hold(organisation, needed=False)
    organisation.send(mailbox_administrator, reply_to=first.id)
    work_off(organisation)
    after = in_work(organisation.platform, case_worker, find_approval, request.id)
    assert after.state is S.FAILED
    assert "har redan svarat" in after.failure
    assert len(in_work(organisation.platform, case_worker, case_view.case, case_id).thread) == 2


def test_what_a_waiting_answer_rests_on_is_not_destroyed(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    administrator: SampleUser,
    colleague: SampleUser,
) -> None:
    """Until the request has come to its end."""
    hold(organisation)
    case_id = organisation.arrive()
    (first,) = rows(organisation, "SELECT id FROM messages")
    draft = Draft((TO,), "Sv", "Svar.", reply_to=first.id)
    request = in_work(organisation.platform, case_worker, held_sends.ask_to_send, mailbox.id, draft)
    result = in_work(organisation.platform, administrator, destroy, "Tiden har gått ut.", case_ids=[case_id])
    assert [hold.why for hold in result.held] == [AWAITS_APPROVAL]
    in_work(organisation.platform, colleague, reject, request.id, "Nej.")
    assert in_work(
        organisation.platform, administrator, destroy, "Tiden har gått ut.", case_ids=[case_id]
    ).case_ids == (case_id,)


def test_what_is_asked_for_while_plugins_are_asked_is_not_destroyed(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    administrator: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A plugin may take long to say whether it holds anything back; somebody may ask meanwhile."""
    hold(organisation)
    case_id = organisation.arrive()
    (first,) = rows(organisation, "SELECT id FROM messages")

    def answer_late(*_: object) -> list[tuple[str, Hold]]:
        draft = Draft((TO,), "Sv", "Svar.", reply_to=first.id)
        in_work(organisation.platform, case_worker, held_sends.ask_to_send, mailbox.id, draft)
        return []

    monkeypatch.setattr(destruction_holds, "ask", answer_late)
    result = in_work(organisation.platform, administrator, destroy, "Tiden har gått ut.", case_ids=[case_id])
    assert (result.case_ids, [hold.why for hold in result.held]) == ((), [AWAITS_APPROVAL])


def test_a_destruction_waits_for_a_request_that_is_being_stored(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, administrator: SampleUser
) -> None:
    """Neither overlooks the other: here the request comes first, and the case is kept."""
    hold(organisation)
    case_id = organisation.arrive()
    (first,) = rows(organisation, "SELECT id FROM messages")
    platform, draft = organisation.platform, Draft((TO,), "Sv", "Svar.", reply_to=first.id)
    with ThreadPoolExecutor(1) as thread:
        with platform.work(case_worker) as work:
            held_sends.ask_to_send(work, mailbox.id, draft)
            destroying = thread.submit(
                in_work, platform, administrator, destroy, "Tiden har gått ut.", case_ids=[case_id]
            )
            wait_until(lambda: destroying.done() or _waits_for_a_lock(organisation))
        result = destroying.result(60)
    assert (result.case_ids, [hold.why for hold in result.held]) == ((), [AWAITS_APPROVAL])


def _waits_for_a_lock(organisation: SampleOrganisation) -> bool:
    with organisation.platform.database.owner() as owner, owner.connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


@pytest.mark.parametrize("about", ["the case", "the message"])
def test_nothing_is_asked_about_what_has_been_destroyed(
    organisation: SampleOrganisation, administrator: SampleUser, about: str
) -> None:
    """The request says so at once; its action could only fail."""
    case_id = organisation.arrive()
    (first,) = rows(organisation, "SELECT id FROM messages")
    thing_id = case_id if about == "the case" else first.id
    in_work(organisation.platform, organisation.case_worker, dependencies.lock_for_request, [thing_id, uuid4()])
    in_work(organisation.platform, administrator, destroy, "Tiden har gått ut.", case_ids=[case_id])
    with pytest.raises(Conflict, match="gallrats"):
        in_work(organisation.platform, organisation.case_worker, dependencies.lock_for_request, [uuid4(), thing_id])


def test_a_yes_is_for_its_own_mailbox_alone(organisation: SampleOrganisation, desk: Desk) -> None:
    """A plugin sends by it once, from the mailbox that it is about; a request that waits sends nothing."""
    set_up = mailboxes.set_needs_approval
    in_work(organisation.platform, organisation.administrator, set_up, organisation.mailbox.id, needed=True)
    waiting = in_work(
        organisation.platform, organisation.case_worker, find_approval, ask(organisation, organisation.case_worker)
    )
    draft, send = Draft((TO,), "Hej", "Hej!"), held_sends.send_approved
    approved = replace(waiting, state=S.APPROVED)
    for mailbox_id, request in ((organisation.mailbox.id, waiting), (organisation.other_mailbox.id, approved)):
        with pytest.raises(NeedsApproval):
            in_work(organisation.platform, organisation.case_worker, send, mailbox_id, draft, request)
    sent = [
        in_work(organisation.platform, organisation.case_worker, send, organisation.mailbox.id, draft, approved).id
        for _ in range(2)
    ]
    assert sent == [waiting.id, waiting.id]
    assert len(rows(organisation, "SELECT id FROM messages")) == 1
