"""Plugins read the event log by kind and time, and count its days."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from budkavle import ActorScope, Forbidden, record
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import SystemActor
from budkavle.storage import EventLog, event_log, tables
from budkavle.storage.event_log import FirstAnswers
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.platform import Platform
from budkavle.testing import PastEvent, record_past
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job

START, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
KINDS = ["message.sent", "message.received", "case.taken", "pigeon.flown", "mailbox.created"]


def reader(organisation_id: UUID) -> SystemActor:
    return SystemActor(organisation_id, "pigeon", frozenset({ActorScope.READ}), "pigeon")


def entries(organisation: SampleOrganisation, *kinds: str, **span: Any) -> list[Any]:
    with organisation.platform.work(reader(organisation.id)) as work:
        return EventLog(work).entries(kinds, **({"since": START, "until": END} | span))


def days(platform: Platform, organisation_id: UUID) -> dict[tuple[str, UUID | None], int]:
    with platform.work(reader(organisation_id)) as work:
        counts = EventLog(work).days(KINDS, START.date(), END.date())
    return {(count.kind, count.mailbox_id): count.count for count in counts}


def fly(organisation: SampleOrganisation, *mailboxes: str) -> None:
    with organisation.platform.work(organisation.case_worker) as work:
        for mailbox in mailboxes:
            record(work, "pigeon.flown", None, mailbox=mailbox)


def test_entries_are_read_by_kind_and_time(organisation: SampleOrganisation) -> None:
    """Those of the kinds, the earliest first, page by page, and none outside of the span."""
    fly(organisation, "a", "b", "c")
    organisation.arrive()
    assert [entry.facts["mailbox"] for entry in entries(organisation, "pigeon.flown")] == ["a", "b", "c"]
    first, second, third = entries(organisation, "pigeon.flown")
    assert entries(organisation, "pigeon.flown", after=first.number, limit=1) == [second]
    assert entries(organisation, "pigeon.flown", until=third.at, since=second.at) == [second]
    assert {entry.kind for entry in entries(organisation, "pigeon.flown", "message.received")} == {
        "pigeon.flown",
        "message.received",
    }


def uncounted(organisation: SampleOrganisation) -> int:
    """Return how many entries of the organisation's log the job has not counted."""
    chain_log(organisation.platform.database, organisation.id)
    with organisation.platform.database.transaction(organisation.id) as connection:
        mark = select(tables.counters.c.value).where(tables.counters.c.name == "event-totals")
        last: int = connection.execute(select(tables.audit_heads.c.number)).scalar_one()
        return last - connection.execute(mark).scalar_one()


def test_days_are_the_same_before_and_after_they_are_counted(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
) -> None:
    """By kind and mailbox; what has come since the job is counted too, and nothing twice."""
    organisation.send(case_worker)
    organisation.arrive()
    fly(organisation, str(other_mailbox.id), f'"mailbox":"{mailbox.id}"', "\x00")
    expected = {
        ("mailbox.created", mailbox.id): 1,
        ("mailbox.created", other_mailbox.id): 1,
        ("message.sent", mailbox.id): 1,
        ("message.received", mailbox.id): 1,
        ("pigeon.flown", other_mailbox.id): 1,
        ("pigeon.flown", None): 2,
    }
    assert days(platform, organisation.id) == expected
    assert do_job(platform, "core.event-days") == 0  # it rests until its next turn
    assert uncounted(organisation) == 0
    assert days(platform, organisation.id) == expected
    organisation.send(case_worker)
    expected["message.sent", mailbox.id] = 2
    assert uncounted(organisation) > 0
    assert days(platform, organisation.id) == expected
    do_job(platform, "core.event-days")
    assert days(platform, organisation.id) == expected


