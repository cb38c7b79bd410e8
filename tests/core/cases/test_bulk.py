"""Many cases at once: one transaction, an entry for each case, and nothing of anybody else's."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle.accounts import mailboxes
from budkavle.accounts.mailbox_list import set_reading
from budkavle.cases import actions, counts, inbox
from budkavle.cases.bulk import acts
from budkavle.cases.bulk.acts import BULK_ACTS, Selection, act_on_many
from budkavle.cases.inbox import CaseFilter, Scope, case_item
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.states import CaseState
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

EXPECTED = {
    "take": ("taken", CaseState.OPEN),
    "close": ("closed", CaseState.CLOSED),
    "bin": ("binned", CaseState.BINNED),
}


@pytest.fixture
def three(organisation: SampleOrganisation) -> list[UUID]:
    """Three open cases that nobody has taken."""
    return [organisation.arrive(subject) for subject in ("Första", "Andra", "Tredje")]


def act(
    platform: Platform, who: SampleUser, box: UUID, name: str, ids: Sequence[UUID] = (), **more: Any
) -> acts.Changed:
    """Do one thing with some cases."""
    return in_work(platform, who, act_on_many, box, name, Selection(ids, **more))


@pytest.mark.feature("E7")
@pytest.mark.parametrize("name", EXPECTED)
def test_each_case_is_changed_logged_and_brought_back(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    three: list[UUID],
    name: str,
) -> None:
    """The log of each case says so, and one undoing brings all of them back."""
    kind, state = EXPECTED[name]
    changed = act(platform, case_worker, mailbox.id, name, three)
    assert set(changed.ids) == set(three)
    assert changed.left == 0
    for case_id in three:
        case = in_work(platform, case_worker, case_item, case_id)
        assert case.state is state
        assert (case.holder_id == case_worker.user_id) is (name == "take")
        assert organisation.case_events(case_id)[-1] == kind
    assert set(act(platform, case_worker, mailbox.id, BULK_ACTS[name].undo, changed.ids).ids) == set(three)
    for case_id in three:
        case = in_work(platform, case_worker, case_item, case_id)
        assert (case.state, case.holder_id) == (CaseState.OPEN, None)


@pytest.mark.feature("E7")
def test_what_does_not_fit_is_left_as_it_is(
    platform: Platform, case_worker: SampleUser, colleague: SampleUser, mailbox: FunctionMailbox, three: list[UUID]
) -> None:
    """A case that a colleague has taken stays theirs, and one that was closed already is neither closed nor undone."""
    in_work(platform, colleague, actions.take, three[0])
    taken = act(platform, case_worker, mailbox.id, "take", three)
    assert (set(taken.ids), taken.left) == (set(three[1:]), 1)
    assert in_work(platform, case_worker, case_item, three[0]).holder_id == colleague.user_id
    released = act(platform, case_worker, mailbox.id, "release", three)
    assert set(released.ids) == set(three[1:])
    in_work(platform, colleague, actions.close, three[0])
    assert set(act(platform, case_worker, mailbox.id, "close", three).ids) == set(three[1:])


@pytest.mark.feature("E7")
def test_the_bin_gives_back_each_state(
    platform: Platform, case_worker: SampleUser, mailbox: FunctionMailbox, three: list[UUID]
) -> None:
    """A closed case comes back closed, an open one open with its holder."""
    in_work(platform, case_worker, actions.take, three[0])
    in_work(platform, case_worker, actions.close, three[1])
    binned = act(platform, case_worker, mailbox.id, "bin", three)
    assert set(act(platform, case_worker, mailbox.id, "restore", binned.ids).ids) == set(three)
    first, second, third = (in_work(platform, case_worker, case_item, case_id) for case_id in three)
    assert (first.state, first.holder_id) == (CaseState.OPEN, case_worker.user_id)
    assert (second.state, third.state) == (CaseState.CLOSED, CaseState.OPEN)


@pytest.mark.feature("E7")
def test_read_and_unread_are_for_oneself(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
    three: list[UUID],
) -> None:
    """What one has marked as read stays unread for the others, and the log says nothing of it."""
    in_work(platform, case_worker, actions.mark_read, three[0])
    logged = organisation.case_events(three[1])
    changed = act(platform, case_worker, mailbox.id, "read", three)
    assert (set(changed.ids), changed.left) == (set(three[1:]), 1)
    assert in_work(platform, case_worker, counts.counts, mailbox.id)["unread"] == 0
    assert in_work(platform, colleague, counts.counts, mailbox.id)["unread"] == 3
    assert set(act(platform, case_worker, mailbox.id, "unread", changed.ids).ids) == set(three[1:])
    assert in_work(platform, case_worker, counts.counts, mailbox.id)["unread"] == 2
    assert organisation.case_events(three[1]) == logged


@pytest.mark.feature("E7")
def test_all_of_a_list_is_what_its_filter_shows(
    platform: Platform,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
    three: list[UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also beyond the page; only so many at once, the first of the list."""
    in_work(platform, colleague, actions.take, three[1])
    untaken = CaseFilter(Scope.UNTAKEN)
    assert in_work(platform, case_worker, counts.count_list, mailbox.id, untaken) == 2
    changed = act(platform, case_worker, mailbox.id, "close", whole=untaken)
    assert set(changed.ids) == {three[0], three[2]}
    monkeypatch.setattr(acts, "MOST", 1)
    (reopened,) = act(platform, case_worker, mailbox.id, "reopen", whole=CaseFilter(state=CaseState.CLOSED)).ids
    (latest,) = in_work(platform, case_worker, inbox.inbox, mailbox.id, CaseFilter(Scope.UNTAKEN)).items
    assert reopened == latest.id == three[2]
    with pytest.raises(Invalid):
        act(platform, case_worker, mailbox.id, "close", three)


