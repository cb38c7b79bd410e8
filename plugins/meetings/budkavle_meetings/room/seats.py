"""Seats of the rooms: who is in which room, the state of each participant, and signals between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from budkavle import Host
from budkavle.storage import QueryFile, Statement
from budkavle_meetings.room.messages import Hello, State
from budkavle_meetings.room.people import Person

MOST_SEATS = 6
"""In a mesh everybody sends to everybody: more is too much for an ordinary connection and computer."""
SILENT_SECONDS = 12
"""Seconds of silence after which the others are told that somebody is gone."""
FORGOTTEN_SECONDS = 120
"""Seconds for which a seat is kept after its connection is lost, even in a locked room."""
CHANNEL = "budkavle_meetings"


class _Queries(QueryFile):
    open_room: Statement
    hold_room: Statement
    seats_of: Statement
    sit: Statement
    stand_up: Statement
    unlink: Statement
    remove_seats: Statement
    tell_state: Statement
    lock_room: Statement
    signal: Statement
    wake: Statement
    keep_seats: Statement
    read_rooms: Statement
    read_signals: Statement
    read_stands: Statement
    sweep_signals: Statement
    sweep_seats: Statement
    sweep_rooms: Statement


QUERIES = _Queries.load()


class Why(StrEnum):
    """Why somebody is refused a seat, or loses it."""

    FULL = "full"
    LOCKED = "locked"
    REMOVED = "removed"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat that a browser tab has taken.

    Attributes:
        id: The id of the tab.
        instance: The id of the page load.
    """

    organisation_id: UUID
    meeting_id: UUID
    participant_id: UUID
    id: UUID
    instance: UUID

    @property
    def label(self) -> str:
        """The label that its signals are sealed under."""
        return signal_label(self.meeting_id, self.id)


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of taking a seat.

    Attributes:
        place: Grows with each new seat and each page load; the later one calls the earlier ones.
        seen: The number of the last signal to skip; this page load receives the following ones.
    """

    place: int
    seen: int


class SeatView(msgspec.Struct, frozen=True):
    """A seat as the others see it."""

    seat: UUID
    participant: UUID
    instance: UUID
    place: int
    linked: bool
    state: State


class RoomView(msgspec.Struct, frozen=True):
    """A room as it is now."""

    locked: bool
    seats: tuple[SeatView, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredSignal:
    """A signal for a seat of a meeting, with its number there."""

    to: tuple[UUID, UUID]
    number: int
    content: bytes


@dataclass(frozen=True, slots=True)
class News:
    """The result of a poll.

    Attributes:
        rooms: The rooms, by meeting.
        signals: The signals, in order.
        stands: By meeting, a hash that changes with its times, its participants and their admission.
    """

    rooms: Mapping[UUID, RoomView]
    signals: Sequence[StoredSignal]
    stands: Mapping[UUID, str]


def signal_label(meeting_id: UUID, seat: UUID) -> str:
    """Return the label that the signals of a seat are sealed under."""
    return f"meeting-signal:{meeting_id}:{seat}"


def take_seat(host: Host, seat: Seat, person: Person, hello: Hello) -> "Taken | Why":
    """Take a seat, or take it again after a reload or a lost connection.

    Args:
        host: The plugin's host.
        seat: The seat that the tab asks for.
        person: The admitted participant.
        hello: The first message of the page.

    Returns:
        The seat's place and the number after which its signals begin, or the reason for refusal.
    """
    room = {"meeting_id": seat.meeting_id}
    with host.transaction(seat.organisation_id) as connection:
        QUERIES.open_room.enqueue(connection, {**room, "organisation_id": seat.organisation_id})
        locked = QUERIES.hold_room.one(connection, room).locked
        rows = QUERIES.seats_of.all(connection, {**room, "silent": SILENT_SECONDS})
        same = next((row for row in rows if row.seat == seat.id), None)
        if same is not None and same.participant_id != seat.participant_id:
            return Why.STRANGER
        if locked and not person.is_host and all(row.participant_id != seat.participant_id for row in rows):
            return Why.LOCKED
        if sum(row.is_taken for row in rows if row.seat != seat.id) >= MOST_SEATS:
            return Why.FULL
        same_load = same is not None and same.instance == seat.instance
        place = same.place if same is not None and same_load else max((row.place for row in rows), default=0) + 1
        values = {"place": place, "state": _json(hello.state), **_values(seat), "participant_id": seat.participant_id}
        QUERIES.sit.enqueue(connection, values)
        wake(connection, seat.organisation_id, seat.meeting_id)
    # A new page load starts after the newest signal: earlier signals were meant for the previous load.
    newest = int(same.signals) if same is not None else 0
    return Taken(place, hello.last if same_load and hello.last is not None else newest)


def leave(host: Host, seat: Seat) -> None:
    """Release the seat."""
    _change(host, seat, QUERIES.stand_up)


def unlink(host: Host, seat: Seat) -> None:
    """Tell the others that the seat's connection is lost."""
    _change(host, seat, QUERIES.unlink)


