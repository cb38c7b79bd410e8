"""Restricted cases: only named people meet them, in anything; what others try is logged."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from budkavle.accounts import mailboxes
from budkavle.cases import actions, attachments, counts, inbox
from budkavle.cases.bulk.acts import Selection, act_on_many
from budkavle.cases.case_times import find_case_times
from budkavle.cases.finding import index
from budkavle.cases.finding.limits import Limits
from budkavle.cases.finding.query import Searcher, count_everywhere
from budkavle.cases.finding.walk import walking
from budkavle.cases.finding.words import terms
from budkavle.cases.search import search
from budkavle.cases.teamwork import left_alone
from budkavle.cases.teamwork.assignment import assign, list_assignable
from budkavle.cases.teamwork.due_dates import count_overdue, list_due, set_due, today
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
from budkavle.cases.teamwork.tags import set_tags
from budkavle.deliveries import evidence, recall, undo
from budkavle.messaging import case_view, sending, tracking
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.messages import Draft
from budkavle.model.people import ActorScope, SystemActor
from budkavle.model.receipts import ReceiptWords
from budkavle.storage.database import ALL_CASES
from budkavle.storage.platform import Platform
from budkavle.storage.tables import metadata
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle.testing.organisations import PEER
from budkavle.testing.working import deliver_due

REASON = "Skyddade uppgifter"


@dataclass(frozen=True)
class Restricted:
    """A case that only the case worker is named for, with an answer that has gone out."""

    case_id: UUID
    number: str
    message_id: UUID
    delivery_id: UUID


@pytest.fixture
def restricted(platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser) -> Restricted:
    case_id = organisation.arrive("Hemlig plats", conversation_id="samtal-1")
    view = in_work(platform, case_worker, case_view.case, case_id)
    draft = Draft((PEER,), "Svar", "Hej!", reply_to=view.thread[0].message.id)
    sent = in_work(platform, case_worker, sending.send, organisation.mailbox.id, draft)
    deliver_due(platform)
    in_work(platform, case_worker, restrict, case_id, [case_worker.id], REASON)
    (delivery,) = organisation.deliveries(sent)
    return Restricted(case_id, view.case.number, sent.id, delivery.id)


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
    found = in_work(platform, case_worker, find_restriction, restricted.case_id)
    assert found is not None
    assert (found.by, found.reason, [one.name for one in found.readers]) == (case_worker.name, REASON, ["Ada Ahl"])
    assert REASON.encode() not in organisation.rows("SELECT reason FROM case_restrictions")[0].reason
    (entry,) = organisation.log_entries("case.restricted")
    assert REASON not in entry


TRIES: dict[str, Callable[[SampleOrganisation, Restricted], tuple[Any, ...]]] = {
    "open": lambda o, r: (case_view.case, r.case_id),
    "row": lambda o, r: (inbox.case_item, r.case_id),
    "take": lambda o, r: (actions.take, r.case_id),
    "close": lambda o, r: (actions.close, r.case_id),
    "bin": lambda o, r: (actions.bin_case, r.case_id),
    "unread": lambda o, r: (actions.mark_unread, r.case_id),
    "print": lambda o, r: (actions.record_print, r.case_id),
    "assign": lambda o, r: (assign, [r.case_id], o.colleague.id),
    "due": lambda o, r: (set_due, [r.case_id], today()),
    "tags": lambda o, r: (set_tags, r.case_id, []),
    "move": lambda o, r: (move_to_mailbox, [r.case_id], o.other_mailbox.id),
    "restrict": lambda o, r: (restrict, r.case_id, [o.colleague.id], "Jag vill"),
    "restriction": lambda o, r: (find_restriction, r.case_id),
    "lift": lambda o, r: (lift, r.case_id),
    "bulk": lambda o, r: (act_on_many, o.mailbox.id, "close", Selection([r.case_id])),
    "follow": lambda o, r: (tracking.followed, r.delivery_id),
    "recall": lambda o, r: (recall.recall, r.delivery_id),
    "undo": lambda o, r: (undo.undo, r.message_id),
    "answer": lambda o, r: (sending.send, o.mailbox.id, Draft((PEER,), "Svar", "Hej!", reply_to=r.message_id)),
}
"""What a member who is not named may try with the case; each is as if there was no such case."""


@pytest.mark.feature("E22")
@pytest.mark.parametrize("name", TRIES)
@pytest.mark.parametrize("who", ["colleague", "administrator", "mailbox_administrator"])
def test_for_everybody_else_there_is_no_such_case(
    name: str, who: str, platform: Platform, organisation: SampleOrganisation, restricted: Restricted
) -> None:
    """A colleague and administrators get the answer that a case which never was gets, and the try is logged."""
    person: SampleUser = getattr(organisation, who)
    if who == "administrator":
        in_work(platform, organisation.system, mailboxes.add_members, organisation.mailbox.id, [person.id])
    function, *arguments = TRIES[name](organisation, restricted)
    before = organisation.rows("SELECT * FROM cases")
    with pytest.raises(NotFound):
        in_work(platform, person, function, *arguments)
    assert organisation.rows("SELECT * FROM cases") == before
    (entry,) = organisation.log_entries("case.refused")
    assert str(restricted.case_id) in entry
    assert person.name in entry


@pytest.mark.feature("E22")
def test_no_list_count_or_search_tells_of_it(
    platform: Platform, organisation: SampleOrganisation, colleague: SampleUser, restricted: Restricted
) -> None:
    """Nor "all of the list", the days of answers, the statistics, nor a system that has not been let past."""
    box = organisation.mailbox.id
    in_work(platform, organisation.case_worker, set_due, [restricted.case_id], today())
    assert organisation.cases(colleague) == []
    assert list(in_work(platform, colleague, inbox.sent, box).items) == []
    assert in_work(platform, colleague, search, "hemlig") == []
    assert list(in_work(platform, colleague, list_due, box).items) == []
    assert in_work(platform, colleague, count_overdue, box, today(), 10) == 0
    navigation = in_work(platform, colleague, counts.navigation)
    assert [(one.untaken, one.unread) for one in navigation.boxes if one.mailbox.id == box] == [(0, 0)]
    everything = Selection(whole=inbox.CaseFilter())
    assert not in_work(platform, colleague, act_on_many, box, "close", everything).ids
    reader = SystemActor(organisation.id, "API", frozenset({ActorScope.READ, ActorScope.WRITE}))
    assert list(in_work(platform, reader, inbox.inbox, box).items) == []
    assert not list(in_work(platform, reader, find_case_times, [restricted.case_id]).values())
    with pytest.raises(NotFound):
        in_work(platform, reader, case_view.message, restricted.message_id)
    records = SystemActor(organisation.id, "Diariet", frozenset({ActorScope.READ, ActorScope.RESTRICTED}))
    assert in_work(platform, records, case_view.message, restricted.message_id).id == restricted.message_id


@pytest.mark.feature("E22", "E25")
def test_a_walk_through_the_index_gives_nothing_of_it(
    platform: Platform, organisation: SampleOrganisation, colleague: SampleUser, restricted: Restricted
) -> None:
    """Though the walk passes it: no hit, no count, no address of a next page; and what is read next is judged again."""
    before, after = organisation.arrive("Hemlig adress"), organisation.arrive("Hemlig sändning")
    with platform.database.transaction(organisation.id, reader=ALL_CASES) as connection:
        for minutes, case_id in enumerate((after, restricted.case_id, before)):
            moment = f"UPDATE cases SET opened_at = now() - interval '{minutes} minutes' WHERE id = :id"
            connection.execute(text(moment), {"id": case_id})
    while index.index_cases(platform):
        pass
    with platform.work(colleague) as work:
        searcher = Searcher(work, terms("hemlig"))
        assert restricted.case_id in {candidate.id for candidate in searcher.candidates(Limits(), None, 10)}
        pages = [searcher.page(Limits(), limit=1)]
        while pages[-1].after:
            pages.append(searcher.page(Limits(), pages[-1].after, limit=1))
        assert [hit.case.id for page in pages for hit in page.hits] == [after, before]
        assert not [page.after for page in pages if str(restricted.case_id) in page.after]
        assert searcher.among(Limits(), [restricted.case_id]) == []
        counted, _ = count_everywhere(searcher, work)
        assert {row.id for _, row in counted} == {after, before}
        assert work.connection.execute(text("SELECT count(*) FROM cases")).scalar_one() == 2
    with platform.work(colleague) as work:
        with suppress(ZeroDivisionError), walking(work):
            raise ZeroDivisionError
        assert work.connection.execute(text("SELECT count(*) FROM cases")).scalar_one() == 2


@pytest.mark.feature("E22")
def test_a_search_for_its_number_is_logged(
    platform: Platform, organisation: SampleOrganisation, colleague: SampleUser, restricted: Restricted
) -> None:
    """It finds nothing; a search for another number logs nothing."""
    assert in_work(platform, colleague, search, "2019-7777") == []
    assert organisation.log_entries("case.refused") == []
    assert in_work(platform, colleague, search, restricted.number) == []
    assert len(organisation.log_entries("case.refused")) == 1


@pytest.mark.feature("E22")
def test_what_was_sent_is_for_administrators_who_are_named(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    restricted: Restricted,
) -> None:
    """For others, a system that reads among them, its bytes and receipts are as if it had never been."""
    reader = SystemActor(organisation.id, "API", frozenset({ActorScope.READ}))
    for actor in (administrator, reader):
        with pytest.raises(NotFound):
            in_work(platform, actor, evidence.evidence, restricted.delivery_id)
        assert in_work(platform, actor, evidence.receipts_of, restricted.delivery_id) == ()
    in_work(platform, organisation.system, mailboxes.add_members, organisation.mailbox.id, [administrator.id])
    in_work(platform, case_worker, restrict, restricted.case_id, [case_worker.id, administrator.id])
    assert in_work(platform, administrator, evidence.evidence, restricted.delivery_id).receipts == ()


@pytest.mark.feature("E22")
def test_a_file_of_it_is_hidden_also_from_who_sent_it(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """A colleague who sent a file before the case was restricted gets it no longer."""
    file = attachments.store(platform, colleague, "plan.txt", "text/plain", [b"Adressen"])
    draft = Draft((PEER,), "Plan", "Se bilaga", attachments=(file.id,))
    sent = in_work(platform, colleague, sending.send, organisation.mailbox.id, draft)
    in_work(platform, case_worker, restrict, sent.case_id, [case_worker.id], REASON)
    for person in (colleague, organisation.administrator):
        with pytest.raises(NotFound):
            in_work(platform, person, attachments.open_attachment, file.id)
    assert len(organisation.log_entries("case.refused")) == 2
    with platform.work(case_worker) as work:
        assert b"".join(attachments.open_attachment(work, file.id)[1]) == b"Adressen"


@pytest.mark.feature("E22")
def test_every_table_that_tells_of_a_case_is_behind_the_policy(platform: Platform, restricted: Restricted) -> None:
    """By the catalogue: each table of the core with a case, a message or a delivery; a new one needs nobody's care."""
    linked = {
        name
        for name, table in metadata.tables.items()
        if "organisation_id" in table.c and {"case_id", "message_id", "delivery_id"} & set(table.c.keys())
    }
    with platform.database.owner() as engine, engine.connect() as connection:
        query = "SELECT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE p.polname = 'readers'"
        secured = set(connection.execute(text(query + " AND NOT p.polpermissive")).scalars())
    assert secured == linked - {"case_readers", "case_restrictions", "restricted_cases"} | {"cases", "approvals"}


