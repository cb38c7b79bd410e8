"""Every pair of states, walked over the functions that write them, on the database; and nobody else writes one."""

import json
import re
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

import budkavle
from budkavle.cases.transitions import move_cases, move_messages
from budkavle.deliveries import queue, transitions
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.messaging import case_view
from budkavle.model.messages import File
from budkavle.model.states import CASE, DELIVERY, INCOMING, CaseState, DeliveryState, IncomingState
from budkavle.storage.pipeline import driver
from budkavle.storage.platform import Platform
from budkavle.storage.tables import cases, deliveries, messages
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

CORE = Path(budkavle.__file__).parent
WRITERS = {
    "accounts/organisations.py",
    "approvals/transitions.py",
    "cases/transitions.py",
    "cases/transitions.sql",
    "deliveries/transitions.py",
    "deliveries/transitions.sql",
    "organisation/export_requests.py",
    "organisation/removal_requests.py",
}


@pytest.fixture
def row(organisation: SampleOrganisation, case_worker: SampleUser) -> UUID:
    """The id of a case with a message that has come in and one that has gone out."""
    case_id = organisation.arrive()
    organisation.send(case_worker)
    return case_id


def put(work: Any, table: str, state: str, where: str = "TRUE") -> UUID:
    """Put the table's only row that is meant into a state, whatever the rules are; return its id."""
    write = text(f"UPDATE {table} SET state = :state WHERE organisation_id = :organisation AND {where} RETURNING id")
    ids = work.connection.execute(write, {"state": state, "organisation": work.organisation_id}).scalars().all()
    return ids[0]


def state_of(work: Any, table: str, row_id: UUID) -> str:
    """Return the state of a row."""
    query = text(f"SELECT state FROM {table} WHERE organisation_id = :organisation AND id = :id")
    state: str = work.connection.execute(query, {"organisation": work.organisation_id, "id": row_id}).scalar_one()
    return state


@pytest.mark.feature("SD6")
@pytest.mark.usefixtures("row")
@pytest.mark.parametrize("lock", [False, True])
def test_a_delivery_goes_where_the_table_leads(
    platform: Platform, organisation: SampleOrganisation, lock: bool
) -> None:
    """Each pair of states: the row moves, and its timeline grows, exactly where the table says so."""
    for old, new in product(DeliveryState, DeliveryState):
        with platform.work(system_actor(organisation.id)) as work:
            delivery_id = put(work, "deliveries", old.value)
            change = Transition(new, (StateChange(datetime.now(UTC), new, f"{old} till {new}"),))
            if lock:
                query = text("SELECT id, state FROM deliveries WHERE id = :id FOR UPDATE")
                moved = queue.advance_locked(work, work.connection.execute(query, {"id": delivery_id}).one(), change)
            else:
                moved = queue.advance(work, delivery_id, change) is not None
            assert moved == (new in DELIVERY[old])
            assert state_of(work, "deliveries", delivery_id) == (new if moved else old).value
            noted = text("SELECT count(*) FROM delivery_events WHERE delivery_id = :id AND detail = :detail")
            facts = {"id": delivery_id, "detail": f"{old} till {new}"}
            assert work.connection.execute(noted, facts).scalar_one() == moved


@pytest.mark.feature("SD6")
@pytest.mark.usefixtures("row")
def test_a_delivery_is_deleted_where_the_table_allows_it(platform: Platform, organisation: SampleOrganisation) -> None:
    """The bin and "ångra" ask the same table."""
    for old in DeliveryState:
        with platform.work(system_actor(organisation.id)) as work:
            delivery_id = put(work, "deliveries", old.value)
            deleted = transitions.delete(work, deliveries.c.id == delivery_id)
            assert bool(deleted) == (DeliveryState.DELETED in DELIVERY[old])
            after = DeliveryState.DELETED if deleted else old
            assert state_of(work, "deliveries", delivery_id) == after.value


@pytest.mark.feature("SD6")
@pytest.mark.usefixtures("row")
def test_an_incoming_message_goes_where_the_table_leads(platform: Platform, organisation: SampleOrganisation) -> None:
    """Each pair of states of what has come in."""
    for old, new in product(IncomingState, IncomingState):
        with platform.work(system_actor(organisation.id)) as work:
            message_id = put(work, "messages", old.value, "direction = 'in'")
            moved = move_messages(work, messages.c.id == message_id, new)
            assert [one for one, _, _ in moved] == ([message_id] if new in INCOMING[old] else [])
            assert state_of(work, "messages", message_id) == (new if moved else old).value


