"""A second person's yes: who may give it, once and in time, and what is done after it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from budkavle.accounts import delegate, mailboxes, users
from budkavle.accounts.delegations import end_delegation
from budkavle.approvals import (
    ApprovalKind,
    ApprovalRequest,
    ApprovalState,
    Approvers,
    NewApproval,
    approve,
    ask_approval,
    find_approval,
    list_approvals,
    reject,
    requests,
    transitions,
    withdraw,
)
from budkavle.cases import attachments, inbox
from budkavle.cases.teamwork.restricting import lift, restrict
from budkavle.host import host_of
from budkavle.messaging import case_view, held_sends, saved_drafts, sending
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model.errors import Conflict, Forbidden, Invalid, NeedsApproval, NotFound, StepUp, Temporary
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, Draft
from budkavle.model.people import Actor, ActorScope, GuestActor, Role, SystemActor, UserActor
from budkavle.model.states import APPROVAL, may_follow
from budkavle.operations import destroy
from budkavle.operations.destruction import AWAITS_APPROVAL
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import outbox
from budkavle.storage.platform import Platform, Work, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due, do_job

S = ApprovalState
SECRET = "Planen för flytten"
JOBS = ("outbox.budkavle.approved.desk", "outbox.budkavle.approved.budkavle")
TO = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")


class Desk:
    """What the plugin `desk` does once it is approved."""

    def __init__(self) -> None:
        self.done: list[tuple[Actor, ApprovalRequest]] = []
        self.failures: list[BaseException] = []
        self.ended: list[tuple[Actor, ApprovalRequest]] = []
        self.failed: list[tuple[Actor, ApprovalRequest]] = []

    def end(self, work: Work, request: ApprovalRequest) -> None:
        self.ended.append((work.actor, request))

    def fail(self, work: Work, request: ApprovalRequest) -> None:
        self.failed.append((work.actor, request))

    def run(self, work: Work, request: ApprovalRequest) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.done.append((work.actor, request))
        mailboxes.create_mailbox(work, f"Ny {request.id}")

    def destroy(self, work: Work, request: ApprovalRequest) -> None:
        destroy(work, request.sentence, case_ids=[UUID(request.content.decode())])
        self.done.append((work.actor, request))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def platform(budkavle_settings: Settings, desk: Desk) -> Iterator[Platform]:
    """An installation with a plugin whose work waits for a second person, one kind for each group of approvers."""
    scopes = frozenset({ActorScope.ADMINISTER})
    told = {"ended": desk.end, "failed": desk.fail}
    kinds = [ApprovalKind(group.value, "Prov", desk.run, group, scopes, **told) for group in Approvers]
    kinds.append(ApprovalKind("destroy", "Gallring", desk.destroy, scopes=scopes))
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()])
    module = plugin_module("desk", approval_kinds=lambda host: kinds)
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "desk"))
    plugins = Plugins.load(settings, offer(fake=fake, desk=module))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened


def rows(organisation: SampleOrganisation, query: str, **values: object) -> Any:
    with organisation.platform.database.transaction(organisation.id) as connection:
        return connection.execute(text(query), values).all()


def ask(organisation: SampleOrganisation, actor: Actor, group: Approvers = Approvers.MEMBERS, **more: Any) -> UUID:
    """Ask for something that a group decides; return the request's id."""
    given = {
        "mailbox_id": organisation.mailbox.id,
        "details": (("Text", SECRET),),
        "content": b"x",
        "reason": "Det brådskar.",
    } | more
    new = NewApproval(f"desk.{group.value}", "En brevlåda skapas.", **given)
    return in_work(organisation.platform, actor, ask_approval, new).id


def state(organisation: SampleOrganisation, request_id: UUID) -> str:
    return str(rows(organisation, "SELECT state FROM approvals WHERE id = :id", id=request_id)[0].state)


def work_off(organisation: SampleOrganisation) -> None:
    """Do what has been approved, as a worker does."""
    for job in JOBS:
        do_job(organisation.platform, job)


