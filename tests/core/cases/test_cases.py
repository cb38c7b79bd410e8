"""What people do with a case."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle.accounts import mailboxes
from budkavle.cases import actions
from budkavle.messaging import case_view
from budkavle.model.errors import BudkavleError, Conflict, Forbidden, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.states import CaseState
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

CHANGES = (actions.take, actions.release, actions.close, actions.reopen, actions.bin_case, actions.restore)
EVERYTHING = (*CHANGES, actions.mark_read, actions.mark_unread, actions.record_print, case_view.case)


@pytest.mark.feature("F12", "F13")
def test_taking_shows_who_has_taken(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """An untaken case is taken by who takes it, in the list, the log and the event log."""
    case_id = organisation.arrive()
    assert organisation.cases(case_worker)[0].holder == ""
    taken = in_work(platform, case_worker, actions.take, case_id)
    assert (taken.holder, taken.holder_id) == ("Ada Ahl", case_worker.user_id)
    assert organisation.cases(colleague)[0].holder == "Ada Ahl"
    assert organisation.case_events(case_id)[-1] == "taken"
    assert str(case_id) in organisation.log_entries("case.taken")[0]


@pytest.mark.feature("F13")
def test_the_second_to_take_is_told_who_and_when(
    platform: Platform, organisation: SampleOrganisation, colleague: SampleUser, case_worker: SampleUser
) -> None:
    """Taking what another has taken says who took it and when; taking one's own again changes nothing."""
    case_id = organisation.arrive()
    in_work(platform, colleague, actions.take, case_id)
    with pytest.raises(Conflict, match=r"^Bo Ek tog ärendet (\d\d\.\d\d|\d{4}-\d\d-\d\d \d\d\.\d\d)\.$"):
        in_work(platform, case_worker, actions.take, case_id)
    in_work(platform, colleague, actions.take, case_id)
    assert organisation.case_events(case_id).count("taken") == 1


