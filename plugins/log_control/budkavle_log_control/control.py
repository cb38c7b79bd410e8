"""The job: continues reading the event log, and selects openings for review.

Work in mailboxes is read up to now, but openings only when they are two hours old. So if somebody opens a case and then
does something with it, they count as working there.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import ActorScope, Host, Work, as_uuid, personal_number, record
from budkavle.accounts import all_mailboxes, find_user, read_settings
from budkavle.identification import identity_accounts
from budkavle.messaging import read_case
from budkavle.storage import EventEntry, EventLog, LogPlaces, LogReader
from budkavle_log_control import rules, sampling
from budkavle_log_control.accesses import ACTS, OPENINGS, Access, as_accesses, mailbox_of
from budkavle_log_control.settings import LogControlSettings
from budkavle_log_control.tables import acts as acts_table
from budkavle_log_control.tables import counts, draws, items, marks

SETTLED = timedelta(hours=2)
BACK = timedelta(days=7)
"""How far back a new installation of the plugin reads."""
BATCH = 5_000
YEAR = timedelta(days=365.25)
NUMBER = "personnummer"


def run(host: Host) -> int:
    """Process the new entries of every organisation.

    Returns:
        0: everything has been processed; new entries wait for the next run.
    """
    return host.platform.in_each_organisation(partial(_run, host))


def _run(host: Host, organisation_id: UUID) -> int:
    now = datetime.now(UTC)
    _reader(host, "acts", now).read(organisation_id, partial(_take_acts, host))
    _reader(host, "openings", now).read(organisation_id, partial(_take_openings, host), partial(_is_young, now))
    _draw(host, organisation_id, now)
    _destroy_old(host, organisation_id, now)
    return 0


def _reader(host: Host, column: str, now: datetime) -> LogReader:
    """Return the reader of acts or of openings; each has its own position."""
    places = LogPlaces(marks, column, lambda log: log.last_number(now - BACK))
    return LogReader(
        places,
        lambda organisation_id: host.work(host.system(organisation_id, ActorScope.READ)),
        host.tables,
        BATCH,
    )


def _is_young(now: datetime, entry: EventEntry) -> bool:
    """Tell whether an opening is so recent that its reader may still do something in the case."""
    return entry.kind in OPENINGS and entry.at >= now - SETTLED


def _take_acts(host: Host, work: Work, entries: Sequence[EventEntry]) -> int:
    """Record when each person last did something in each mailbox."""
    latest: dict[tuple[UUID, UUID], datetime] = {}
    for entry in entries:
        user_id, mailbox_id = as_uuid(entry.actor_id or ""), mailbox_of(entry)
        if entry.kind in ACTS and user_id and mailbox_id:
            latest[user_id, mailbox_id] = entry.at
    with host.tables(work) as connection:
        for (user_id, mailbox_id), at in sorted(latest.items()):
            row = {"organisation_id": work.organisation_id, "user_id": user_id, "mailbox_id": mailbox_id}
            write = upsert(acts_table).values(**row, last_at=at)
            newer = {"last_at": func.greatest(acts_table.c.last_at, write.excluded.last_at)}
            connection.execute(write.on_conflict_do_update(index_elements=list(row), set_=newer))
    return len(latest)


def _take_openings(host: Host, work: Work, entries: Sequence[EventEntry]) -> int:
    settings = read_settings(work, LogControlSettings)
    accesses = list(as_accesses(entry for entry in entries if entry.kind in OPENINGS))
    sampling.take_in(host, work, accesses, settings)
    for reason, hits in _hits(host, work, accesses, settings).items():
        _choose(host, work, reason, hits, settings.most)
    return len(accesses)


def _hits(host: Host, work: Work, accesses: Sequence[Access], settings: LogControlSettings) -> rules.Hits:
    hits: rules.Hits = {}
    if not accesses:
        return hits
    mailbox_ids = {mailbox.id for mailbox in all_mailboxes(work)}
    if settings.relatives or settings.own_case:
        relatives, own_cases = rules.by_names(work, accesses, mailbox_ids, {})
        hits[rules.RELATIVES] = relatives if settings.relatives else []
        hits[rules.OWN] = own_cases if settings.own_case else []
    if settings.own_number:
        hits[rules.OWN] = [*hits.get(rules.OWN, []), *_by_number_of_person(host, work, accesses)]
    if settings.protected:
        hits[rules.PROTECTED] = [access for access in accesses if access.protected]
    if settings.hours:
        hits[rules.HOURS] = rules.by_time(accesses, settings)
    first, span = accesses[0], timedelta(minutes=settings.many_minutes)
    earlier = EventLog(work).entries(OPENINGS, first.at - span, first.at, limit=10 * BATCH)
    before = [access for access in as_accesses(earlier) if access.number < first.number]
    hits[rules.MANY] = rules.by_number(accesses, before, settings)
    if settings.unusual:
        usual = _usual(host, work, accesses, timedelta(days=settings.unusual_days))
        in_functions = [access for access in accesses if access.mailbox_id in mailbox_ids]
        hits[rules.UNUSUAL] = rules.by_habit(in_functions, usual)
    return hits


def _usual(host: Host, work: Work, accesses: Sequence[Access], span: timedelta) -> Collection[tuple[UUID, UUID]]:
    c = acts_table.c
    readers = {access.reader_id for access in accesses}
    where = (c.organisation_id == work.organisation_id, c.user_id.in_(readers), c.last_at >= accesses[0].at - span)
    with host.tables(work) as connection:
        rows = connection.execute(select(c.user_id, c.mailbox_id).where(*where)).all()
    return {(row.user_id, row.mailbox_id) for row in rows}


def _by_number_of_person(host: Host, work: Work, accesses: Sequence[Access]) -> list[Access]:
    """Return the openings of cases that contain the reader's own personal identity number; this reads the cases."""
    people: dict[UUID, set[UUID]] = {}
    for case_id in {access.case_id for access in accesses}:
        people[case_id] = _people_in(host, work, case_id)
    record(work, "log_control.numbers-read", None, cases=len(people))
    return [access for access in accesses if access.reader_id in people[access.case_id]]