def tell_state(host: Host, seat: Seat, state: State) -> None:
    """Tell the others a participant's new state."""
    _change(host, seat, QUERIES.tell_state, state=_json(state))


def lock(host: Host, seat: Seat, *, on: bool) -> None:
    """Lock the room for newcomers, or unlock it."""
    _change(host, seat, QUERIES.lock_room, locked=on)


def remove(host: Host, seat: Seat, participant_id: UUID) -> None:
    """Remove all seats of a participant."""
    _change(host, seat, QUERIES.remove_seats, participant_id=participant_id)


def wake(connection: Connection, organisation_id: UUID, meeting_id: UUID) -> None:
    """Tell those in a room, when the transaction commits, that the room or its lobby has changed."""
    QUERIES.wake.enqueue(connection, {"payload": f"{organisation_id}:{meeting_id}"})


def send_signal(host: Host, seat: Seat, recipient: UUID, content: bytes) -> None:
    """Store a signal for another seat of the same room; does nothing if either seat is not in the room."""
    sealed = host.vault.seal_small(seat.organisation_id, signal_label(seat.meeting_id, recipient), content)
    values = {**_values(seat), "recipient": recipient, "sealed": sealed}
    with host.transaction(seat.organisation_id) as connection:
        QUERIES.signal.enqueue(connection, values)
        wake(connection, seat.organisation_id, seat.meeting_id)


def keep_seats(host: Host, organisation_id: UUID, seats: Iterable[Seat]) -> None:
    """Record that the browsers of these seats are still there."""
    ids = list(seats)
    values = {
        "meetings": [seat.meeting_id for seat in ids],
        "seats": [seat.id for seat in ids],
        "instances": [seat.instance for seat in ids],
    }
    with host.transaction(organisation_id) as connection:
        QUERIES.keep_seats.enqueue(connection, values)


def read_news(host: Host, organisation_id: UUID, seen: Sequence[tuple[Seat, int]]) -> News:
    """Read the news for these seats, each with the number of the last signal it has received."""
    meetings = sorted({seat.meeting_id for seat, _ in seen})
    values = {
        "meetings": [seat.meeting_id for seat, _ in seen],
        "seats": [seat.id for seat, _ in seen],
        "lasts": [last for _, last in seen],
    }
    with host.transaction(organisation_id) as connection:
        rooms = QUERIES.read_rooms.all(connection, {"meetings": meetings, "silent": SILENT_SECONDS})
        signals = QUERIES.read_signals.all(connection, values)
        versions = QUERIES.read_stands.all(connection, {"meetings": meetings})
    opened = [
        StoredSignal(
            (row.meeting_id, row.seat),
            row.number,
            host.vault.open_small(organisation_id, signal_label(row.meeting_id, row.seat), row.sealed),
        )
        for row in signals
    ]
    return News(_views(rooms), opened, {row.meeting_id: row.word for row in versions})


def sweep(host: Host, organisation_id: UUID) -> None:
    """Delete old signals and abandoned seats and rooms."""
    with host.transaction(organisation_id) as connection:
        QUERIES.sweep_signals.enqueue(connection, {"seconds": FORGOTTEN_SECONDS})
        QUERIES.sweep_seats.enqueue(connection, {"seconds": FORGOTTEN_SECONDS})
        QUERIES.sweep_rooms.enqueue(connection, {})


def _views(rows: Sequence[Any]) -> dict[UUID, RoomView]:
    locked = {row.meeting_id: row.locked for row in rows}
    seats: dict[UUID, list[SeatView]] = {meeting_id: [] for meeting_id in locked}
    for row in rows:
        if row.seat is not None:
            state = msgspec.json.decode(row.state, type=State)
            view = SeatView(row.seat, row.participant_id, row.instance, row.place, row.is_linked, state)
            seats[row.meeting_id].append(view)
    return {meeting_id: RoomView(locked[meeting_id], tuple(seats[meeting_id])) for meeting_id in locked}


def _change(host: Host, seat: Seat, statement: Statement, **values: object) -> None:
    with host.transaction(seat.organisation_id) as connection:
        statement.enqueue(connection, {**_values(seat), **values})
        wake(connection, seat.organisation_id, seat.meeting_id)


def _values(seat: Seat) -> dict[str, object]:
    return {
        "organisation_id": seat.organisation_id,
        "meeting_id": seat.meeting_id,
        "seat": seat.id,
        "instance": seat.instance,
    }


def _json(state: State) -> str:
    return msgspec.json.encode(state).decode()
