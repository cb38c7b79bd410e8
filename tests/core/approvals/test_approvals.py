"""A request and what comes of it: once, in time, with the rights of who asked."""

import json
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from tests.core.approvals.asking import JOBS, SECRET, Desk, S, ask, rows, state, work_off

from budkavle.accounts import users
from budkavle.approvals import (
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
from budkavle.messaging import case_view
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, Temporary, TooMany
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import ActorScope, GuestActor, Role, SystemActor
from budkavle.model.states import APPROVAL, may_follow
from budkavle.storage import outbox
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job


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
    desk.failures = [Temporary("Senare."), TooMany("Vänta en stund."), RuntimeError("odd")]
    for _ in range(3):
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
