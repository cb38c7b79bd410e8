"""When messages are destroyed, by the number of days that an organisation or a mailbox has chosen, and what remains."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from budkavle.accounts.message_settings import MailboxMessageSettings, MessageSettings
from budkavle.accounts.stored_settings import all_sections
from budkavle.model.messages import Direction
from budkavle.model.times import ZONE
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

FIELD, REMINDER_FIELD = "retention_days", "reminder_days"
_BEFORE_ALL = UUID(int=0)


class _Queries(QueryFile):
    load_present: Statement
    load_times: Statement
    count_disappearing: Statement
    find_due: Statement
    due_of_cases: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class DestroyedMessage:
    """What remains of a destroyed message.

    Attributes:
        created_at: When it was received or sent.
        destroyed_at: When it was destroyed.
    """

    id: UUID
    direction: Direction
    transport: str
    created_at: datetime
    destroyed_at: datetime


@dataclass(frozen=True, slots=True)
class CaseTimes:
    """When the messages of a case are destroyed, and what remains of those that have been.

    Attributes:
        destroyed: The destroyed ones, the oldest first.
        gone_dates: For each of the others, the first day when it can no longer be read; empty if they are kept.
        reminder_days: How many days in advance the case says so; 0 for no reminder.
    """

    destroyed: tuple[DestroyedMessage, ...] = ()
    gone_dates: Mapping[UUID, date] = field(default_factory=dict)
    reminder_days: int = 0

    def ending(self, today: date) -> Sequence[date]:
        """Return when the messages will be destroyed that the case warns of, the earliest first."""
        last = today + timedelta(days=self.reminder_days)
        return sorted(day for day in self.gone_dates.values() if self.reminder_days and today < day <= last)


@dataclass(frozen=True, slots=True)
class Disappearing:
    """The effect of a changed number of days.

    Attributes:
        before: Messages from before this day are destroyed next night.
        messages: How many messages that is.
    """

    before: date
    messages: int


@dataclass(frozen=True, slots=True)
class DuePlace:
    """A position in the order in which due messages are processed."""

    mailbox_id: UUID = _BEFORE_ALL
    at: datetime | None = None
    id: UUID = _BEFORE_ALL


@dataclass(frozen=True, slots=True)
class DueBatch:
    """Messages that are due, and the position after them; `next` is None if there are no more."""

    message_ids: tuple[UUID, ...]
    next: DuePlace | None


def gone_on(kept_from: datetime, days: int) -> date:
    """Return the first day when a message can no longer be read, by the calendar in Sweden."""
    return kept_from.astimezone(ZONE).date() + timedelta(days=days + 1)


def first_kept(now: datetime, days: int) -> date:
    """Return the first day whose messages are still kept, by the calendar in Sweden."""
    return now.astimezone(ZONE).date() - timedelta(days=days)


def case_times(work: Work, case_id: UUID, since: datetime | None = None) -> CaseTimes:
    """Return when the messages of a case, or those since a given time, are destroyed, with one query."""
    parameters = {
        **number_parameters(work.platform),
        "organisation": work.organisation_id,
        "case": case_id,
        "since": since,
    }
    rows = QUERIES.load_times.all(work.connection, parameters)
    destroyed = tuple(
        DestroyedMessage(row.id, Direction(row.direction), row.transport, row.created_at, row.destroyed_at)
        for row in rows
        if row.destroyed_at
    )
    last_days = {row.id: gone_on(row.kept_from, row.days) for row in rows if row.days and not row.destroyed_at}
    return CaseTimes(destroyed, last_days, max((row.reminder for row in rows), default=0))


def disappearing(work: Work, days: int, mailbox_id: UUID | None = None) -> Disappearing:
    """Return what would be destroyed next night with a number of days, in a mailbox or all without their own number.

    Args:
        work: The unit of work; the caller checks the rights.
        days: The new number, not 0.
        mailbox_id: The mailbox; None for the organisation.
    """
    before = first_kept(present(work), days) + timedelta(days=1)
    parameters = {
        **number_parameters(work.platform),
        "organisation": work.organisation_id,
        "mailbox": mailbox_id,
        "day": before,
    }
    row = QUERIES.count_disappearing.one_or_none(work.connection, parameters)
    return Disappearing(before, int(row.messages) if row else 0)


def find_due(work: Work, now: datetime, after: DuePlace, most: int) -> DueBatch:
    """Return messages that are due, with all that is due in the same cases.

    Args:
        work: The unit of work.
        now: The time to assume as the present.
        after: The position to start after.
        most: The most messages, unless one case has more.
    """
    parameters = {
        **number_parameters(work.platform),
        "organisation": work.organisation_id,
        "now": now,
        "mailbox": after.mailbox_id,
        "at": after.at,
        "id": after.id,
        "most": most,
    }
    rows = QUERIES.find_due.all(work.connection, parameters)
    if not rows:
        return DueBatch((), None)
    ends = {row.case_id: row.ends_at for row in rows}
    of_cases = {
        "organisation": work.organisation_id,
        "cases": list(ends),
        "ends": [at.isoformat() for at in ends.values()],
    }
    by_case: dict[UUID, list[UUID]] = {case_id: [] for case_id in ends}
    for row in QUERIES.due_of_cases.all(work.connection, of_cases):
        by_case[row.case_id].append(row.id)
    chosen = set(_first_cases(by_case, most))
    last = None
    for row in rows:
        if row.case_id not in chosen:
            break
        last = row
    place = DuePlace(last.mailbox_id, last.kept_from, last.id) if last else after
    return DueBatch(tuple(message_id for case_id in chosen for message_id in by_case[case_id]), place)


def _first_cases(by_case: Mapping[UUID, Sequence[UUID]], most: int) -> Iterator[UUID]:
    """Yield the first cases that together have at most this many messages, and always the first."""
    count = 0
    for number, (case_id, message_ids) in enumerate(by_case.items()):
        count += len(message_ids)
        if number and count > most:
            return
        yield case_id


def present(work: Work) -> datetime:
    """Return the present time, by the database's clock."""
    (row,) = QUERIES.load_present.all(work.connection, {})
    now: datetime = row.now
    return now


def number_parameters(platform: Platform) -> dict[str, object]:
    """Return the sections with the numbers of days, and the installation's values for them."""
    values: dict[str, object] = {}
    for prefix, settings_type in (("", MessageSettings), ("own_", MailboxMessageSettings)):
        key, section = next(
            (key, section) for key, section in all_sections(platform).items() if section.type is settings_type
        )
        usual: Any = section.usual
        values |= {
            f"{prefix}section": key,
            f"{prefix}usual": usual.retention_days,
            f"{prefix}fixed": section.fixed.get(FIELD),
            f"{prefix}reminder_usual": usual.reminder_days,
            f"{prefix}reminder_fixed": section.fixed.get(REMINDER_FIELD),
        }
    return values
