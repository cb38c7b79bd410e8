"""Restricting a case: who is named, who may change that and lift it, and what becomes of it when people leave."""

import pytest
from sqlalchemy import select
from tests.core.cases.teamwork.conftest import REASON, Restricted

from budkavle.accounts import mailboxes
from budkavle.cases import actions, inbox
from budkavle.cases.search import search
from budkavle.cases.teamwork import left_alone
from budkavle.cases.teamwork.assignment import assign, list_assignable
from budkavle.cases.teamwork.moving import move_to_mailbox, undo_move
from budkavle.cases.teamwork.restricting import (
    add_reader,
    find_restricted,
    find_restriction,
    lift,
    lift_as_administrator,
    list_restricted,
    restrict,
)
from budkavle.messaging import case_view
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.people import ActorScope
from budkavle.model.receipts import ReceiptWords
from budkavle.storage.platform import Platform
from budkavle.storage.tables import metadata
from budkavle.testing import SampleOrganisation, SampleUser, in_work


@pytest.mark.feature("E22")
def test_those_who_are_named_work_as_before(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, restricted: Restricted
) -> None:
    """They list, find, count, open and answer it; the row says that it is restricted, and the page by whom and why."""
    (row,) = organisation.cases(case_worker)
    assert (row.id, row.restricted) == (restricted.case_id, True)
    assert [case.id for case in in_work(platform, case_worker, search, "hemlig")] == [restricted.case_id]
    view = in_work(platform, case_worker, case_view.case, restricted.case_id)
    assert len(view.thread) == 2
    assert [event.kind for event in view.log][-1] == "restricted"
    restriction = in_work(platform, case_worker, find_restriction, restricted.case_id)
    assert restriction is not None
    assert (restriction.by, restriction.reason, [reader.name for reader in restriction.readers]) == (
        case_worker.name,
        REASON,
        ["Ada Ahl"],
    )
    assert REASON.encode() not in organisation.rows("SELECT reason FROM case_restrictions")[0].reason
    (entry,) = organisation.log_entries("case.restricted")
    assert REASON not in entry


@pytest.mark.feature("E22")
def test_answers_keep_the_restriction(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    restricted: Restricted,
) -> None:
    """What comes in the conversation joins the case, and nobody else hears of it."""
    box = organisation.mailbox.id
    assert organisation.arrive("Svar", conversation_id="samtal-1", mailbox_id=box) == restricted.case_id
    assert len(in_work(platform, case_worker, case_view.case, restricted.case_id).thread) == 3
    assert organisation.cases(colleague) == []


@pytest.mark.feature("E22")
def test_what_a_plugin_stores_while_it_reads_finds_the_case(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    restricted: Restricted,
) -> None:
    """An answer joins it, and opens no case that everybody meets; the plugin itself reads it no more than before."""
    host = platform.plugins.host("fake")
    answer = organisation.incoming(conversation_id="samtal-1", mailbox_id=organisation.mailbox.id)
    words = ReceiptWords(organisation.id, "fake", b"", {"delivery_id": str(restricted.delivery_id)})
    with host.work(host.system(organisation.id, ActorScope.READ)) as work:
        stored = host.accept(answer, work)
        host.receipt(words, work)
        assert work.connection.execute(select(metadata.tables["cases"])).all() == []
    (row,) = organisation.rows("SELECT case_id FROM messages WHERE id = :id", id=stored.message_id)
    assert row.case_id == restricted.case_id
    assert len(in_work(platform, case_worker, case_view.case, restricted.case_id).thread) == 3
    assert organisation.cases(colleague) == []


@pytest.mark.feature("E22")
def test_who_is_named_can_be_changed_and_the_holder_is_one_of_them(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    restricted: Restricted,
) -> None:
    """It is assigned to named people only; a holder who is no longer named loses it."""
    case_id, box = restricted.case_id, organisation.mailbox.id
    people = in_work(platform, case_worker, list_assignable, box, case_ids=[case_id]).items
    assert [person.user_id for person in people] == [case_worker.id]
    with pytest.raises(Invalid) as refused:
        in_work(platform, case_worker, assign, [case_id], colleague.id)
    assert "begränsat" in refused.value.fields["user"]
    in_work(platform, case_worker, restrict, case_id, [case_worker.id, colleague.id])
    in_work(platform, case_worker, assign, [case_id], colleague.id)
    in_work(platform, colleague, restrict, case_id, [case_worker.id])
    assert in_work(platform, case_worker, inbox.case_item, case_id).holder_id is None
    assert organisation.cases(colleague) == []


@pytest.mark.feature("E22")
@pytest.mark.parametrize(
    ("people", "reason", "field"),
    [([], "Skäl", "user"), (["outsider"], "Skäl", "user"), (["colleague"], " ", "reason")],
)
def test_what_is_wrong_is_told_by_field(
    people: list[str],
    reason: str,
    field: str,
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
) -> None:
    """Nobody named, somebody who is no member, or no reason: nothing is restricted."""
    case_id = organisation.arrive()
    ids = [getattr(organisation, name).id for name in people]
    with pytest.raises(Invalid) as refused:
        in_work(platform, case_worker, restrict, case_id, ids, reason)
    assert set(refused.value.fields) == {field}
    assert not organisation.cases(organisation.colleague)[0].restricted