def _people_in(host: Host, work: Work, case_id: UUID) -> set[UUID]:
    """Return the accounts whose personal identity number is in a case; empty if the case has been destroyed."""
    try:
        view = read_case(work, case_id, opens=False)
    except Exception:  # noqa: BLE001 - a case that can no longer be opened contains nobody
        return set()
    persons = [person for threaded in view.thread for person in threaded.message.persons]
    numbers = {number for person in persons if (number := personal_number(person.value))}
    users = [user for number in numbers for user in identity_accounts(host.platform, NUMBER, number)]
    return {user.id for user in users if user.organisation_id == work.organisation_id}


def _choose(host: Host, work: Work, reason: str, hits: Sequence[Access], most: int) -> None:
    """Select as many of each day's hits for review as the setting allows, at random; only count the others."""
    for day in sorted({access.day for access in hits}):
        of_day = {access.number: access for access in hits if access.day == day}
        seed = sampling.seed_of(host, work, min(access.week for access in of_day.values()))
        in_order = sorted(of_day.values(), key=lambda access: sampling.score(seed, access.number))
        with host.tables(work) as connection:
            where = (counts.c.organisation_id == work.organisation_id, counts.c.day == day, counts.c.reason == reason)
            kept = connection.execute(select(counts.c.kept).where(*where)).scalar_one_or_none() or 0
        chosen = in_order[: max(0, most - kept)]
        _add_count(host, work, (day, reason), (len(of_day), len(chosen)))
        for access in chosen:
            add_item(host, work, access, reason)


def _add_count(host: Host, work: Work, of: tuple[date, str], more: tuple[int, int]) -> None:
    key = {"organisation_id": work.organisation_id, "day": of[0], "reason": of[1]}
    write = upsert(counts).values(**key, hits=more[0], kept=more[1])
    added = {"hits": counts.c.hits + more[0], "kept": counts.c.kept + more[1]}
    with host.tables(work) as connection:
        connection.execute(write.on_conflict_do_update(index_elements=list(key), set_=added))


def add_item(host: Host, work: Work, access: Any, reason: str) -> None:
    """Queue an opening for review, or add a reason to one that is already queued."""
    row = {
        "organisation_id": work.organisation_id,
        "id": uuid4(),
        "number": access.number,
        "at": access.at,
        "found_at": func.now(),
        "reasons": [reason],
        "reader_id": access.reader_id,
        "case_id": access.case_id,
        "mailbox_id": access.mailbox_id,
        "waits": True,
    }
    write = upsert(items).values(row)
    joined = {"reasons": func.array_append(items.c.reasons, reason)}
    is_new = func.array_position(items.c.reasons, reason).is_(None)
    new = write.on_conflict_do_update(index_elements=["organisation_id", "number"], set_=joined, where=is_new)
    with host.tables(work) as connection:
        connection.execute(new)


def _draw(host: Host, organisation_id: UUID, now: datetime) -> None:
    """Draw the samples of the weeks whose openings have all been read."""
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        for week in sampling.due_weeks(host, work, now - SETTLED):
            for row in sampling.draw(host, work, week, now):
                add_item(host, work, row, rules.SAMPLE)


def _destroy_old(host: Host, organisation_id: UUID, now: datetime) -> None:
    """Delete data that is older than the retention period."""
    with host.work(host.system(organisation_id)) as work:
        settings = read_settings(work, LogControlSettings)
        end = now - settings.keep_years * YEAR
        of_acts = acts_table.c.last_at < now - timedelta(days=settings.unusual_days) - BACK
        with host.tables(work) as connection:
            old = delete(items).where(items.c.organisation_id == organisation_id, items.c.at < end)
            gone = len(connection.execute(old.returning(items.c.id)).all())
            connection.execute(
                delete(counts).where(counts.c.organisation_id == organisation_id, counts.c.day < end.date())
            )
            connection.execute(
                delete(draws).where(draws.c.organisation_id == organisation_id, draws.c.week < end.date())
            )
            connection.execute(delete(acts_table).where(acts_table.c.organisation_id == organisation_id, of_acts))
        if gone:
            record(work, "log_control.reviews-destroyed", None, reviews=gone)


def reader_names(work: Work, reader_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the readers' current names, without readers whose account is gone."""
    names: dict[UUID, str] = {}
    for reader_id in reader_ids:
        try:
            names[reader_id] = find_user(work, reader_id).name
        except Exception:  # noqa: BLE001, S112 - the account has been removed
            continue
    return names
