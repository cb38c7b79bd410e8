"""A second person's yes: who may give it, and who sees what is asked."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.core.approvals.asking import SECRET, S, ask, people, rows, state, work_off

from budkavle.accounts import delegate, mailboxes
from budkavle.accounts.delegations import end_delegation
from budkavle.accounts.mailbox_list import set_reading
from budkavle.approvals import (
    Approvers,
    approve,
    find_approval,
    list_approvals,
    reject,
    requests,
)
from budkavle.cases.teamwork.restricting import lift, restrict
from budkavle.messaging import case_view
from budkavle.model.errors import Forbidden, NotFound, StepUp
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

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


def test_a_member_who_may_only_read_decides_nothing(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """A yes is as much as sending: they see the request, as they read the mailbox, and are not asked to decide it."""
    platform, box, reader = organisation.platform, organisation.mailbox.id, organisation.colleague
    request_id = ask(organisation, case_worker, Approvers.MEMBERS)
    assert in_work(platform, reader, requests.count_waiting) == (1, 0)
    in_work(platform, organisation.administrator, set_reading, box, reader.id, reads_only=True)
    assert not in_work(platform, reader, find_approval, request_id).may_decide
    assert in_work(platform, reader, list_approvals) == []
    assert in_work(platform, reader, requests.count_waiting) == (0, 0)
    for answer in (approve, reject):
        with pytest.raises(Forbidden, match="bara läsa"):
            in_work(platform, reader, answer, request_id, "Det är rätt.")
    in_work(platform, organisation.administrator, set_reading, box, reader.id, reads_only=False)
    in_work(platform, reader, approve, request_id)
