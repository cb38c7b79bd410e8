"""Plugins read the event log by kind and time, and count its days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from budkavle import ActorScope, Forbidden, record
from budkavle.model.people import SystemActor
from budkavle.storage import EventLog, event_log, tables
from budkavle.storage.platform import Platform
from budkavle.testing.working import do_job

World = Any  # of conftest.py, which cannot be imported
START, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
KINDS = ["message.sent", "message.received", "case.taken", "pigeon.flown", "mailbox.created"]


def reader(organisation_id: UUID) -> SystemActor:
    return SystemActor(organisation_id, "pigeon", frozenset({ActorScope.READ}), "pigeon")


def entries(world: World, *kinds: str, **span: Any) -> list[Any]:
    with world.platform.work(reader(world.organisation.id)) as work:
        return EventLog(work).entries(kinds, **({"since": START, "until": END} | span))


def days(platform: Platform, organisation_id: UUID) -> dict[tuple[str, UUID | None], int]:
    with platform.work(reader(organisation_id)) as work:
        counts = EventLog(work).days(KINDS, START.date(), END.date())
    return {(count.kind, count.mailbox_id): count.count for count in counts}


def fly(world: World, *mailboxes: str) -> None:
    with world.platform.work(world.ada) as work:
        for mailbox in mailboxes:
            record(work, "pigeon.flown", None, mailbox=mailbox)


def test_entries_are_read_by_kind_and_time(world: World) -> None:
    """Those of the kinds, the earliest first, page by page, and none outside of the span."""
    fly(world, "a", "b", "c")
    world.arrive()
    assert [entry.facts["mailbox"] for entry in entries(world, "pigeon.flown")] == ["a", "b", "c"]
    first, second, third = entries(world, "pigeon.flown")
    assert entries(world, "pigeon.flown", after=first.number, limit=1) == [second]
    assert entries(world, "pigeon.flown", until=third.at, since=second.at) == [second]
    assert {entry.kind for entry in entries(world, "pigeon.flown", "message.received")} == {
        "pigeon.flown",
        "message.received",
    }


def uncounted(world: World) -> int:
    """Return how many entries of the organisation's log the job has not counted."""
    with world.platform.database.transaction(world.organisation.id) as connection:
        mark = select(tables.counters.c.value).where(tables.counters.c.name == "events-counted")
        last: int = connection.execute(select(tables.audit_heads.c.number)).scalar_one()
        return last - connection.execute(mark).scalar_one()


def test_days_are_the_same_before_and_after_they_are_counted(world: World) -> None:
    """By kind and mailbox; what has come since the job is counted too, and nothing twice."""
    world.send(world.ada)
    world.arrive()
    fly(world, str(world.other_box.id), f'"mailbox":"{world.box.id}"', "\x00")
    expected = {
        ("mailbox.created", world.box.id): 1,
        ("mailbox.created", world.other_box.id): 1,
        ("message.sent", world.box.id): 1,
        ("message.received", world.box.id): 1,
        ("pigeon.flown", world.other_box.id): 1,
        ("pigeon.flown", None): 2,
    }
    assert days(world.platform, world.organisation.id) == expected
    assert do_job(world.platform, "core.event-days") == 0  # it rests until its next turn
    assert uncounted(world) == 0
    assert days(world.platform, world.organisation.id) == expected
    world.send(world.ada)
    expected["message.sent", world.box.id] = 2
    assert uncounted(world) > 0
    assert days(world.platform, world.organisation.id) == expected
    do_job(world.platform, "core.event-days")
    assert days(world.platform, world.organisation.id) == expected


def test_a_long_log_is_counted_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch goes on where the one before it ended."""
    before = days(world.platform, world.organisation.id)
    fly(world, *["x"] * 7)
    monkeypatch.setattr(event_log, "BATCH", 3)
    do_job(world.platform, "core.event-days")
    assert uncounted(world) == 0
    assert days(world.platform, world.organisation.id) == before | {("pigeon.flown", None): 7}


def test_a_day_is_a_swedish_one(world: World) -> None:
    """Half past eleven at night in UTC is the next day in Sweden."""
    with world.platform.database.transaction(None) as connection:
        day = text("SELECT day FROM event_day('2026-07-01 23:30+00', 'x', '{}')")
        assert connection.execute(day).scalar_one() == date(2026, 7, 2)
    with world.platform.work(reader(world.organisation.id)) as work:
        today = datetime.now(UTC).date()
        assert EventLog(work).days(KINDS, today + timedelta(days=2), today + timedelta(days=9)) == []


def test_other_tenants_see_nothing(world: World) -> None:
    """Neither entries nor days of another organisation; and an actor without the scope reads no log."""
    fly(world, str(world.box.id))
    do_job(world.platform, "core.event-days")
    with world.platform.work(reader(world.eve.organisation_id)) as work:
        assert EventLog(work).entries(["pigeon.flown"], START, END) == []
    assert ("pigeon.flown", world.box.id) not in days(world.platform, world.eve.organisation_id)
    with world.platform.database.transaction(world.eve.organisation_id) as connection:
        count = text("SELECT count(*) FROM event_days WHERE kind = 'pigeon.flown'")
        assert connection.execute(count).scalar_one() == 0
    with world.platform.work(world.ada) as work, pytest.raises(Forbidden):
        EventLog(work)


def test_entries_of_messages_cases_and_deliveries_name_their_mailbox(world: World) -> None:
    """What is counted by mailbox has to be said when it happens: entries never change."""
    world.send(world.ada)
    world.arrive()
    for kind in ("message.sent", "message.received"):
        (entry,) = entries(world, kind)
        assert entry.facts["mailbox"] == str(world.box.id)