@pytest.mark.feature("E22")
@pytest.mark.parametrize("table", ["cases", "messages", "case_events", "case_words", "deliveries", "attachments"])
def test_a_query_that_forgets_to_ask_sees_nothing_of_it(
    table: str, platform: Platform, organisation: SampleOrganisation, colleague: SampleUser, restricted: Restricted
) -> None:
    """Not even one without any condition, and neither does a transaction in which nobody reads."""
    with platform.work(colleague) as work:
        assert work.connection.execute(select(metadata.tables[table])).all() == []
    with platform.database.transaction(organisation.id) as connection:
        assert connection.execute(select(metadata.tables[table])).all() == []


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
    assert [one.user_id for one in people] == [case_worker.id]
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
    found, people = in_work(platform, administrator, find_restricted, case_id)
    assert ([one.name for one in found.readers], len(people.items)) == (["Ada Ahl", "Bo Ek"], 3)
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
    found = in_work(platform, colleague, find_restriction, case_id)
    assert found is not None
    assert [one.user_id for one in found.readers] == [colleague.id]
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


@pytest.mark.feature("E22")
def test_nobody_is_no_reader_on_a_new_connection_either(
    platform: Platform, organisation: SampleOrganisation, restricted: Restricted
) -> None:
    """A setting that a connection has never had is NULL, and a policy that compares with NULL denies nothing."""
    platform.database.engine.dispose()
    with platform.database.transaction(organisation.id) as connection:
        cases = connection.execute(text("SELECT id FROM cases WHERE id = :id"), {"id": restricted.case_id}).all()
        about = text("SELECT may_read_about(:organisation, ARRAY[cast(:id AS uuid)])")
        may = connection.execute(about, {"organisation": organisation.id, "id": restricted.case_id}).scalar_one()
    assert (cases, may) == ([], False)