def people(organisation: SampleOrganisation, elsewhere: Actor) -> dict[str, Actor]:
    """Everybody who might try; somebody of another organisation too."""
    home = organisation.id
    return {
        "member": organisation.colleague,
        "manager": organisation.mailbox_administrator,
        "administrator": organisation.administrator,
        "platform": UserActor(home, uuid4(), "Plattform", Role.PLATFORM, Loa.THREE),
        "colleague": organisation.outsider,
        "asker": organisation.case_worker,
        "elsewhere": elsewhere,
        "guest": GuestActor(home),
        "system": SystemActor(home, "desk", frozenset(ActorScope), "desk"),
    }


MAY = {
    Approvers.MEMBERS: {"member", "manager"},
    Approvers.MANAGERS: {"manager", "administrator", "platform"},
    Approvers.ADMINISTRATORS: {"administrator", "platform"},
}


@pytest.mark.parametrize("group", Approvers)
@pytest.mark.parametrize("answer", [approve, reject])
def test_who_may_decide(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_administrator: SampleUser,
    group: Approvers,
    answer: Callable[..., Any],
) -> None:
    """Those of the group, but never who asked; to others there is no such request."""
    passed = set()
    for name, actor in people(organisation, other_administrator).items():
        request_id = ask(organisation, case_worker, group)
        try:
            in_work(organisation.platform, actor, answer, request_id, "Det är rätt.")
        except (Forbidden, NotFound):
            assert state(organisation, request_id) == "WAITING"
            continue
        passed.add(name)
        assert state(organisation, request_id) == ("APPROVED" if answer is approve else "REJECTED")
    assert passed == MAY[group]


@pytest.mark.parametrize("group", Approvers)
def test_who_may_see(
    organisation: SampleOrganisation, case_worker: SampleUser, other_administrator: SampleUser, group: Approvers
) -> None:
    """Who asked, and the group; the list has what somebody may decide, and their own."""
    request_id = ask(organisation, case_worker, group)
    seen, listed = set(), {}
    for name, actor in people(organisation, other_administrator).items():
        with suppress(NotFound):
            assert in_work(organisation.platform, actor, find_approval, request_id).details == (("Text", SECRET),)
            seen.add(name)
        with suppress(Forbidden):
            listed[name] = [request.id for request in in_work(organisation.platform, actor, list_approvals)]
    assert seen == MAY[group] | {"asker"}
    assert {name for name, ids in listed.items() if ids == [request_id]} == seen
    counted = {
        name: in_work(organisation.platform, actor, requests.count_waiting)
        for name, actor in people(organisation, other_administrator).items()
    }
    assert {name for name, (to_decide, _) in counted.items() if to_decide} == MAY[group]
    assert {name for name, (_, own) in counted.items() if own} == {"asker"}


@pytest.mark.parametrize("moment", ["when it is asked", "when it is decided", "only between"])
def test_nobody_decides_who_stands_in_for_who_asked(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox_administrator: SampleUser,
    moment: str,
) -> None:
    """Not even where the delegation ended meanwhile, or began after the request."""
    until = datetime.now(UTC) + timedelta(days=1)

    def stand_in() -> None:
        in_work(organisation.platform, case_worker, delegate, colleague.user_id, until)

    if moment == "when it is asked":
        stand_in()
    request_id = ask(organisation, case_worker)
    if moment == "when it is asked":
        in_work(organisation.platform, case_worker, end_delegation, colleague.user_id)
    else:
        stand_in()
    if moment == "only between":
        in_work(organisation.platform, case_worker, end_delegation, colleague.user_id)
        assert in_work(organisation.platform, colleague, approve, request_id).state is S.APPROVED
        return
    assert not in_work(organisation.platform, colleague, find_approval, request_id).may_decide
    assert in_work(organisation.platform, colleague, list_approvals) == []
    for answer in (approve, reject):
        with pytest.raises(Forbidden):
            in_work(organisation.platform, colleague, answer, request_id, "Ja")
    assert state(organisation, request_id) == "WAITING"
    assert (
        in_work(organisation.platform, mailbox_administrator, approve, request_id).decider == mailbox_administrator.name
    )


