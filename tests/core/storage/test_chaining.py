"""Entries of event logs are written without waiting, and numbered and linked afterwards, each once and in order."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, select, text

from budkavle.model import sources
from budkavle.model.errors import Unavailable
from budkavle.model.people import INSTALLATION, Actor, ActorScope, Organisation, SystemActor
from budkavle.operations.health import check_all
from budkavle.storage import audit
from budkavle.storage.database import Database
from budkavle.storage.event_log import EventLog
from budkavle.storage.events import chaining
from budkavle.storage.events.search import EventFilter, find_entries, walk_entries
from budkavle.storage.events.signed import signed_entries
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform
from budkavle.storage.tables import audit_log, audit_pending
from budkavle.testing.acting import in_work

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DIES = Path(__file__).parent / "chaining_process.py"


@pytest.fixture
def platform(budkavle_platform: Platform) -> Platform:
    return budkavle_platform


@pytest.fixture
def organisation(budkavle_organisation: Organisation) -> Organisation:
    """An organisation in which nothing has happened yet."""
    return budkavle_organisation


def waiting(database: Database, organisation_id: UUID) -> int:
    with database.transaction(organisation_id) as connection:
        return chaining.count_waiting(connection, organisation_id)


def turns(platform: Platform, organisation_id: UUID) -> list[tuple[int, str, int]]:
    """Return number, writer and turn of each linked entry."""
    with platform.database.transaction(organisation_id) as connection:
        rows = connection.execute(select(audit_log.c.number, audit_log.c.entry).order_by(audit_log.c.number)).all()
    facts = [json.loads(row.entry)["facts"] for row in rows]
    return [(row.number, fact["writer"], fact["turn"]) for row, fact in zip(rows, facts, strict=True)]


def roll_back(platform: Platform, actor: Actor, **details: str | int) -> None:
    def fail() -> None:
        with platform.work(actor) as work:
            audit.record(work, "case.taken", uuid4(), **details)
            work.flush()
            raise LookupError

    with pytest.raises(LookupError):
        fail()


@pytest.mark.feature("ZO6")
def test_nobody_waits_for_another_ones_entry(platform: Platform, staff: Actor) -> None:
    """While one transaction with an entry is open, another one of the same organisation is stored."""
    with platform.work(staff) as slow:
        audit.record(slow, "case.taken", uuid4(), turn="slow")
        slow.flush()
        slow.connection.execute(text("SELECT 1"))
        in_work(platform, staff, audit.record, "case.taken", uuid4(), turn="quick")
        (entry,) = audit.entries(platform.database, staff.organisation_id)
        assert (entry.number, entry.facts["turn"]) == (1, "quick")
    assert [entry.facts["turn"] for entry in audit.entries(platform.database, staff.organisation_id)] == [
        "slow",
        "quick",
    ]
    assert verify(platform.database, platform.vault, staff.organisation_id).rows == 2


def test_killed_chainers_leave_no_gap(platform: Platform, staff: Actor) -> None:
    """Fifteen are killed, before or after their commit, beside four writers: each entry is there once, in order."""
    done = threading.Event()
    written = [0] * 4

    def write(writer: int) -> None:
        while not done.is_set():
            if written[writer] % 5 == 4:
                roll_back(platform, staff, writer=f"w{writer}", turn=written[writer])
            in_work(platform, staff, audit.record, "case.taken", uuid4(), writer=f"w{writer}", turn=written[writer])
            written[writer] += 1

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in writers:
        thread.start()
    try:
        for turn in range(15):
            command = [sys.executable, str(DIES), _conninfo(platform), str(staff.organisation_id)]
            died = subprocess.run([*command, ("before", "after")[turn % 2]], check=False, timeout=60)
            assert died.returncode == -signal.SIGKILL
    finally:
        done.set()
        for thread in writers:
            thread.join()
    report = verify(platform.database, platform.vault, staff.organisation_id)
    linked = turns(platform, staff.organisation_id)
    assert (report.ok, report.waiting) == (True, 0), str(report)
    assert [number for number, _, _ in linked] == list(range(1, sum(written) + 1))
    for writer, count in enumerate(written):
        assert [turn for _, of, turn in linked if of == f"w{writer}"] == list(range(count))


def _conninfo(platform: Platform) -> str:
    conninfo: str = platform.database._app
    return conninfo


@pytest.mark.feature("ZO6")
def test_what_waits_is_told_shown_and_exported_as_such(platform: Platform, staff: Actor) -> None:
    """A frozen process that holds a log stops no reader: what has a number is read, what waits is counted."""
    in_work(platform, staff, audit.record, "case.taken", uuid4())
    assert verify(platform.database, platform.vault, staff.organisation_id).rows == 1
    in_work(platform, staff, audit.record, "case.closed", uuid4())
    with platform.database.transaction(staff.organisation_id) as frozen:
        lock = text("SELECT audit_chain(:id, 0, true)")
        frozen.execute(lock, {"id": staff.organisation_id})
        report = verify(platform.database, platform.vault, staff.organisation_id)
        assert (report.ok, report.rows, report.waiting) == (True, 1, 1)
        assert "ännu inte har numrerats: 1" in str(report)
        with platform.work(staff) as work:
            assert len(find_entries(work, EventFilter()).rows) == 1
            kinds = work.connection.execute(select(audit_pending.c.kind)).scalars().all()
        assert kinds == ["case.closed"]
        assert not chaining.chain_logs(platform.database), "a worker leaves it to who has it"
    assert len(list(walk_entries(platform, staff.organisation_id, EventFilter()))) == 2
    assert waiting(platform.database, staff.organisation_id) == 0


@pytest.mark.parametrize(
    "read",
    [
        lambda platform, actor, work: audit.entries(platform.database, actor.organisation_id),
        lambda platform, actor, work: EventLog(work).read_on(0),
        lambda platform, actor, work: find_entries(work, EventFilter()).rows,
        lambda platform, actor, work: list(walk_entries(platform, actor.organisation_id, EventFilter())),
        lambda platform, actor, work: EventLog(work).last_number() * [1],
    ],
)
def test_who_reads_sees_what_was_written_before(
    platform: Platform, staff: Actor, read: Callable[..., list[object]]
) -> None:
    """Without any worker: who reads a log links it first."""
    for _ in range(3):
        in_work(platform, staff, audit.record, "case.taken", uuid4())
    with platform.work(SystemActor(staff.organisation_id, "Läsaren", frozenset({ActorScope.READ}))) as work:
        assert len(read(platform, staff, work)) == 3


class Watch(sources.Sources):
    """A clock on which as many seconds pass from one look to the next."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._read = seconds, 0.0

    def monotonic(self) -> float:
        self._read += self._seconds
        return self._read


