"""What the event log counts, divided by channel, provider and method; by month and mailbox; and counted anew."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from budkavle import ActorScope, Forbidden, record
from budkavle.deliveries import undo as undoing
from budkavle.model.people import SystemActor
from budkavle.storage import EventLog, event_log
from budkavle.storage.audit import canonical
from budkavle.storage.event_log import FIRST_ANSWER
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job

SINCE, UNTIL = date(2000, 1, 1), date(2100, 1, 1)
TABLES = ("event_days", "event_day_totals", "event_months")


def append(organisation: SampleOrganisation, at: datetime, kind: str, **facts: Any) -> None:
    """Write an entry as if it had been written then."""
    actor = {"id": None, "kind": "system", "name": "Prov"}
    entry = canonical({"at": at.isoformat(), "kind": kind, "actor": actor, "thing": None, "facts": facts})
    with organisation.platform.database.transaction(organisation.id) as connection:
        values = {"organisation": organisation.id, "at": at, "kind": kind, "entry": entry}
        connection.execute(text("SELECT audit_append(:organisation, :at, :kind, :entry)"), values)


def totals(organisation: SampleOrganisation, *kinds: str, **more: Any) -> dict[tuple[date, str, str], int]:
    span: dict[str, Any] = {"since": SINCE, "until": UNTIL} | more
    with organisation.platform.work(system_actor(organisation.id)) as work:
        return {(total.day, total.kind, total.what): total.count for total in EventLog(work).totals(kinds, **span)}


def what(organisation: SampleOrganisation, kind: str, **more: Any) -> dict[str, int]:
    """Return how often a kind has happened, by what divides it."""
    counted: Counter[str] = Counter()
    for (_, _, divided_by), count in totals(organisation, kind, **more).items():
        counted[divided_by] += count
    return dict(counted)


def stored(organisation: SampleOrganisation) -> dict[str, list[Any]]:
    return {
        table: sorted(map(tuple, organisation.rows(f"SELECT * FROM {table} WHERE number <> 0")), key=str)
        for table in TABLES
    }


def test_each_kind_is_divided_by_its_own_fact(organisation: SampleOrganisation) -> None:
    """Messages by transport, sign-ins by provider, identifications by method, and others by `what`."""
    now = datetime.now(UTC)
    append(organisation, now, "message.received", transport="sdk", provider="no")
    append(organisation, now, "user.signed-in", provider="bankid", method="Mobilt BankID", transport="no")
    append(organisation, now, "guest.identified", provider="eid", method="Freja eID+", evidence='"method":"no"')
    append(organisation, now, "pigeon.flown", what="grå", transport="no")
    append(organisation, now, "pigeon.flown", transport="no")
    append(organisation, now, "pigeon.flown", what='"' * 3)
    for _ in range(2):
        assert what(organisation, "message.received") == {"sdk": 1}
        assert what(organisation, "user.signed-in") == {"bankid": 1}
        assert what(organisation, "guest.identified") == {"Freja eID+": 1}
        assert what(organisation, "pigeon.flown") == {"grå": 1, "": 2}
        do_job(organisation.platform, "core.event-days")


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, "0"), (29, "0"), (5 * 60, "5"), (194 * 60, "190"), (195 * 60, "200"), (1e6, "17000")]
)
def test_a_first_answer_is_counted_by_its_minutes_to_two_digits(
    organisation: SampleOrganisation, seconds: float, minutes: str
) -> None:
    append(organisation, datetime.now(UTC), "message.sent", transport="sdk", first_answer=int(seconds))
    assert what(organisation, FIRST_ANSWER) == {minutes: 1}
    assert what(organisation, "message.sent") == {"sdk": 1}


def test_only_the_first_answer_in_a_case_that_came_in_is_one(
    organisation: SampleOrganisation, case_worker: SampleUser, platform: Platform
) -> None:
    """Not a message that begins a case, not the second answer, and not one in somebody's own inbox."""
    organisation.send(case_worker)
    assert what(organisation, FIRST_ANSWER) == {}
    organisation.arrive()
    (message_id,) = organisation.rows("SELECT id FROM messages WHERE direction = 'in'")[0]
    organisation.send(case_worker, reply_to=message_id)
    assert what(organisation, FIRST_ANSWER) == {"0": 1}
    organisation.send(case_worker, reply_to=message_id)
    assert what(organisation, FIRST_ANSWER) == {"0": 1}
    assert what(organisation, FIRST_ANSWER, mailbox_id=organisation.mailbox.id) == {"0": 1}
    assert what(organisation, FIRST_ANSWER, mailbox_id=organisation.other_mailbox.id) == {}