def test_who_stands_in_for_the_owner_of_an_inbox_is_no_member_of_it(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    administrator: SampleUser,
) -> None:
    """Otherwise a delegate would say yes to what the owner sends, or the owner's other delegate."""
    (own,) = rows(organisation, "SELECT id FROM mailboxes WHERE owner_id = :ada", ada=case_worker.user_id)
    until = datetime.now(UTC) + timedelta(days=1)
    for colleague in (organisation.colleague, mailbox_administrator):
        in_work(organisation.platform, case_worker, delegate, colleague.user_id, until)
    request_id = ask(organisation, organisation.colleague, mailbox_id=own.id)
    with pytest.raises(NotFound):
        in_work(organisation.platform, mailbox_administrator, approve, request_id)
    with pytest.raises(NotFound):
        in_work(
            organisation.platform,
            administrator,
            approve,
            ask(organisation, organisation.colleague, Approvers.MANAGERS, mailbox_id=own.id),
        )
    assert in_work(organisation.platform, case_worker, approve, request_id).state is S.APPROVED


def test_who_has_left_the_mailbox_or_closed_their_account_decides_nothing(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    colleague: SampleUser,
) -> None:
    """What counts is the moment of the decision."""
    request_id = ask(organisation, case_worker)
    in_work(organisation.platform, administrator, mailboxes.remove_members, mailbox.id, [colleague.user_id])
    with pytest.raises(NotFound):
        in_work(organisation.platform, colleague, approve, request_id)