@pytest.mark.parametrize("is_counted", [False, True])
def test_strange_values_name_no_mailbox_and_divide_nothing(
    platform: Platform, organisation: SampleOrganisation, mailbox: FunctionMailbox, *, is_counted: bool
) -> None:
    """What only looks like an id is no mailbox, and what is too long or has a quotation mark divides nothing."""
    ids = ["----" + "a" * 32, "-" * 36, str(mailbox.id).upper(), str(mailbox.id)[:-1], f"{mailbox.id}0"]
    whats = ["grey", "g" * 64, "g" * 65, 'gr"ey', "gr\\ey", '","what":"white', ""]
    with platform.work(organisation.case_worker) as work:
        for mailbox_id in ids:
            record(work, "pigeon.flown", None, mailbox=mailbox_id)
        for what in whats:
            record(work, "pigeon.flown", None, mailbox=str(mailbox.id), what=what)
    if is_counted:
        do_job(platform, "core.event-days")
    assert days(platform, organisation.id)["pigeon.flown", None] == len(ids)
    today = datetime.now(UTC).date()
    with platform.work(reader(organisation.id)) as work:
        rows = EventLog(work).totals(["pigeon.flown"], today, today + timedelta(days=2), mailbox_id=mailbox.id)
    assert {row.what: row.count for row in rows} == {"grey": 1, "g" * 64: 1, "": 5}


def test_a_long_log_is_counted_in_batches(
    platform: Platform, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch goes on where the one before it ended."""
    before = days(platform, organisation.id)
    fly(organisation, *["x"] * 7)
    monkeypatch.setattr(event_log, "BATCH", 3)
    do_job(platform, "core.event-days")
    assert uncounted(organisation) == 0
    assert days(platform, organisation.id) == before | {("pigeon.flown", None): 7}


def test_a_day_is_a_swedish_one(platform: Platform, organisation: SampleOrganisation) -> None:
    """Half past eleven at night in UTC is the next day in Sweden."""
    late = PastEvent(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "pigeon.flown")
    record_past(platform, organisation.id, [late])
    with platform.work(reader(organisation.id)) as work:
        assert [count.day for count in EventLog(work).days(KINDS, date(2026, 7, 1), date(2026, 7, 4))] == [
            date(2026, 7, 2)
        ]
    with platform.work(reader(organisation.id)) as work:
        today = datetime.now(UTC).date()
        assert EventLog(work).days(KINDS, today + timedelta(days=2), today + timedelta(days=9)) == []


def test_other_tenants_see_nothing(
    platform: Platform,
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    other_administrator: SampleUser,
    case_worker: SampleUser,
) -> None:
    """Neither entries nor days of another organisation; and an actor without the scope reads no log."""
    fly(organisation, str(mailbox.id))
    do_job(platform, "core.event-days")
    with platform.work(reader(other_administrator.organisation_id)) as work:
        assert EventLog(work).entries(["pigeon.flown"], START, END) == []
    assert ("pigeon.flown", mailbox.id) not in days(platform, other_administrator.organisation_id)
    with platform.database.transaction(other_administrator.organisation_id) as connection:
        count = text("SELECT count(*) FROM event_days WHERE kind = 'pigeon.flown'")
        assert connection.execute(count).scalar_one() == 0
    with platform.work(case_worker) as work, pytest.raises(Forbidden):
        EventLog(work)


def test_entries_of_messages_cases_and_deliveries_name_their_mailbox(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """What is counted by mailbox has to be said when it happens: entries never change."""
    organisation.send(case_worker)
    organisation.arrive()
    for kind in ("message.sent", "message.received"):
        (entry,) = entries(organisation, kind)
        assert entry.facts["mailbox"] == str(mailbox.id)


def answered(organisation: SampleOrganisation, day: date, mailbox: FunctionMailbox, *minutes: int, kind: str) -> None:
    """Let cases have been answered on a day after so many minutes."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    facts: list[dict[str, Any]] = [
        {"mailbox": str(mailbox.id), "transport": "sdk", "first_answer": 60 * count} for count in minutes
    ]
    record_past(organisation.platform, organisation.id, [PastEvent(at, kind, None, fact) for fact in facts])


