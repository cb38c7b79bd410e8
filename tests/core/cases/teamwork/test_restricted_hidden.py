"""What a restricted case is for those who are not named: nothing, in anything; what they try is logged."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from tests.core.cases.teamwork.conftest import REASON, Restricted

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
from budkavle.cases.teamwork.assignment import assign
from budkavle.cases.teamwork.due_dates import count_overdue, list_due, set_due, today
from budkavle.cases.teamwork.moving import move_to_mailbox
from budkavle.cases.teamwork.restricting import find_restriction, lift, restrict
from budkavle.cases.teamwork.tags import set_tags
from budkavle.deliveries import evidence, recall, undo
from budkavle.messaging import case_view, sending, tracking
from budkavle.model.errors import NotFound
from budkavle.model.messages import Draft
from budkavle.model.people import Actor, ActorScope, SystemActor
from budkavle.storage.database import ALL_CASES
from budkavle.storage.platform import Platform
from budkavle.storage.tables import metadata
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle.testing.organisations import PEER

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
    assert [(shown.untaken, shown.unread) for shown in navigation.boxes if shown.mailbox.id == box] == [(0, 0)]
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


@pytest.mark.feature("E22")
def test_a_plugin_asks_which_cases_are_hidden_from_its_reader(
    platform: Platform,
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    restricted: Restricted,
) -> None:
    """None from who is named for them, or who reads all; those of another organisation are nobody's business."""

    def hidden(actor: Actor) -> list[UUID]:
        with platform.work(actor) as work:
            return list(work.connection.execute(text("SELECT hidden_cases()")).scalars())

    assert hidden(colleague) == [restricted.case_id]
    assert hidden(case_worker) == []
    records = SystemActor(organisation.id, "Diariet", frozenset({ActorScope.READ, ActorScope.RESTRICTED}))
    assert hidden(records) == []
    assert hidden(other_organisation.administrator) == []
    with platform.database.transaction(organisation.id) as connection:
        assert list(connection.execute(text("SELECT hidden_cases()")).scalars()) == [restricted.case_id]