def test_a_level_of_assurance_holds_for_who_decides(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Whoever may not read it may not say yes to it."""
    request_id = ask(organisation, case_worker, level=Loa.THREE)
    for function in (find_approval, approve):
        with pytest.raises(StepUp):
            in_work(organisation.platform, replace(colleague, loa=Loa.TWO), function, request_id)
    assert in_work(organisation.platform, replace(colleague, loa=Loa.THREE), approve, request_id).state is S.APPROVED


def test_what_is_approved_is_done_once_with_the_asker_s_rights(
    organisation: SampleOrganisation, administrator: SampleUser, mailbox_administrator: SampleUser, desk: Desk
) -> None:
    """And by the asker, as they are then; each step is in the event log, without content."""
    request_id = ask(organisation, administrator, Approvers.MANAGERS)
    assert in_work(organisation.platform, mailbox_administrator, approve, request_id, "Stämmer.").state is S.APPROVED
    assert desk.done == []
    for _ in range(2):
        work_off(organisation)
    ((actor, request),) = desk.done
    assert (actor.user_id, request.content, request.reason) == (administrator.user_id, b"x", "Det brådskar.")
    after = in_work(organisation.platform, administrator, find_approval, request_id)
    assert (after.state, after.decider, after.decision) == (S.DONE, mailbox_administrator.name, "Stämmer.")
    assert (after.sentence, after.details, after.content) == ("En brevlåda skapas.", (), b"")
    steps = {
        kind: [json.loads(entry) for entry in organisation.log_entries(f"approval.{kind}")]
        for kind in ("asked", "approved", "done")
    }
    assert [len(entries) for entries in steps.values()] == [1, 1, 1]
    assert [entries[0]["actor"]["id"] for entries in steps.values()] == [
        str(one.user_id) for one in (administrator, mailbox_administrator, administrator)
    ]
    assert all(entries[0]["thing"] == str(request_id) for entries in steps.values())
    assert SECRET not in json.dumps(steps)
    assert "brådskar" not in json.dumps(steps)


def test_what_lies_there_is_sealed(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Sentence, reason, details and content are in no column in clear."""
    request_id = ask(organisation, case_worker)
    in_work(organisation.platform, colleague, reject, request_id, "Nej, planen är hemlig.")
    (row,) = rows(organisation, "SELECT * FROM approvals")
    held = repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
    for words in (SECRET, "brådskar", "hemlig", "brevlåda skapas"):
        assert words not in held
        assert words.encode().decode("latin-1") not in held


@pytest.mark.parametrize("second", ["approve", "reject", "withdraw"])
@pytest.mark.parametrize("first", ["approve", "reject", "withdraw", "expire"])
def test_it_is_decided_once(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox_administrator: SampleUser,
    desk: Desk,
    first: str,
    second: str,
) -> None:
    """Whoever comes second is told so, and changes nothing."""
    request_id = ask(organisation, case_worker)

    def act(what: str) -> None:
        if what == "expire":
            rows(organisation, "UPDATE approvals SET expires_at = now() RETURNING id")
            do_job(organisation.platform, "core.approvals")
        elif what == "withdraw":
            in_work(organisation.platform, case_worker, withdraw, request_id)
        else:
            actor = colleague if what == first else mailbox_administrator
            in_work(organisation.platform, actor, {"approve": approve, "reject": reject}[what], request_id, "Så.")

    act(first)
    before = state(organisation, request_id)
    with pytest.raises(Conflict):
        act(second)
    assert state(organisation, request_id) == before
    work_off(organisation)
    assert len(desk.done) == (first == "approve")


def test_what_nobody_decides_expires(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, desk: Desk
) -> None:
    """From that moment nobody may say yes, whether the job has run or not; then its content goes."""
    request_id = ask(organisation, case_worker)
    assert do_job(organisation.platform, "core.approvals") == 0
    rows(organisation, "UPDATE approvals SET expires_at = now() - interval '1 second' RETURNING id")
    with pytest.raises(Conflict):
        in_work(organisation.platform, colleague, approve, request_id)
    assert in_work(organisation.platform, colleague, list_approvals) == []
    assert do_job(organisation.platform, "core.approvals") == 1
    assert do_job(organisation.platform, "core.approvals") == 0
    after = in_work(organisation.platform, case_worker, find_approval, request_id)
    assert (after.state, after.details, after.content) == (S.EXPIRED, (), b"")
    assert len(organisation.log_entries("approval.expired")) == 1
    assert desk.done == []


def test_only_who_asked_takes_it_back(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Others find no such request of theirs."""
    request_id = ask(organisation, case_worker)
    for actor in (colleague, administrator, other_administrator, GuestActor(organisation.id)):
        with pytest.raises(NotFound):
            in_work(organisation.platform, actor, withdraw, request_id)
    in_work(organisation.platform, case_worker, withdraw, request_id)
    assert in_work(organisation.platform, case_worker, find_approval, request_id).state is S.WITHDRAWN


def test_a_no_has_a_reason_and_a_request_what_it_needs(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Told by the field."""
    request_id = ask(organisation, case_worker)
    for reason in (" ", "x" * 2001):
        with pytest.raises(Invalid):
            in_work(organisation.platform, colleague, reject, request_id, reason)
    odd = [
        NewApproval("desk.nothing", "Något."),
        NewApproval("desk.members", "Något."),
        NewApproval("desk.members", " ", mailbox_id=mailbox.id),
    ]
    for new in odd:
        with pytest.raises(Invalid):
            in_work(organisation.platform, case_worker, ask_approval, new)
    with pytest.raises(Forbidden):
        in_work(
            organisation.platform, GuestActor(organisation.id), ask_approval, replace(odd[1], mailbox_id=mailbox.id)
        )
    twice = uuid4()
    ask(organisation, case_worker, id=twice)
    with pytest.raises(Conflict):
        ask(organisation, case_worker, id=twice)


def test_what_fails_for_a_while_is_tried_again(
    organisation: SampleOrganisation, administrator: SampleUser, outsider: SampleUser, desk: Desk
) -> None:
    """And what was written in the failed try is not there twice."""
    request_id = ask(organisation, administrator, Approvers.ADMINISTRATORS)
    other = replace(administrator, user_id=outsider.user_id)
    in_work(organisation.platform, other, approve, request_id)
    desk.failures = [Temporary("Senare."), RuntimeError("odd")]
    for _ in range(2):
        work_off(organisation)
        assert state(organisation, request_id) == "APPROVED"
        rows(organisation, "UPDATE outbox SET due_at = now() RETURNING id")
    work_off(organisation)
    assert (state(organisation, request_id), len(desk.done)) == ("DONE", 1)
    assert len(rows(organisation, "SELECT 1 FROM mailboxes WHERE name LIKE 'Ny %'")) == 1


def test_what_cannot_be_done_says_why_and_may_be_tried_again(
    organisation: SampleOrganisation, administrator: SampleUser, mailbox_administrator: SampleUser, desk: Desk
) -> None:
    """Who asked reads it; `budkavle outbox retry` tries again."""
    request_id = ask(organisation, administrator, Approvers.MANAGERS)
    in_work(organisation.platform, mailbox_administrator, approve, request_id)
    desk.failures = [Conflict("Arkivet tar inte emot.")]
    work_off(organisation)
    after = in_work(organisation.platform, administrator, find_approval, request_id)
    assert (after.state, after.failure) == (S.FAILED, "Arkivet tar inte emot.")
    ((actor, request),) = desk.failed
    assert (actor.user_id, request.id, request.content) == (None, request_id, b"x")
    with pytest.raises(Conflict):
        in_work(organisation.platform, mailbox_administrator, approve, request_id)
    queue = JOBS[0].removeprefix("outbox.")
    assert outbox.retry_parked(organisation.platform.database, organisation.id, queue) == 1
    work_off(organisation)
    assert (state(organisation, request_id), len(desk.done), len(desk.failed)) == ("DONE", 1, 1)


@pytest.mark.parametrize("change", ["account closed", "role taken"])
def test_it_is_done_with_the_rights_that_the_asker_has_then(
    organisation: SampleOrganisation,
    administrator: SampleUser,
    mailbox_administrator: SampleUser,
    desk: Desk,
    change: str,
) -> None:
    """A closed account does nothing any more, and a role that is gone is no right."""
    asker = in_work(
        organisation.platform,
        administrator,
        users.create_user,
        email=f"{uuid4()}@x.example",
        name="Ny",
        role=Role.ADMIN,
    )
    request_id = ask(organisation, asker.acting(), Approvers.MANAGERS)
    in_work(organisation.platform, mailbox_administrator, approve, request_id)
    how: dict[str, Any] = {"active": False} if change == "account closed" else {"role": Role.USER}
    in_work(organisation.platform, administrator, users.update_user, asker.id, **how)
    work_off(organisation)
    assert state(organisation, request_id) == "FAILED"
    assert rows(organisation, "SELECT 1 FROM mailboxes WHERE name LIKE 'Ny %'") == []


def test_a_destruction_waits_for_a_second_person(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser, desk: Desk
) -> None:
    """A plugin asks in its own name, and has the kind's scopes when it is done, and no others."""
    case_id, plugin = organisation.arrive(), SystemActor(organisation.id, "desk", plugin="desk")
    new = NewApproval("desk.destroy", "Ett ärende gallras.", content=str(case_id).encode())
    request = in_work(organisation.platform, plugin, ask_approval, new)
    work_off(organisation)
    assert in_work(organisation.platform, case_worker, case_view.case, case_id).case.id == case_id
    assert in_work(organisation.platform, administrator, approve, request.id).asker == "desk"
    work_off(organisation)
    with pytest.raises(NotFound):
        in_work(organisation.platform, case_worker, case_view.case, case_id)
    ((actor, _),) = desk.done
    assert isinstance(actor, SystemActor)
    assert (actor.scopes, actor.plugin) == (frozenset({ActorScope.ADMINISTER}), "desk")
    assert state(organisation, request.id) == "DONE"


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
    attachments.remove_orphans(organisation.platform)
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


@pytest.mark.parametrize(("old", "new"), list(product(ApprovalState, repeat=2)))
def test_every_pair_of_states(
    organisation: SampleOrganisation, case_worker: SampleUser, old: ApprovalState, new: ApprovalState
) -> None:
    """The function moves where the table allows it, and nowhere else."""
    request_id = ask(organisation, case_worker)
    rows(organisation, "UPDATE approvals SET state = :old RETURNING id", old=old.value)
    assert in_work(organisation.platform, case_worker, transitions.move, request_id, new) is may_follow(
        APPROVAL, old, new
    )
    assert state(organisation, request_id) == (new if may_follow(APPROVAL, old, new) else old).value


@pytest.mark.feature("N2")
def test_a_request_stands_in_an_export_in_clear(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Its sentence, details and reason: they lie sealed in another form than the rest of what is exported."""
    ask(organisation, case_worker)
    (row,) = organisation.exported("approvals")
    assert row["sealed"]["reason"] == "Det brådskar."
    assert SECRET in str(row["sealed"]["details"])


@pytest.mark.parametrize("end", ["reject", "withdraw", "expire", "approve"])
def test_a_kind_is_told_that_a_request_came_to_nothing(organisation: SampleOrganisation, desk: Desk, end: str) -> None:
    """With the content that it was asked with, by whoever ended it; not where it is done."""
    request_id = ask(organisation, organisation.case_worker)
    platform, by = organisation.platform, organisation.colleague
    if end == "reject":
        in_work(platform, by, reject, request_id, "Nej.")
    elif end == "approve":
        in_work(platform, by, approve, request_id)
        work_off(organisation)
    elif end == "withdraw":
        by = organisation.case_worker
        in_work(platform, by, withdraw, request_id)
    else:
        rows(organisation, "UPDATE approvals SET expires_at = now() RETURNING id")
        requests.expire(platform)
    told = [(actor.user_id, request.id, request.content) for actor, request in desk.ended]
    user_id = None if end == "expire" else by.user_id
    assert told == ([] if end == "approve" else [(user_id, request_id, b"x")])


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


@pytest.mark.feature("E22")
@pytest.mark.parametrize("by_message", [True, False])
def test_what_rests_on_a_restricted_case_is_decided_by_those_who_are_named(
    organisation: SampleOrganisation, case_worker: SampleUser, by_message: bool
) -> None:
    """Nobody else sees it, also an administrator; another request is everybody's still, and so is this when lifted."""
    platform, manager = organisation.platform, organisation.mailbox_administrator
    case_id = organisation.arrive("Hemlig plats")
    (entry,) = in_work(platform, case_worker, case_view.case, case_id).thread
    request_id = ask(organisation, case_worker, about=(entry.message.id if by_message else case_id,))
    other = ask(organisation, case_worker, about=(uuid4(),))
    in_work(platform, case_worker, restrict, case_id, [case_worker.id, manager.id], "Skyddad")
    for person in (organisation.colleague, organisation.administrator):
        with pytest.raises(NotFound):
            in_work(platform, person, find_approval, request_id)
        with pytest.raises(NotFound):
            in_work(platform, person, approve, request_id)
    assert [each.id for each in in_work(platform, organisation.colleague, list_approvals)] == [other]
    assert {each.id for each in in_work(platform, case_worker, list_approvals)} == {request_id, other}
    in_work(platform, manager, approve, request_id)
    work_off(organisation)
    assert in_work(platform, case_worker, find_approval, request_id).failure  # it was run: a member makes no mailbox
    in_work(platform, case_worker, lift, case_id)
    assert in_work(platform, case_worker, find_approval, request_id).decider == manager.name