def test_what_is_undone_is_taken_away_again(
    organisation: SampleOrganisation, case_worker: SampleUser, platform: Platform
) -> None:
    """An answer that was undone was none; the next one is the first."""
    organisation.arrive()
    (message_id,) = organisation.rows("SELECT id FROM messages WHERE direction = 'in'")[0]
    sent = organisation.send(case_worker, reply_to=message_id)
    do_job(platform, "core.event-days")
    in_work(platform, case_worker, undoing.undo, sent.id)
    for _ in range(2):
        assert what(organisation, FIRST_ANSWER) == {}
        assert what(organisation, "message.undone") == {"fake": 1}
        do_job(platform, "core.event-days")
    organisation.send(case_worker, reply_to=message_id)
    assert what(organisation, FIRST_ANSWER) == {"0": 1}


def random_log(organisation: SampleOrganisation, seed: int) -> list[tuple[date, str, UUID, str]]:
    """Write random entries over some months, with the job now and then; return what they are."""
    random, written = Random(seed), []  # noqa: S311 - the same each time
    mailboxes = [uuid4() for _ in range(3)]
    for _ in range(120):
        day = date(2025, 11, 20) + timedelta(days=random.randrange(100))
        kind, mailbox = random.choice(["message.sent", "message.received"]), random.choice(mailboxes)
        transport = random.choice(["sdk", "fax"])
        append(organisation, datetime.combine(day, time(12), UTC), kind, mailbox=str(mailbox), transport=transport)
        written.append((day, kind, mailbox, transport))
        if random.random() < 0.05:
            do_job(organisation.platform, "core.event-days")
    return written


@pytest.mark.parametrize("seed", range(3))
def test_a_recount_gives_what_has_been_counted(
    organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """For random entries: the questions, before and after the job and a recount, give what was written."""
    monkeypatch.setattr(event_log, "BATCH", 17)
    written, random = random_log(organisation, seed), Random(seed)  # noqa: S311
    kinds = ["message.sent", "message.received"]
    before: dict[str, list[Any]] = {}
    for turn in range(3):
        since = date(2025, 11, 20) + timedelta(days=random.randrange(60))
        until = since + timedelta(days=random.randrange(1, 90))
        inside = [entry for entry in written if since <= entry[0] < until]
        assert totals(organisation, *kinds, since=since, until=until) == Counter((d, k, w) for d, k, _, w in inside)
        boxes = {entry[2] for entry in written}
        with organisation.platform.work(system_actor(organisation.id)) as work:
            rows = EventLog(work).mailbox_totals(kinds, since, until, boxes)
        counted = {(row.mailbox_id, row.kind, row.what): row.count for row in rows}
        assert counted == Counter((m, k, w) for _, k, m, w in inside)
        box = written[0][2]
        in_box = Counter((d.replace(day=1), k, w) for d, k, m, w in inside if m == box)
        assert totals(organisation, *kinds, since=since, until=until, step="month", mailbox_id=box) == in_box
        if turn == 0:
            do_job(organisation.platform, "core.event-days")
            before = stored(organisation)
        if turn == 1:
            with organisation.platform.work(system_actor(organisation.id)) as work:
                EventLog(work).recount()
            assert stored(organisation) == before


def test_an_entry_that_is_committed_late_is_counted(organisation: SampleOrganisation, platform: Platform) -> None:
    """Its transaction began before the job counted others; it gets its number when it commits."""
    with platform.work(organisation.case_worker) as slow:
        slow.connection.execute(text("SELECT 1"))
        with platform.work(organisation.colleague) as work:
            record(work, "pigeon.flown", None, what="quick")
        do_job(platform, "core.event-days")
        record(slow, "pigeon.flown", None, what="slow")
    assert what(organisation, "pigeon.flown") == {"quick": 1, "slow": 1}
    do_job(platform, "core.event-days")
    assert what(organisation, "pigeon.flown") == {"quick": 1, "slow": 1}


def test_only_an_administrator_counts_anew(organisation: SampleOrganisation, platform: Platform) -> None:
    reader = SystemActor(organisation.id, "pigeon", frozenset({ActorScope.READ}), "pigeon")
    with platform.work(reader) as work, pytest.raises(Forbidden):
        EventLog(work).recount()


def test_nothing_is_written_where_nothing_has_happened(organisation: SampleOrganisation, platform: Platform) -> None:
    """The job comes every minute to every organisation."""
    do_job(platform, "core.event-days")
    row = "SELECT xmin::text FROM counters WHERE name = 'event-totals'"
    before = organisation.rows(row)
    do_job(platform, "core.event-days")
    assert organisation.rows(row) == before
