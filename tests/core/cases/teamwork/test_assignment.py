"""Assigning cases to a colleague: who may, who can get one, what stands in the logs, and who is told."""

from uuid import UUID

import pytest

from budkavle.accounts import mailboxes
from budkavle.accounts.mailbox_list import set_reading
from budkavle.cases import actions
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.assignment import assign, list_assignable
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.people import Actor, UserActor
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, in_work


def holder(platform: Platform, reader: UserActor, case_id: UUID) -> UUID | None:
    return in_work(platform, reader, case_item, case_id).holder_id


@pytest.mark.feature("E17")
def test_a_colleague_gets_the_case(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Both logs say who gave it to whom; giving it again changes nothing."""
    case_id = organisation.arrive()
    assert in_work(platform, case_worker, assign, [case_id], colleague.id) == [case_id]
    assert in_work(platform, case_worker, assign, [case_id], colleague.id) == []
    assert holder(platform, case_worker, case_id) == colleague.id
    assert organisation.case_events(case_id)[-1:] == ["assigned"]
    facts = organisation.last_log_facts()
    assert (facts["to"], facts["assignee"]) == (str(colleague.id), colleague.name)


@pytest.mark.feature("E17")
def test_many_cases_are_assigned_in_one(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Those that are closed or hers already are left as they are; one that is foreign stops all."""
    open_id, hers, closed = (organisation.arrive(f"Nummer {number}") for number in range(3))
    in_work(platform, colleague, actions.take, hers)
    in_work(platform, case_worker, actions.close, closed)
    assert in_work(platform, case_worker, assign, [open_id, hers, closed], colleague.id) == [open_id]
    foreign = organisation.arrive(mailbox_id=organisation.other_mailbox.id)
    other = organisation.arrive("Fyra")
    with pytest.raises(NotFound):
        in_work(platform, case_worker, assign, [other, foreign], colleague.id)
    assert holder(platform, case_worker, other) is None


@pytest.mark.feature("E17")
def test_of_two_who_assign_at_once_the_second_is_told(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """What the page had said is not so any more."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, assign, [case_id], colleague.id, held_by={case_id: None})
    with pytest.raises(Conflict, match="ändrat vem"):
        in_work(platform, mailbox_administrator, assign, [case_id], case_worker.id, held_by={case_id: None})
    in_work(platform, mailbox_administrator, assign, [case_id], case_worker.id, held_by={case_id: colleague.id})
    assert organisation.last_log_facts()["name"] == colleague.name


@pytest.mark.feature("E17")
def test_only_who_can_work_in_the_mailbox_gets_a_case(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """No outsider, nobody whose account is closed, nobody of another organisation."""
    case_id = organisation.arrive()
    organisation.rows("UPDATE users SET active = false WHERE id = :id", id=colleague.id)
    for user_id in (organisation.outsider.id, organisation.administrator.id, colleague.id):
        with pytest.raises(Invalid):
            in_work(platform, case_worker, assign, [case_id], user_id)
    people = in_work(platform, case_worker, list_assignable, organisation.mailbox.id)
    assert {person.user_id for person in people.items} == {case_worker.id, organisation.mailbox_administrator.id}
    found = in_work(platform, case_worker, list_assignable, organisation.mailbox.id, case_worker.name.upper())
    assert [person.user_id for person in found.items] == [case_worker.id]


def test_an_assignment_is_taken_back_by_who_made_it_or_has_it(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """Not once the colleague has taken the case themselves; an administrator of the mailbox always may."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, assign, [case_id], colleague.id)
    in_work(platform, case_worker, assign, [case_id], None)
    assert holder(platform, case_worker, case_id) is None
    in_work(platform, colleague, actions.take, case_id)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, assign, [case_id], None)
    in_work(platform, mailbox_administrator, assign, [case_id], None)
    assert organisation.case_events(case_id)[-1:] == ["unassigned"]


def test_who_has_nothing_to_do_with_the_mailbox_assigns_nothing(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_administrator: SampleUser,
    staff: Actor,
) -> None:
    """Not found, also for administrators; in a personal inbox nothing is assigned."""
    case_id = organisation.arrive()
    for stranger in (organisation.outsider, organisation.administrator, other_administrator):
        with pytest.raises(NotFound):
            in_work(platform, stranger, assign, [case_id], case_worker.id)
        with pytest.raises(NotFound):
            in_work(platform, stranger, list_assignable, organisation.mailbox.id)
    own = organisation.arrive(mailbox_id=mailboxes.personal_id(case_worker.id))
    with pytest.raises(Invalid):
        in_work(platform, case_worker, assign, [own], case_worker.id)
    organisation.rows("UPDATE memberships SET may_answer = false WHERE user_id = :id", id=case_worker.id)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, assign, [case_id], organisation.colleague.id)
    with pytest.raises(Invalid):
        in_work(platform, staff, assign, [case_id], case_worker.id)


@pytest.mark.feature("E17", "E23")
def test_who_only_reads_is_given_no_case(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Nor stands among those to choose from."""
    case_id, box = organisation.arrive(), organisation.mailbox.id
    in_work(platform, organisation.mailbox_administrator, set_reading, box, colleague.id, reads_only=True)
    with pytest.raises(Invalid):
        in_work(platform, case_worker, assign, [case_id], colleague.id)
    people = in_work(platform, case_worker, list_assignable, box)
    assert colleague.id not in {person.user_id for person in people.items}