class Stop(threading.Event):
    """Ends a loop after so many pauses, which are noted and not made."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after, self.pauses = after, list[float | None]()

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        return len(self.pauses) > self._after


def test_a_worker_links_the_logs_of_all(
    platform: Platform, staff: Actor, monkeypatch: pytest.MonkeyPatch, organisation: Organisation
) -> None:
    """Flock by flock, until nothing waits; the installation's log too."""
    monkeypatch.setattr(chaining, "BATCH", 2)
    monkeypatch.setattr(chaining, "LOGS_AT_ONCE", 1)
    for _ in range(5):
        in_work(platform, staff, audit.record, "case.taken", uuid4())
    in_work(platform, staff, audit.record_for_installation, "organisation.added", organisation.id, name="Ort")
    stop = Stop(after=4)
    with sources.replaced(Watch(0.0)):
        chaining.keep_chaining(platform.database, stop)
    assert stop.pauses == [0.0, 0.0, 0.0, chaining.PAUSE_SECONDS, chaining.PAUSE_SECONDS]
    for log, rows in ((staff.organisation_id, 5), (INSTALLATION, 1)):
        assert waiting(platform.database, log) == 0
        assert verify(platform.database, platform.vault, log).rows == rows


@pytest.mark.feature("ZO6")
@pytest.mark.parametrize(("seconds", "pause"), [(0.01, 0.3), (0.2, 2.0), (30.0, 10.0)])
def test_a_worker_takes_a_tenth_of_the_time_at_most(
    monkeypatch: pytest.MonkeyPatch, platform: Platform, seconds: float, pause: float
) -> None:
    """Where old rows that the server keeps make each look slow, it looks less often."""
    monkeypatch.setattr(chaining, "chain_logs", lambda database: False)
    stop = Stop(after=1)
    with sources.replaced(Watch(seconds)):
        chaining.keep_chaining(platform.database, stop)
    assert stop.pauses == [0.0, pytest.approx(pause)]


def test_the_release_before_writes_into_the_same_chain(platform: Platform, staff: Actor) -> None:
    """Its function numbers at once; both take turns at the head."""
    before = text("SELECT audit_append(:o, now(), 'case.taken', :entry)")
    entry = '{"at":"2026-01-01T00:00:00.000000+00:00","kind":"case.taken"}'
    for _ in range(3):
        in_work(platform, staff, audit.record, "case.closed", uuid4())
        with platform.database.transaction(staff.organisation_id) as connection:
            connection.execute(before, {"o": staff.organisation_id, "entry": entry})
        chaining.chain_log(platform.database, staff.organisation_id)
    with platform.database.transaction(staff.organisation_id) as connection:
        kinds = connection.execute(select(audit_log.c.kind).order_by(audit_log.c.number)).scalars().all()
        numbers = connection.execute(select(audit_log.c.number).order_by(audit_log.c.number)).scalars().all()
    assert kinds == ["case.taken", "case.closed"] * 3
    assert numbers == [1, 2, 3, 4, 5, 6]


