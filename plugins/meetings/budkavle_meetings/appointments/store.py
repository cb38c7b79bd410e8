"""Stored times: held during identification, booked, or over. The database gives each time to one person only."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import msgspec
from psycopg.errors import DeadlockDetected, ExclusionViolation
from sqlalchemy import Row, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import DBAPIError

from budkavle import Conflict, Host, NotFound, Work
from budkavle.storage import QueryFile, Statement
from budkavle_meetings.appointments.tables import appointments, pages
from budkavle_meetings.calendars.times import Busy

HELD = timedelta(minutes=10)
"""How long a time is held for identification."""
TAKEN = "Tiden hann bli bokad av någon annan. Välj en annan tid."
NO_APPOINTMENT = "Bokningen finns inte. Kontrollera att hela länken kom med."


class _Queries(QueryFile):
    release_times: Statement
    list_busy: Statement
    list_due: Statement


QUERIES = _Queries.load()


class State(StrEnum):
    """State of a time."""

    HELD = "held"
    BOOKED = "booked"
    MOVED = "moved"
    """Booked, and a member of the mailbox has moved the meeting."""
    OVER = "over"
    """Held too long, or cancelled."""


_LAPSED = and_(appointments.c.state == State.HELD, appointments.c.held_until < func.now())
_COLUMNS = (appointments, _LAPSED.label("is_lapsed"))


IN_FORCE = (State.BOOKED, State.MOVED)


class Visitor(msgspec.Struct, frozen=True):
    """The person who books, as they described themselves; stored sealed."""

    name: str
    email: str
    phone: str = ""
    personnummer: str = ""
    subject: str = ""
    way: str = ""
    """The name of the chosen identity provider."""
    language: str = "sv"
    token: str = ""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A time that somebody holds or has booked.

    Attributes:
        meeting_id: The meeting that it became; None while it is only held.
        changes: How often it has been moved.
        is_lapsed: Whether it was held too long, by the database's clock.
    """

    organisation_id: UUID
    id: UUID
    mailbox_id: UUID
    starts_at: datetime
    ends_at: datetime
    state: State
    held_until: datetime
    visitor: Visitor
    meeting_id: UUID | None
    participant_id: UUID | None
    changes: int
    is_lapsed: bool

    @property
    def ref(self) -> str:
        """The reference of the guest session that may confirm it."""
        return f"appointment:{self.id}"