@pytest.mark.feature("F13")
def test_of_two_who_race_one_takes(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """When many take at the same moment, exactly one gets the case and the others a conflict with that one's name."""
    for _ in range(5):
        case_id = organisation.arrive()
        barrier = threading.Barrier(6)
        outcomes: list[str] = []

        def race(actor: Any, case_id: UUID = case_id, barrier: Any = barrier, outcomes: Any = outcomes) -> None:
            barrier.wait()
            try:
                outcomes.append(in_work(platform, actor, actions.take, case_id).holder)
            except Conflict as conflict:
                outcomes.append(str(conflict))

        threads = [
            threading.Thread(target=race, args=(who,)) for who in (case_worker, colleague, mailbox_administrator) * 2
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        holder = organisation.cases(case_worker)[0].holder
        assert outcomes.count(holder) == 2  # the winner asked twice
        assert len([text for text in outcomes if text.startswith(f"{holder} tog")]) == 4
        assert organisation.case_events(case_id).count("taken") == 1


@pytest.mark.feature("F14", "Y2")
def test_releasing(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """The holder releases, a member does not, the mailbox's administrator releases anybody's; the log says whose."""
    case_id = organisation.arrive()
    with pytest.raises(Conflict, match="inte taget"):
        in_work(platform, case_worker, actions.release, case_id)
    in_work(platform, case_worker, actions.take, case_id)
    with pytest.raises(Forbidden, match="Ada Ahl"):
        in_work(platform, colleague, actions.release, case_id)
    assert in_work(platform, case_worker, actions.release, case_id).holder_id is None
    in_work(platform, case_worker, actions.take, case_id)
    assert in_work(platform, mailbox_administrator, actions.release, case_id).holder_id is None
    event = in_work(platform, case_worker, case_view.case, case_id).log[-1]
    assert (event.kind, event.user, event.facts["name"]) == ("released", "Cleo Dahl", "Ada Ahl")


@pytest.mark.feature("Y2")
def test_taking_over_names_the_holder(
    platform: Platform,
    organisation: SampleOrganisation,
    colleague: SampleUser,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """Taking over needs the holder whom the page showed; another holder, or none, is a conflict."""
    case_id = organisation.arrive()
    with pytest.raises(Conflict, match="inte längre taget"):
        in_work(platform, colleague, actions.take_over, case_id, case_worker.user_id)
    in_work(platform, case_worker, actions.take, case_id)
    with pytest.raises(Conflict, match="Ada Ahl tog"):
        in_work(platform, colleague, actions.take_over, case_id, mailbox_administrator.user_id)
    assert in_work(platform, colleague, actions.take_over, case_id, case_worker.user_id).holder == "Bo Ek"
    event = in_work(platform, case_worker, case_view.case, case_id).log[-1]
    assert (event.kind, event.user, event.facts["name"]) == ("taken-over", "Bo Ek", "Ada Ahl")
    with pytest.raises(Conflict, match=r"Bo Ek tog ärendet"):
        in_work(platform, mailbox_administrator, actions.take_over, case_id, case_worker.user_id)


@pytest.mark.feature("F15", "F20", "Y1")
def test_closing_and_opening_again(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """A closed case keeps its holder, cannot be taken, and is opened again by any member."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.take, case_id)
    assert in_work(platform, case_worker, actions.close, case_id).state is CaseState.CLOSED
    assert organisation.cases(case_worker) == []
    assert [case.id for case in organisation.cases(case_worker, state=CaseState.CLOSED)] == [case_id]
    with pytest.raises(Conflict, match="avslutat"):
        in_work(platform, colleague, actions.take, case_id)
    reopened = in_work(platform, colleague, actions.reopen, case_id)
    assert (reopened.state, reopened.holder) == (CaseState.OPEN, "Ada Ahl")
    assert organisation.case_events(case_id)[-2:] == ["closed", "reopened"]


@pytest.mark.feature("Y1")
def test_a_new_message_opens_a_closed_case_again(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """A message in the conversation of a closed case reopens it, unread, and the log says so."""
    conversation = str(uuid4())
    case_id = organisation.arrive(conversation_id=conversation)
    in_work(platform, case_worker, case_view.case, case_id)
    in_work(platform, case_worker, actions.close, case_id)
    assert organisation.arrive(conversation_id=conversation) == case_id
    (listed,) = organisation.cases(case_worker)
    assert (listed.id, listed.messages, listed.unread) == (case_id, 2, True)
    assert "reopened" in organisation.case_events(case_id)


@pytest.mark.feature("F18", "Y3")
@pytest.mark.parametrize("before", [CaseState.OPEN, CaseState.CLOSED])
def test_the_bin_gives_back_what_was_there(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    before: CaseState,
) -> None:
    """Undoing a removal brings back the state and the holder."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.take, case_id)
    if before is CaseState.CLOSED:
        in_work(platform, case_worker, actions.close, case_id)
    assert in_work(platform, colleague, actions.bin_case, case_id).state is CaseState.BINNED
    assert organisation.cases(case_worker, state=before) == []
    for change in (actions.take, actions.close, actions.reopen):
        with pytest.raises(Conflict, match="papperskorgen"):
            in_work(platform, case_worker, change, case_id)
    restored = in_work(platform, case_worker, actions.restore, case_id)
    assert (restored.state, restored.holder) == (before, "Ada Ahl")
    in_work(platform, case_worker, actions.restore, case_id)
    assert organisation.case_events(case_id).count("restored") == 1


def test_reading_is_personal(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """What one member has read stays unread for another, and can be made unread again."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.mark_read, case_id)
    assert [organisation.cases(who)[0].unread for who in (case_worker, colleague)] == [False, True]
    in_work(platform, case_worker, actions.mark_unread, case_id)
    assert organisation.cases(case_worker)[0].unread
    in_work(platform, case_worker, case_view.case, case_id)
    assert not organisation.cases(case_worker)[0].unread


def test_an_opening_is_recorded_once_an_hour(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """The event log says who opened a case, not each time the page is shown again."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.mark_read, case_id)
    for actor in (case_worker, case_worker, colleague):
        in_work(platform, actor, case_view.case, case_id)
    entries = organisation.log_entries("case.viewed")
    assert [str(case_worker.user_id) in entry for entry in entries] == [True, False]


@pytest.mark.feature("F17")
def test_printing_is_recorded(platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Whoever prints a case stands in both logs."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.record_print, case_id)
    assert organisation.case_events(case_id)[-1] == "printed"
    assert len(organisation.log_entries("case.printed")) == 1


@pytest.mark.parametrize("function", EVERYTHING, ids=lambda function: function.__name__)
@pytest.mark.parametrize("who", ["outsider", "administrator", "other_administrator"])
def test_outsiders_find_nothing(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    function: Callable[..., object],
    who: str,
    request: pytest.FixtureRequest,
) -> None:
    """Neither a colleague without membership, nor an administrator without it, nor another organisation sees a case."""
    case_id = organisation.arrive()
    with pytest.raises(NotFound):
        in_work(platform, request.getfixturevalue(who), function, case_id)
    with pytest.raises(NotFound):
        in_work(platform, case_worker, function, uuid4())
    with pytest.raises(NotFound):
        in_work(platform, request.getfixturevalue(who), actions.take_over, case_id, uuid4())


def test_who_loses_access_loses_their_cases(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    colleague: SampleUser,
) -> None:
    """The open cases of a removed member are free again, and the log says why."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, actions.take, case_id)
    assert in_work(platform, mailbox_administrator, mailboxes.remove_members, mailbox.id, [case_worker.user_id]) == 1
    with pytest.raises(NotFound):
        in_work(platform, case_worker, actions.take, case_id)
    assert organisation.cases(colleague)[0].holder_id is None
    assert in_work(platform, colleague, case_view.case, case_id).log[-1].facts == {"reason": "member-removed"}


def test_the_event_log_stays_whole(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """After all kinds of change the hash chain of the organisation fits."""
    case_id = organisation.arrive()
    for change in CHANGES:
        try:
            in_work(platform, case_worker, change, case_id)
        except BudkavleError:
            continue
    report = verify(platform.database, platform.vault, organisation.id)
    assert report.ok, str(report)
