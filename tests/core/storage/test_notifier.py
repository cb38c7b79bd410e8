"""Listeners are told after the commit, many notices at once, and never of what was not stored."""

import json
import threading
from collections.abc import Iterator, Sequence
from time import monotonic, time

import pytest

from budkavle.model.people import Organisation
from budkavle.storage.database import CHANNEL, WORK, Database
from budkavle.storage.database.notifier import MOST, PACE, Notice, Notifier
from budkavle.storage.pipeline import Statement
from budkavle.storage.platform import Platform


@pytest.fixture
def database(budkavle_platform: Platform) -> Database:
    """The database of an installation with an organisation."""
    return budkavle_platform.database


def told(payloads: Iterator[str]) -> list[object]:
    """What payloads say, without when it was committed, which is a moment ago."""
    notes = [json.loads(payload) for payload in payloads]
    for note in notes:
        assert -1_000 < time() * 1000 - note.pop("t") < 60_000
    return notes


def hear(database: Database, channel: str = CHANNEL, last: str = "end") -> Iterator[str]:
    """Yield what is told on a channel up to a notice that has `last`."""
    with database.listen(channel=channel) as listener:
        yield ""
        for _ in range(30):
            for payload in listener.wait(1.0):
                if last in payload:
                    return
                yield payload
    raise AssertionError("the end was not heard")


@pytest.mark.feature("ZO6")
def test_a_commit_holds_no_lock_of_notify(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """NOTIFY inside a transaction would hold a lock of the whole server from its commit until it is on disk."""
    heard = hear(database)
    next(heard)
    with monkeypatch.context() as patch:
        patch.setattr(Notifier, "tell", lambda *_: None)  # so only what a transaction tells by itself is heard
        with database.transaction(None) as connection:
            database.notify(connection, {"k": "taken"})
    with database.transaction(None) as connection:
        database.notify(connection, {"k": "end"})
    assert list(heard) == []


def test_what_is_committed_is_told_and_what_is_not_is_not(database: Database) -> None:
    """Once for each channel that shall hear it; the same text once."""
    heard, work = hear(database), hear(database, WORK)
    next(heard), next(work)

    def broken() -> None:
        with database.transaction(None) as connection:
            database.notify(connection, {"k": "lost"})
            raise LookupError

    with pytest.raises(LookupError):
        broken()
    with database.transaction(None) as connection:
        for payload in ({"k": "a"}, {"k": "a"}, {"w": True}, {"m": 1, "w": ["fax"]}, {"k": "end", "m": 1, "w": True}):
            database.notify(connection, payload)
    assert told(heard) == [{"k": "a"}, {"m": 1, "w": ["fax"]}]
    assert told(work) == [{"w": True}, {"m": 1, "w": ["fax"]}]


def test_closing_tells_what_waits(budkavle_platform: Platform) -> None:
    """A command that ends at once is heard too."""
    database = budkavle_platform.database
    heard = hear(database)
    next(heard)
    with database.transaction(None) as connection:
        database.notify(connection, {"k": "a"})
        database.notify(connection, {"k": "end"})
    database._notifier.close()
    assert told(heard) == [{"k": "a"}]


def test_many_are_told_at_once_and_a_fault_stops_nobody() -> None:
    """What comes while some are being sent goes together; where the database is away they are forgotten."""
    sent: list[Sequence[Notice]] = []
    sending, go_on = threading.Event(), threading.Event()

    def send(notices: Sequence[Notice]) -> None:
        sent.append(notices)
        sending.set()
        if len(sent) == 1:
            assert go_on.wait(10)
            raise LookupError

    notifier = Notifier(send)
    notifier.tell([("a", "1")])
    assert sending.wait(10)
    for number in range(50):
        notifier.tell([("a", str(number)), ("b", "always")])
    go_on.set()
    notifier.close()
    assert [len(notices) for notices in sent] == [1, 51]
    notifier.tell([("a", "late")])
    assert len(sent) == 2


def test_a_busy_process_tells_at_a_pace() -> None:
    """Each sending wakes all who listen: the first goes at once, what follows is collected."""
    sent: list[Sequence[Notice]] = []
    pause, begun = threading.Event(), monotonic()
    notifier = Notifier(sent.append)
    for number in range(100):
        notifier.tell([("a", str(number))])
        pause.wait(0.002)
    sendings, seconds = len(sent), monotonic() - begun
    notifier.close()
    assert 1 <= sendings <= seconds / PACE + 1
    assert sum(len(notices) for notices in sent) == 100


def test_no_more_waits_than_memory_allows() -> None:
    """Where the database does not answer, notices are forgotten, not gathered."""
    held = threading.Event()
    sent: list[int] = []

    def send(notices: Sequence[Notice]) -> None:
        sent.append(len(notices))
        held.wait(10)

    notifier = Notifier(send)
    for number in range(3 * MOST):
        notifier.tell([("a", str(number))])
    held.set()
    notifier.close()
    assert sum(sent) <= 2 * MOST + 10


def test_a_process_without_room_for_a_thread_has_committed_and_tells_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its caller must not be told that something failed; what waits goes with the next notice."""
    sent: list[Sequence[Notice]] = []
    notifier = Notifier(sent.append)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        notifier.tell([("a", "1")])
    notifier.tell([("a", "2")])
    notifier.close()
    assert [notice for notices in sent for notice in notices] == [("a", "1"), ("a", "2")]


def test_a_statement_gives_notices_by_two_columns(database: Database, budkavle_organisation: Organisation) -> None:
    """A statement that knows what to tell gives it in its last columns."""
    statement = Statement("SELECT 1, cast(:channel AS text) AS channel, cast(:notice AS text) AS notice")
    heard = hear(database)
    next(heard)
    for notice in ("a", None, "end"):
        rows = database.at_once(budkavle_organisation.id, (statement, {"channel": CHANNEL, "notice": notice}))
        assert rows == [[(1, CHANNEL, notice)]]
    assert list(heard) == ["a"]