@dataclass(frozen=True, slots=True)
class Slot:
    """A time on a booking page.

    Attributes:
        number: The page's number.
        pause: Time after it during which nothing is booked.
    """

    mailbox_id: UUID
    number: int
    starts_at: datetime
    ends_at: datetime
    pause: timedelta

    @property
    def span(self) -> Range[int]:
        """The page's number and the minutes, combined into one range; minutes fit in 32 bits until the year 10136."""
        until = self.ends_at + self.pause
        first, last = ((self.number << 32) + int(at.timestamp()) // 60 for at in (self.starts_at, until))
        return Range(first, last)


def page_number(host: Host, work: Work, mailbox_id: UUID) -> int:
    """Return the number of a mailbox's page, which is part of its address; created on first use."""
    this = (pages.c.organisation_id == work.organisation_id, pages.c.mailbox_id == mailbox_id)
    with host.tables(work) as connection:
        number = connection.execute(select(pages.c.number).where(*this)).scalar()
        if number is None:
            values = {"organisation_id": work.organisation_id, "mailbox_id": mailbox_id}
            connection.execute(insert(pages).values(values).on_conflict_do_nothing())
            number = connection.execute(select(pages.c.number).where(*this)).scalar_one()
    return int(number)


def mailbox_of(host: Host, work: Work, number: int) -> UUID | None:
    """Return the mailbox of a page in the organisation; None if there is no such page."""
    query = select(pages.c.mailbox_id).where(pages.c.organisation_id == work.organisation_id, pages.c.number == number)
    with host.tables(work) as connection:
        mailbox_id: UUID | None = connection.execute(query).scalar()
    return mailbox_id


def list_numbers(host: Host, work: Work) -> list[int]:
    """Return the numbers of the organisation's pages."""
    query = select(pages.c.number).where(pages.c.organisation_id == work.organisation_id)
    with host.tables(work) as connection:
        return [int(number) for number in connection.execute(query).scalars()]


def list_busy(host: Host, work: Work, mailbox_id: UUID, first: datetime, last: datetime) -> list[Busy]:
    """Return when a mailbox's times are taken."""
    place = {"organisation": work.organisation_id, "mailbox": mailbox_id}
    with host.tables(work) as connection:
        rows = QUERIES.list_busy.all(connection, {**place, "first": first, "last": last})
    return [(row.starts_at, row.ends_at) for row in rows]


def release(host: Host, organisation_id: UUID, mailbox_id: UUID) -> None:
    """Free the times of a mailbox that are no longer held or booked."""
    place = {"organisation": organisation_id, "mailbox": mailbox_id}
    with host.transaction(organisation_id) as connection:
        QUERIES.release_times.run(connection, place)


def hold(host: Host, organisation_id: UUID, slot: Slot, visitor: Visitor) -> Appointment:
    """Hold a time for somebody while they identify.

    Raises:
        Conflict: The time is taken.
    """
    appointment_id, token = uuid4(), secrets.token_urlsafe(32)
    visitor = msgspec.structs.replace(visitor, token=token)
    values = {
        "organisation_id": organisation_id,
        "id": appointment_id,
        "mailbox_id": slot.mailbox_id,
        "span": slot.span,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "state": State.HELD,
        "held_until": func.now() + HELD,
        "token_hash": _hashed(token),
        "sealed": _sealed(host, organisation_id, appointment_id, visitor),
        "changes": 0,
    }
    release(host, organisation_id, slot.mailbox_id)
    try:
        with host.transaction(organisation_id) as connection:
            row = connection.execute(insert(appointments).values(values).returning(*_COLUMNS)).one()
    except DBAPIError as error:
        raise _taken(error) from error
    return _appointment(host, row)


def book(host: Host, work: Work, appointment: Appointment, meeting_id: UUID, participant_id: UUID) -> Appointment:
    """Book a held time.

    Raises:
        Conflict: It is no longer held.
    """
    values = {"state": State.BOOKED, "meeting_id": meeting_id, "participant_id": participant_id}
    return _update(host, work, appointment, (State.HELD,), values)


def move(host: Host, work: Work, appointment: Appointment, slot: Slot) -> Appointment:
    """Exchange a booked time for another.

    Raises:
        Conflict: The new time is taken, or this one is cancelled. The unit of work must then be abandoned.
    """
    values = {
        "span": slot.span,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "state": State.BOOKED,
        "changes": appointments.c.changes + 1,
    }
    return _update(host, work, appointment, IN_FORCE, values)


def cancel(host: Host, work: Work, appointment: Appointment) -> Appointment:
    """Cancel a booked time.

    Raises:
        Conflict: It is already cancelled.
    """
    return _update(host, work, appointment, IN_FORCE, {"state": State.OVER})


def forget_held(host: Host, organisation_id: UUID, appointment_id: UUID) -> None:
    """Delete a held time, so that others can take it at once."""
    this = (appointments.c.organisation_id == organisation_id, appointments.c.id == appointment_id)
    with host.transaction(organisation_id) as connection:
        connection.execute(delete(appointments).where(*this, appointments.c.state == State.HELD))


def forget_lapsed(host: Host, organisation_id: UUID) -> None:
    """Delete the times that were held more than a day ago and never booked."""
    this = (appointments.c.organisation_id == organisation_id, appointments.c.meeting_id.is_(None))
    with host.transaction(organisation_id) as connection:
        long_ago = func.now() - timedelta(days=1)
        connection.execute(delete(appointments).where(*this, appointments.c.held_until < long_ago))


def find_by_token(host: Host, organisation_id: UUID, token: str) -> Appointment:
    """Return the time that a guest's link leads to.

    Raises:
        NotFound: The link leads to none.
    """
    this = (appointments.c.organisation_id == organisation_id, appointments.c.token_hash == _hashed(token))
    with host.transaction(organisation_id) as connection:
        row = connection.execute(select(*_COLUMNS).where(*this)).one_or_none()
    if row is None:
        raise NotFound(NO_APPOINTMENT)
    return _appointment(host, row)


def list_due(host: Host, work: Work, mailbox_id: UUID, first: datetime, last: datetime) -> Sequence[Row[Any]]:
    """Return the booked meetings that begin between two times: `id`, `starts_at`, `ends_at`."""
    place = {"organisation": work.organisation_id, "mailbox": mailbox_id, "first": first, "last": last}
    with host.tables(work) as connection:
        rows: Sequence[Row[Any]] = QUERIES.list_due.all(connection, place)
    return rows


def find(host: Host, work: Work, appointment_id: UUID) -> Appointment:
    """Return a booked time of the organisation, for jobs.

    Raises:
        NotFound: There is none with this id.
    """
    this = (appointments.c.organisation_id == work.organisation_id, appointments.c.id == appointment_id)
    with host.tables(work) as connection:
        row = connection.execute(select(*_COLUMNS).where(*this)).one_or_none()
    if row is None:
        raise NotFound(NO_APPOINTMENT)
    return _appointment(host, row)


def _update(
    host: Host, work: Work, appointment: Appointment, states: tuple[State, ...], values: dict[str, Any]
) -> Appointment:
    this = (appointments.c.organisation_id == work.organisation_id, appointments.c.id == appointment.id)
    write = update(appointments).where(*this, appointments.c.state.in_(states)).values(values).returning(*_COLUMNS)
    try:
        with host.tables(work) as connection:
            row = connection.execute(write).one_or_none()
    except DBAPIError as error:
        raise _taken(error) from error
    if row is None:
        raise Conflict("Bokningen har ändrats under tiden. Läs in sidan på nytt.")
    return _appointment(host, row)


def _taken(error: DBAPIError) -> Exception:
    """Return Conflict if the error means that somebody else was first, otherwise the error itself."""
    return Conflict(TAKEN) if isinstance(error.orig, ExclusionViolation | DeadlockDetected) else error


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _sealed(host: Host, organisation_id: UUID, appointment_id: UUID, visitor: Visitor) -> bytes:
    return host.vault.seal_small(organisation_id, f"appointment:{appointment_id}", msgspec.json.encode(visitor))


def _appointment(host: Host, row: Row[Any]) -> Appointment:
    plain = host.vault.open_small(row.organisation_id, f"appointment:{row.id}", row.sealed)
    return Appointment(
        row.organisation_id,
        row.id,
        row.mailbox_id,
        row.starts_at,
        row.ends_at,
        State(row.state),
        row.held_until,
        msgspec.json.decode(plain, type=Visitor),
        row.meeting_id,
        row.participant_id,
        row.changes,
        row.is_lapsed,
    )
