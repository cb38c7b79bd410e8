"""Moving a case to another mailbox: who may, what comes along, and where answers go afterwards."""

import json
from uuid import uuid4

import pytest

from budkavle import Loa
from budkavle.accounts import mailboxes
from budkavle.cases import actions
from budkavle.cases.inbox import case_item
from budkavle.cases.search import search
from budkavle.cases.teamwork.moving import find_target, list_targets, move_to_mailbox
from budkavle.cases.teamwork.tags import add_tag, tag_cases
from budkavle.messaging import case_view
from budkavle.model.errors import Forbidden, Invalid, NotFound, StepUp
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, in_work


@pytest.fixture
def office(organisation: SampleOrganisation) -> FunctionMailbox:
    """A mailbox of another unit, which only the outsider reads."""
    return organisation.add_mailbox("Skolkontoret", organisation.outsider)


@pytest.mark.feature("E21")
def test_the_case_comes_whole_to_those_who_read_the_other_mailbox(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    office: FunctionMailbox,
) -> None:
    """Messages, log and words; it has no holder and no tags there, and those it left find it nowhere."""
    case_id = organisation.arrive("Skolplacering")
    tag = in_work(platform, organisation.mailbox_administrator, add_tag, organisation.mailbox.id, "SIP", "blue")
    in_work(platform, case_worker, tag_cases, [case_id], tag.id)
    in_work(platform, case_worker, actions.take, case_id)
    assert in_work(platform, case_worker, move_to_mailbox, [case_id], office.id) == [case_id]
    view = in_work(platform, outsider, case_view.case, case_id)
    assert (view.case.mailbox_id, view.case.holder_id, view.case.tags) == (office.id, None, ())
    assert view.thread[0].message.body
    assert [event.kind for event in view.log][-1] == "moved"
    assert [case.id for case in in_work(platform, outsider, search, "skolplacering")] == [case_id]
    assert in_work(platform, case_worker, search, "skolplacering") == []
    assert organisation.cases(case_worker) == []
    with pytest.raises(NotFound):
        in_work(platform, case_worker, case_view.case, case_id)
    (entry,) = organisation.log_entries("case.moved")
    assert {str(office.id), str(organisation.mailbox.id)} <= set(json.loads(entry)["facts"].values())


@pytest.mark.feature("E21")
def test_an_answer_to_the_old_address_follows_the_case(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    office: FunctionMailbox,
) -> None:
    """In its conversation, or referring to a message of it; what begins anew stays in the old mailbox."""
    here = {"mailbox_id": organisation.mailbox.id}
    case_id = organisation.arrive(conversation_id="samtal-1", remote_id="m-1", **here)
    in_work(platform, case_worker, move_to_mailbox, [case_id], office.id)
    assert organisation.arrive("Svar", conversation_id="samtal-1", **here) == case_id
    assert organisation.arrive("Svar igen", ref_to="m-1", **here) == case_id
    assert len(in_work(platform, outsider, case_view.case, case_id).thread) == 3
    assert organisation.arrive("Nytt", conversation_id="samtal-2", **here) != case_id
    other = organisation.add_mailbox("En tredje")
    assert organisation.arrive("Till en tredje", conversation_id="samtal-1", mailbox_id=other.id) != case_id


@pytest.mark.feature("E21")
def test_the_level_is_asked_of_who_moves(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, office: FunctionMailbox
) -> None:
    """And holds in the other mailbox."""
    case_id = organisation.arrive()
    organisation.rows("UPDATE cases SET loa = 3")
    with pytest.raises(StepUp):
        in_work(platform, case_worker.at(Loa.TWO), move_to_mailbox, [case_id], office.id)
    in_work(platform, case_worker.at(Loa.THREE), move_to_mailbox, [case_id], office.id)
    assert in_work(platform, organisation.outsider, case_item, case_id).loa == Loa.THREE
    with pytest.raises(StepUp):
        in_work(platform, organisation.outsider, case_view.case, case_id)


def test_nobody_moves_what_is_not_theirs_or_to_nowhere(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    office: FunctionMailbox,
    other_organisation: SampleOrganisation,
) -> None:
    """Not found for strangers and unknown mailboxes, also another organisation's; forbidden for readers."""
    case_id = organisation.arrive()
    for stranger in (outsider, organisation.administrator):
        with pytest.raises(NotFound):
            in_work(platform, stranger, move_to_mailbox, [case_id], office.id)
    foreign = other_organisation.add_mailbox("Annan kommuns")
    for mailbox_id in (uuid4(), foreign.id, mailboxes.personal_id(outsider.id)):
        with pytest.raises(NotFound):
            in_work(platform, case_worker, move_to_mailbox, [case_id], mailbox_id)
        with pytest.raises(NotFound):
            in_work(platform, case_worker, find_target, mailbox_id)
    own = organisation.arrive(mailbox_id=mailboxes.personal_id(case_worker.id))
    with pytest.raises(Invalid):
        in_work(platform, case_worker, move_to_mailbox, [own], office.id)
    organisation.rows("UPDATE memberships SET may_answer = false WHERE user_id = :id", id=case_worker.id)
    with pytest.raises(Forbidden):
        in_work(platform, case_worker, move_to_mailbox, [case_id], office.id)
    assert organisation.rows("SELECT FROM case_moves") == []


def test_targets_are_the_other_function_mailboxes_with_their_readers(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, office: FunctionMailbox
) -> None:
    """By name, found by a part of it."""
    listed = in_work(platform, case_worker, list_targets, organisation.mailbox.id)
    assert [target.name for target in listed.items] == [organisation.other_mailbox.name, "Skolkontoret"]
    found = in_work(platform, case_worker, list_targets, organisation.mailbox.id, "KONTOR")
    assert [target.id for target in found.items] == [office.id]
    target = in_work(platform, case_worker, find_target, office.id)
    assert (target.readers, target.names, target.is_mine) == (1, [organisation.outsider.name], False)