@pytest.mark.feature("E22")
def test_it_is_lifted_by_who_is_named(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    restricted: Restricted,
) -> None:
    """Then all members meet it again, and the log of the case says who did it."""
    in_work(platform, case_worker, lift, restricted.case_id)
    assert [case.id for case in organisation.cases(colleague)] == [restricted.case_id]
    assert organisation.case_events(restricted.case_id)[-1] == "unrestricted"
    assert organisation.rows("SELECT * FROM case_restrictions") == []
    with pytest.raises(Invalid):
        in_work(platform, case_worker, lift, restricted.case_id)


@pytest.mark.feature("E22")
def test_an_administrator_names_somebody_or_lifts_it_with_a_reason(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    colleague: SampleUser,
    restricted: Restricted,
) -> None:
    """They see number, mailbox, and who is named, and nothing of the content; the reason stands in the event log."""
    case_id = restricted.case_id
    (listed,) = in_work(platform, administrator, list_restricted).items
    assert (listed.number, listed.reason, listed.gone) == (restricted.number, "", 0)
    with pytest.raises(Invalid):
        in_work(platform, administrator, add_reader, case_id, colleague.id, "")
    in_work(platform, administrator, add_reader, case_id, colleague.id, "Handläggaren är sjuk")
    assert "Handläggaren är sjuk" in organisation.log_entries("case.reader-added")[0]
    assert [case.id for case in organisation.cases(colleague)] == [case_id]
    with pytest.raises(NotFound):
        in_work(platform, administrator, case_view.case, case_id)
    restriction, people = in_work(platform, administrator, find_restricted, case_id)
    assert ([reader.name for reader in restriction.readers], len(people.items)) == (["Ada Ahl", "Bo Ek"], 3)
    in_work(platform, administrator, lift_as_administrator, case_id, "Skyddet har upphört")
    assert "Skyddet har upphört" in organisation.log_entries("case.unrestricted")[0]
    assert in_work(platform, administrator, list_restricted).items == []
    for function, arguments in ((list_restricted, ()), (lift_as_administrator, (case_id, "Jag vill"))):
        with pytest.raises(Forbidden):
            in_work(platform, colleague, function, *arguments)


@pytest.mark.feature("E22")
def test_a_moved_case_keeps_those_who_read_both_mailboxes(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Where nobody does, it is not moved."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, restrict, case_id, [case_worker.id, colleague.id], REASON)
    office = organisation.add_mailbox("Skolkontoret", organisation.outsider)
    with pytest.raises(Invalid, match="ingen av dem"):
        in_work(platform, case_worker, move_to_mailbox, [case_id], office.id)
    in_work(platform, organisation.system, mailboxes.add_members, office.id, [colleague.id])
    in_work(platform, case_worker, move_to_mailbox, [case_id], office.id)
    assert in_work(platform, colleague, inbox.case_item, case_id).mailbox_id == office.id
    restriction = in_work(platform, colleague, find_restriction, case_id)
    assert restriction is not None
    assert [reader.user_id for reader in restriction.readers] == [colleague.id]
    with pytest.raises(NotFound):
        in_work(platform, organisation.outsider, case_view.case, case_id)


@pytest.mark.feature("E22")
def test_a_move_that_is_undone_gives_it_to_nobody_who_cannot_read_it(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Who had it is not named for it any more, since only a colleague reads both mailboxes."""
    case_id = organisation.arrive()
    in_work(platform, case_worker, restrict, case_id, [case_worker.id, colleague.id], REASON)
    in_work(platform, case_worker, actions.take, case_id)
    office = organisation.add_mailbox("Skolkontoret", colleague)
    in_work(platform, colleague, move_to_mailbox, [case_id], office.id)
    assert in_work(platform, colleague, undo_move, [case_id], organisation.mailbox.id) == [case_id]
    case = in_work(platform, colleague, inbox.case_item, case_id)
    assert (case.mailbox_id, case.holder_id) == (organisation.mailbox.id, None)


@pytest.mark.feature("E22")
def test_who_leaves_the_mailbox_loses_it_also_where_an_unnamed_colleague_decides(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, restricted: Restricted
) -> None:
    """The case is let go, and still nobody else meets it."""
    in_work(platform, case_worker, actions.take, restricted.case_id)
    manager = organisation.mailbox_administrator
    in_work(platform, manager, mailboxes.remove_members, organisation.mailbox.id, [case_worker.id])
    assert organisation.rows("SELECT holder_id FROM cases")[0].holder_id is None
    assert organisation.cases(manager) == []
    (listed,) = in_work(platform, organisation.administrator, list_restricted).items
    assert (listed.readers, listed.gone) == ([], 1)


@pytest.mark.feature("E22")
def test_administrators_are_told_once_when_nobody_is_left(
    platform: Platform, organisation: SampleOrganisation, restricted: Restricted
) -> None:
    """By the log, and again when somebody who was named later has left too."""
    box, system = organisation.mailbox.id, organisation.system
    assert left_alone.tell_administrators(platform) == 0
    in_work(platform, system, mailboxes.remove_members, box, [organisation.case_worker.id])
    assert [left_alone.tell_administrators(platform) for _ in range(2)] == [1, 0]
    assert len(organisation.log_entries("case.without-readers")) == 1
    colleague, administrator = organisation.colleague, organisation.administrator
    in_work(platform, administrator, add_reader, restricted.case_id, colleague.id, "Handläggaren har slutat")
    assert left_alone.tell_administrators(platform) == 0
    in_work(platform, system, mailboxes.remove_members, box, [colleague.id])
    assert left_alone.tell_administrators(platform) == 1
