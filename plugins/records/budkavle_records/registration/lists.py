"""What is to be registered, what has been, and how much of it was late; by mailbox, page by page."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Date, RowMapping, Select, and_, cast, func, select, tuple_

from budkavle import ActorScope, Host, Message, Work
from budkavle.messaging import find_messages
from budkavle_records.registration.clock import STOCKHOLM, midnight
from budkavle_records.registration.decisions import Registration, number_word, opened
from budkavle_records.registration.outcomes import Outcome
from budkavle_records.registration.tables import IS_OPEN, located, registrations

PAGE: Final = 50
BATCH: Final = 500
MOST_COUNTED: Final = 1_000
_C = registrations.c
_WAITING: Final = and_(_C.outcome.is_(None), _C.gone_at.is_(None))


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """The filter of the register.

    Attributes:
        number: Only this number.
        since: The first day of arrival, in Sweden.
        until: The last day of arrival.
        late: Only messages that were decided too late.
    """

    outcome: Outcome | None = None
    number: str = ""
    since: date | None = None
    until: date | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A row of the register: the registration of a message, and the message if it still exists."""

    registration: Registration
    message: Message | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many messages are to be registered."""

    all: int = 0
    late: int = 0
    today: int = 0
    """Messages that are late when this day is over."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a mailbox or a month: how many messages arrived, and what has happened to them.

    Attributes:
        key: The mailbox's ID, or the first day of the month.
        late: How many were decided too late.
    """

    key: Any
    arrived: int
    in_time: int
    late: int
    waiting: int
    waiting_late: int


def count_waiting(host: Host, work: Work, mailbox_ids: Collection[UUID], now: datetime) -> dict[UUID, Waiting]:
    """Return how many messages are to be registered, by mailbox; mailboxes without any are left out.

    Args:
        host: The plugin's host.
        work: Work in the organisation.
        mailbox_ids: The mailboxes to count; the caller has checked that they may be seen.
        now: The current time.
    """
    tonight = midnight(now.astimezone(STOCKHOLM).date() + timedelta(days=1))
    counts = (
        func.count().label("all"),
        func.count().filter(_C.late_from <= now).label("late"),
        func.count().filter(_C.late_from > now, _C.late_from <= tonight).label("today"),
    )
    query, mailbox_id = _of(work, mailbox_ids, _WAITING)
    counted = query.with_only_columns(mailbox_id.label("mailbox_id"), *counts).group_by(mailbox_id)
    with host.tables(work) as connection:
        return {row.mailbox_id: Waiting(row.all, row.late, row.today) for row in connection.execute(counted)}


def count_for_menu(host: Host, work: Work, mailbox_ids: Collection[UUID]) -> int | None:
    """Return how many messages are to be registered, at most 1,000; None if these mailboxes register nothing."""
    query, _ = _of(work, mailbox_ids, _WAITING)
    waiting = query.with_only_columns(_C.message_id).limit(MOST_COUNTED).subquery()
    ours = (_C.organisation_id == work.organisation_id, _C.mailbox_id.in_(list(mailbox_ids)))
    anything = select(_C.message_id).where(*ours, IS_OPEN).limit(1)
    with host.tables(work) as connection:
        number: int = connection.execute(select(func.count()).select_from(waiting)).scalar_one()
        return number if number or connection.execute(anything).first() else None


def waiting_page(host: Host, work: Work, mailbox_ids: Collection[UUID], first: int) -> list[RegisterRow]:
    """Return a page of what is to be registered, the most overdue first; `first` rows before it are skipped."""
    query, _ = _of(work, mailbox_ids, _WAITING)
    query = query.order_by(_C.late_from, _C.arrived_at, _C.message_id)
    return _rows(host, work, _found(host, work, query.offset(first).limit(PAGE)))


def count_register(host: Host, work: Work, mailbox_ids: Collection[UUID], filters: RegisterFilter) -> int:
    """Return how many rows the register has with these filters."""
    query, _ = _of(work, mailbox_ids, *_conditions(work, filters))
    with host.tables(work) as connection:
        number: int = connection.execute(query.with_only_columns(func.count())).scalar_one()
    return number


def register_page(
    host: Host, work: Work, mailbox_ids: Collection[UUID], filters: RegisterFilter, first: int
) -> list[RegisterRow]:
    """Return a page of the register, the latest arrival first."""
    query, _ = _of(work, mailbox_ids, *_conditions(work, filters))
    query = query.order_by(_C.arrived_at.desc(), _C.message_id.desc())
    return _rows(host, work, _found(host, work, query.offset(first).limit(PAGE)))


def whole_list(
    host: Host, work: Work, mailbox_ids: Collection[UUID], filters: RegisterFilter | None
) -> Iterator[RegisterRow]:
    """Yield all rows of the register, or of what is to be registered (None), the earliest first.

    Messages are decrypted some at a time, so that a long list takes no more memory than a short one.
    """
    conditions = (_WAITING,) if filters is None else _conditions(work, filters)
    query, _ = _of(work, mailbox_ids, *conditions)
    query = query.order_by(_C.arrived_at, _C.message_id).limit(BATCH)
    rows = _found(host, work, query)
    while rows:
        yield from _rows(host, work, rows)
        last = (rows[-1]["arrived_at"], rows[-1]["message_id"])
        rows = _found(host, work, query.where(tuple_(_C.arrived_at, _C.message_id) > last))


def figures_since(host: Host, work: Work, since: date, now: datetime) -> tuple[list[Figures], list[Figures]]:
    """Return the figures for messages that arrived on a given day or later: by mailbox, and by Swedish month.

    Both are computed in one pass over the rows. Months come in order.
    """
    month = cast(func.date_trunc("month", func.timezone("Europe/Stockholm", _C.arrived_at)), Date)
    settled, late = _C.outcome.is_not(None), _C.settled_at >= _C.late_from
    counts = (
        func.count().label("arrived"),
        func.count().filter(settled, ~late).label("in_time"),
        func.count().filter(settled, late).label("late"),
        func.count().filter(_WAITING).label("waiting"),
        func.count().filter(_WAITING, _C.late_from <= now).label("waiting_late"),
    )
    query, mailbox_id = located(_C.organisation_id == work.organisation_id, _C.arrived_at >= midnight(since))
    counted = query.with_only_columns(mailbox_id.label("mailbox_id"), month.label("month"), *counts)
    with host.tables(work) as connection:
        rows = connection.execute(counted.group_by(mailbox_id, month)).all()
    months = _added((row.month, row[2:]) for row in rows)
    return _added((row.mailbox_id, row[2:]) for row in rows), sorted(months, key=lambda each: each.key)


def _added(rows: Iterable[tuple[Any, Sequence[int]]]) -> list[Figures]:
    """Add up the counts of each key."""
    sums: dict[Any, list[int]] = {}
    for key, counts in rows:
        sums[key] = [first + second for first, second in zip(sums.get(key, [0] * len(counts)), counts, strict=True)]
    return [Figures(key, *counts) for key, counts in sums.items()]


def _of(
    work: Work, mailbox_ids: Collection[UUID], *conditions: ColumnElement[bool]
) -> tuple[Select[Any], ColumnElement[UUID]]:
    """Return a query for registrations of some mailboxes, and its column of the mailbox; see `located`."""
    query, mailbox_id = located(_C.organisation_id == work.organisation_id, IS_OPEN, *conditions)
    return query.where(mailbox_id.in_(list(mailbox_ids))), mailbox_id


def _conditions(work: Work, filters: RegisterFilter) -> tuple[ColumnElement[bool], ...]:
    conditions: list[ColumnElement[bool]] = [_C.outcome.is_not(None)]
    if filters.outcome is not None:
        conditions.append(_C.outcome == filters.outcome.value)
    if filters.number:
        conditions.append(_C.number_word == number_word(work, filters.number))
    if filters.since is not None:
        conditions.append(_C.arrived_at >= midnight(filters.since))
    if filters.until is not None:
        conditions.append(_C.arrived_at < midnight(filters.until + timedelta(days=1)))
    if filters.late:
        conditions.append(_C.settled_at >= _C.late_from)
    return tuple(conditions)


def _found(host: Host, work: Work, query: Any) -> list[RowMapping]:
    with host.tables(work) as connection:
        return list(connection.execute(query).mappings())


def _rows(host: Host, work: Work, rows: list[RowMapping]) -> list[RegisterRow]:
    messages = messages_of(host, work, [row["message_id"] for row in rows])
    return [RegisterRow(opened(work, row), messages.get(row["message_id"])) for row in rows]


def messages_of(host: Host, work: Work, message_ids: Collection[UUID]) -> Mapping[UUID, Message]:
    """Return messages for lists whose reader may open their cases, without those above the reader's level.

    Args:
        host: The plugin's host.
        work: The reader's unit of work.
        message_ids: The messages, none of a case that is restricted to others.
    """
    if not message_ids:
        return {}
    with host.work(host.system(work.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as reading:
        messages = find_messages(reading, list(message_ids))
    return {message.id: message for message in messages if work.actor.may_read_at(message.loa)}