@pytest.mark.parametrize("is_counted", [False, True])
def test_first_answers_have_a_median_by_step_and_mailbox_and_of_all(
    organisation: SampleOrganisation, mailbox: FunctionMailbox, other_mailbox: FunctionMailbox, *, is_counted: bool
) -> None:
    """What half of them took at most; an answer that was undone is none, and a step without any is left out."""
    january, march = date(2026, 1, 31), date(2026, 3, 2)
    answered(organisation, january, mailbox, 9, 9, 20, 10, kind="message.sent")
    answered(organisation, march, mailbox, 50, 70, kind="message.sent")
    answered(organisation, march, mailbox, 70, kind="message.undone")
    answered(organisation, march, other_mailbox, 30, kind="message.sent")
    answered(organisation, march, other_mailbox, 8, kind="message.sent")
    answered(organisation, march, other_mailbox, 8, kind="message.undone")
    if is_counted:
        do_job(organisation.platform, "core.event-days")
    span = date(2026, 1, 5), date(2026, 3, 3)
    with organisation.platform.work(reader(organisation.id)) as work:
        log = EventLog(work)
        by_month = log.first_answers(*span, step="month")
        in_one = log.first_answers(*span, step="month", mailbox_id=mailbox.id)
        by_mailbox = log.mailbox_first_answers(*span, [mailbox.id, other_mailbox.id])
        none = log.first_answers(january, january)
    first = FirstAnswers(4, 9)
    assert by_month == {date(2026, 1, 1): first, date(2026, 3, 1): FirstAnswers(2, 30), None: FirstAnswers(6, 10)}
    assert in_one == {date(2026, 1, 1): first, date(2026, 3, 1): FirstAnswers(1, 50), None: FirstAnswers(5, 10)}
    assert by_mailbox == {mailbox.id: FirstAnswers(5, 10), other_mailbox.id: FirstAnswers(1, 30)}
    assert none == {}


ANNA = "0190a0b1-1111-7222-8333-944455556666"
OTHER = "0190a0b2-1111-7222-8333-944455556666"
NOBODY = {"id": None}


@pytest.mark.parametrize(
    ("kind", "entry", "named"),
    [
        ("user.closed", {"actor": {"id": ANNA}, "facts": {"user": OTHER}, "thing": ANNA}, (ANNA, OTHER, None, ANNA)),
        ("message.sent", {"actor": NOBODY, "mailbox": OTHER, "thing": "dove 7"}, (None, None, OTHER, "dove 7")),
        ("mailbox.created", {"actor": {"id": "x"}, "mailbox": OTHER, "thing": ANNA}, (None, None, ANNA, ANNA)),
        ("mailbox.created", {"actor": NOBODY, "thing": "no mailbox"}, (None, None, None, "no mailbox")),
        ("message.sent", {"actor": {"id": ANNA + "0"}, "mailbox": OTHER + "7", "user": "å"}, (None,) * 4),
        ("pigeon.flown", {"words": '"thing":"x"', "thing": "t" * 200}, (None, None, None, "t" * 200)),
        ("pigeon.flown", {"thing": "t" * 201}, (None,) * 4),
        ("pigeon.flown", {"thing": 'a " quotation mark'}, (None,) * 4),
        ("pigeon.flown", {"words": f'"user":"{ANNA}"', "thing": None}, (None,) * 4),
        ("pigeon.flown", {}, (None,) * 4),
    ],
)
def test_what_an_entry_names_is_cut_out_of_it(
    platform: Platform, kind: str, entry: dict[str, Any], named: tuple[str | None, ...]
) -> None:
    """Only a whole field counts, and only an identifier as one; nothing that somebody writes is an error."""
    columns = [tables.audit_log.c[name] for name in ("actor_id", "user_id", "mailbox_id", "thing")]
    cut = ", ".join(f"CAST({column.computed.sqltext} AS text)" for column in columns if column.computed is not None)
    query = text(f"SELECT {cut} FROM (SELECT CAST(:kind AS text), CAST(:entry AS text)) AS log (kind, entry)")
    with platform.database.transaction(None) as connection:
        values = {"kind": kind, "entry": json.dumps(entry, separators=(",", ":"))}
        row = connection.execute(query, values).one()
    assert tuple(row) == named