def test_an_entry_may_be_linked_before_its_commit(platform: Platform, staff: Actor) -> None:
    """For a proof that is signed with its own entry: both are stored, or neither; while another has the log, none."""
    in_work(platform, staff, audit.record, "case.taken", uuid4())

    def sign(*, fails: bool = False) -> list[int]:
        with platform.work(staff) as work:
            audit.record(work, "proof.exported", None, mark="x")
            work.flush()
            numbers = [entry.number for entry in signed_entries(work, ["x"], LONG_AGO, "mark")]
            if fails:
                raise LookupError
        return numbers

    with pytest.raises(LookupError):
        sign(fails=True)
    assert sign() == [2]
    with platform.work(staff) as frozen:
        audit.record(frozen, "case.taken", uuid4())
        frozen.flush()
        chaining.chain_within(frozen.connection, staff.organisation_id)
        with pytest.raises(Unavailable, match="upptagen"):
            sign()
    assert sign() == [2, 4]
    assert verify(platform.database, platform.vault, staff.organisation_id).rows == 4


def test_health_tells_of_what_waits_for_long(platform: Platform, staff: Actor) -> None:
    """Nobody guards an entry that has no number: somebody should look after two minutes."""
    in_work(platform, staff, audit.record, "case.taken", uuid4())
    (answer,) = (answer for answer in check_all(platform, None) if answer.name == "Händelseloggarna")
    assert answer.ok
    with platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("UPDATE audit_pending SET written_at = written_at - interval '5 minutes'"))
    (answer,) = (answer for answer in check_all(platform, None) if answer.name == "Händelseloggarna")
    assert (answer.ok, str(answer)) == (False, "Händelser har väntat i 5 minuter på att numreras och länkas.")


def test_an_entry_that_another_process_has_just_linked_is_no_fault(
    platform: Platform, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the count and the linking a worker may have done it."""
    counts = iter([1])
    monkeypatch.setattr(chaining, "count_waiting", lambda *_: next(counts, 0))
    with platform.work(staff) as work:
        chaining.chain_within(work.connection, staff.organisation_id)


def test_who_comes_while_another_process_links_waits_for_it_once(
    platform: Platform, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a fault only if that process holds the log for longer."""
    in_work(platform, staff, audit.record, "case.taken", uuid4())
    held, looked, count = ExitStack(), [], chaining.count_waiting

    def look(connection: Connection, organisation_id: UUID) -> int:
        looked.append(organisation_id)
        if len(looked) == 2:
            held.close()
        return count(connection, organisation_id)

    monkeypatch.setattr(chaining, "count_waiting", look)
    with held:
        other = held.enter_context(platform.database.transaction(staff.organisation_id))
        other.execute(text("SELECT audit_chain(:id, 0, true)"), {"id": staff.organisation_id})
        with platform.work(staff) as work:
            chaining.chain_within(work.connection, staff.organisation_id)
            assert count(work.connection, staff.organisation_id) == 0
    assert len(looked) == 3


def test_a_database_that_is_away_is_asked_once(
    platform: Platform, staff: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for each log; and who reads a log that cannot be linked now reads it as it is."""
    in_work(platform, staff, audit.record, "case.taken", uuid4())
    chaining.chain_log(platform.database, staff.organisation_id)
    in_work(platform, staff, audit.record, "case.closed", uuid4())
    in_work(platform, staff, audit.record_for_installation, "organisation.added", uuid4(), name="Ort")
    asked, at_once = [], platform.database.at_once

    def away(organisation_id: UUID | None, *statements: Any, **more: Any) -> Any:
        if statements[0][0] is chaining.QUERIES.list_logs:
            return at_once(organisation_id, *statements, **more)
        asked.append(organisation_id)
        raise Unavailable("Databasen svarar inte.")

    monkeypatch.setattr(platform.database, "at_once", away)
    with pytest.raises(Unavailable):
        chaining.chain_logs(platform.database)
    assert len(asked) == 1
    assert [entry.kind for entry in audit.entries(platform.database, staff.organisation_id)] == ["case.taken"]


def test_a_log_that_cannot_be_linked_keeps_no_other_one_waiting(platform: Platform, staff: Actor) -> None:
    """Such as one whose head somebody has turned back: its next number is taken."""
    in_work(platform, staff, audit.record, "case.taken", uuid4())
    chaining.chain_log(platform.database, staff.organisation_id)
    in_work(platform, staff, audit.record, "case.closed", uuid4())
    in_work(platform, staff, audit.record_for_installation, "organisation.added", uuid4(), name="Ort")
    with platform.database.owner() as engine, engine.begin() as connection:
        back = text("UPDATE audit_heads SET number = 0 WHERE organisation_id = :id")
        connection.execute(back, {"id": staff.organisation_id})
    assert not chaining.chain_logs(platform.database)
    assert waiting(platform.database, staff.organisation_id) == 1
    assert waiting(platform.database, INSTALLATION) == 0