@pytest.mark.feature("E7")
@pytest.mark.parametrize("name", BULK_ACTS)
def test_foreign_ids_are_refused_and_nothing_is_done(
    platform: Platform,
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    mailbox: FunctionMailbox,
    other_mailbox: FunctionMailbox,
    three: list[UUID],
    name: str,
) -> None:
    """Of another mailbox, of another organisation, of nobody; and who is no member does nothing at all."""
    in_work(platform, organisation.system, mailboxes.add_members, other_mailbox.id, [outsider.id])
    elsewhere = organisation.send(outsider, mailbox_id=other_mailbox.id).case_id
    for foreign in (other_organisation.arrive("Främmande"), elsewhere, uuid4()):
        with pytest.raises(NotFound):
            act(platform, case_worker, mailbox.id, name, [*three, foreign])
    with pytest.raises(NotFound):
        act(platform, case_worker, case_worker.personal_id, name, three)
    with pytest.raises(NotFound):
        act(platform, outsider, mailbox.id, name, three)
    with pytest.raises(NotFound):
        act(platform, outsider, mailbox.id, name, whole=CaseFilter())
    for case_id in three:
        case = in_work(platform, case_worker, case_item, case_id)
        assert (case.state, case.holder_id, case.unread) == (CaseState.OPEN, None, True)


def test_only_a_person_takes(platform: Platform, organisation: SampleOrganisation, three: list[UUID]) -> None:
    """A part of the system closes and throws away, and takes nothing."""
    mailbox_id = organisation.mailbox.id
    for name in ("take", "read"):
        with pytest.raises(Forbidden):
            in_work(platform, organisation.system, act_on_many, mailbox_id, name, Selection(three))
    closed = in_work(platform, organisation.system, act_on_many, mailbox_id, "close", Selection(three))
    assert set(closed.ids) == set(three)


@pytest.mark.feature("E7", "E23")
def test_who_only_reads_changes_many_no_more_than_one(
    platform: Platform,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    three: list[UUID],
) -> None:
    """What is read and unread for oneself alone is all that is left."""
    in_work(platform, mailbox_administrator, set_reading, mailbox.id, case_worker.id, reads_only=True)
    for name in BULK_ACTS.keys() - {"read", "unread"}:
        with pytest.raises(Forbidden):
            act(platform, case_worker, mailbox.id, name, three)
    assert set(act(platform, case_worker, mailbox.id, "read", three).ids) == set(three)
    assert set(act(platform, case_worker, mailbox.id, "unread", three).ids) == set(three)