@pytest.mark.feature("SD6")
def test_a_case_goes_where_the_table_leads(platform: Platform, organisation: SampleOrganisation, row: UUID) -> None:
    """Each pair of states, and each wrong belief of where the case is."""
    for old, believed, new in product(CaseState, CaseState, CaseState):
        with platform.work(system_actor(organisation.id)) as work:
            put(work, "cases", old.value, f"id = '{row}'")
            moved = move_cases(work, cases.c.id == row, believed, new)
            assert list(moved) == ([row] if believed is old and new in CASE[old] else [])
            assert state_of(work, "cases", row) == (new if moved else old).value


@pytest.mark.feature("S19")
def test_a_message_whose_file_was_taken_is_downloaded(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The state says so from the first time on."""
    file = File("brev.txt", "text/plain", b"Hej")
    case_id = organisation.arrive(files=(file,))
    for _ in range(2):
        with platform.work(case_worker) as work:
            (message,) = [one.message for one in case_view.case(work, case_id).thread]
            _, chunks = case_view.open_attachment(work, message.attachments[0].id)
            assert b"".join(chunks) == b"Hej"
    with platform.work(case_worker) as work:
        (message,) = [one.message for one in case_view.case(work, case_id).thread]
    assert message.state is IncomingState.DOWNLOADED


def writes_state(source: str) -> bool:
    """Tell whether Python or SQL sets a state: `SET state`, `, state =` or `values(state=`."""
    one_line = re.sub(r"\s+", " ", re.sub(r"['\"]\s*['\"]", "", source))
    update = r"\bUPDATE (?:deliveries|messages|cases)\b(?: \w+)? SET\b"
    sql = re.search(update + r"(?:(?!\b(?:WHERE|FROM|RETURNING)\b)[^;])*?\bstate = ", one_line)
    python = re.search(r"\bvalues\([^()]*\bstate=|\"state\": (?:Delivery|Incoming|Case)State\.\w+", one_line)
    return bool(sql or python)


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ('Statement("UPDATE messages SET" " head = :head, state = :state WHERE id = :id")', True),
        ("update(cases).where(here).values(closed_at=None, state=new)", True),
        ('empty = {"state": DeliveryState.DELETED.value}', True),
        ("UPDATE deliveries SET fence = 1 WHERE id = :id AND state = 'HELD'", False),
        ("select(cases).where(cases.c.state == CaseState.OPEN.value)", False),
    ],
)
def test_the_search_finds_what_sets_a_state(source: str, wrong: bool) -> None:
    """Whether in SQL or by SQLAlchemy; a condition is none."""
    assert writes_state(source) == wrong


INSERTS = {"messaging/receiving.py"}
"""Where rows begin, in their first state."""


@pytest.mark.feature("SD6")
def test_nobody_else_writes_a_state() -> None:
    """One module for deliveries, one for cases and incoming messages, one for each other thing that has states."""
    files = [path for path in CORE.rglob("*") if path.suffix in {".py", ".sql"} and "migrations" not in path.parts]
    stored = [path for path in files if not {"identification", "testing"} & set(path.relative_to(CORE).parts)]
    names = {str(path.relative_to(CORE)) for path in stored if writes_state(path.read_text("utf-8"))}
    assert names - INSERTS == WRITERS


@pytest.mark.feature("SD6")
@pytest.mark.usefixtures("row")
@pytest.mark.parametrize(("purpose", "told"), [("message", 1), ("receipt", 0)])
def test_pages_are_told_of_a_state_where_it_is_changed(
    platform: Platform, organisation: SampleOrganisation, purpose: str, told: int
) -> None:
    """Of messages alone: no page shows a receipt's own delivery."""
    change = Transition(DeliveryState.SEND_IN_PROGRESS, ())
    with platform.work(system_actor(organisation.id)) as work:
        delivery_id = put(work, "deliveries", "READY_TO_SEND")
        work.connection.execute(text("UPDATE deliveries SET purpose = :purpose"), {"purpose": purpose})
        assert queue.advance(work, delivery_id, change)
        assert queue.advance(work, delivery_id, change) is None  # and of nothing that has not moved
        notices = [json.loads(notice) for _, notice in driver(work.connection).notices]
    assert [notice["k"] for notice in notices] == ["state"] * told
    assert {(notice["m"], notice["d"]) for notice in notices} <= {(str(organisation.mailbox.id), str(delivery_id))}
