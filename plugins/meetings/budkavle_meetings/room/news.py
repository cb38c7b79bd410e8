"""What a poll of the database sends to each socket: signals, the state of the room, and the chat."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from uuid import UUID

import msgspec
from anyio import CapacityLimiter, to_thread

from budkavle import Host
from budkavle_meetings.room import chat, seats
from budkavle_meetings.room.chat import ChatLine
from budkavle_meetings.room.people import Gathering, gathering
from budkavle_meetings.room.seats import News, RoomView, Seat, Why

WAITING_MESSAGES = 500
"""Messages queued for a slow browser; beyond that it must reconnect."""
TRUSTED_SECONDS = 30.0
"""How long cached data of a meeting is trusted without a sign of change, because its settings may have changed."""


@dataclass(eq=False)
class Connection:
    """The socket of one seat.

    Attributes:
        seat: The seat that it belongs to.
        place: Its position in the order of seats.
        seen: The number of the last signal sent to it.
        chat_seen: The number of the last chat line sent to it.
        shown: The view of the room that was sent last.
        heard_at: When the browser last sent something.
        outbox: Messages to send; None ends the connection.
    """

    seat: Seat
    place: int
    seen: int
    chat_seen: int
    shown: bytes = b""
    heard_at: float = field(default_factory=monotonic)
    outbox: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(WAITING_MESSAGES))
    is_over: bool = False
    has_left: bool = False

    def heard(self) -> None:
        """Record that the browser is there."""
        self.heard_at = monotonic()

    def send(self, message: object) -> None:
        """Queue a message; closes the connection if the browser no longer reads."""
        self.put(message if isinstance(message, bytes) else msgspec.json.encode(message))

    def end(self, why: Why | None = None) -> None:
        """Send the reason, if any, and close the socket."""
        if not self.is_over and why is not None:
            self.send({"t": "out", "why": why})
        self.is_over = True
        self.put(None)

    def put(self, packed: bytes | None) -> None:
        """Queue something for the socket's writer."""
        try:
            self.outbox.put_nowait(packed)
        except asyncio.QueueFull:
            self.is_over = True
            self.outbox.get_nowait()
            self.outbox.put_nowait(None)


@dataclass(frozen=True, slots=True)
class _Known:
    gathering: Gathering | None
    word: str | None
    at: float


class RoomNews:
    """Reads news for the sockets of one process, and caches what seldom changes.

    Args:
        host: The plugin's host.
        limiter: Limits the threads that read.
    """

    def __init__(self, host: Host, limiter: CapacityLimiter) -> None:
        self._host = host
        self._limiter = limiter
        self._known: dict[UUID, _Known] = {}

    async def bring(self, organisation_id: UUID, connections: Sequence[Connection]) -> None:
        """Send each socket of an organisation its news."""
        seen = [(one.seat, one.seen) for one in connections]
        chat_seen: dict[UUID, int] = {}
        for one in connections:
            meeting_id = one.seat.meeting_id
            chat_seen[meeting_id] = min(chat_seen.get(meeting_id, one.chat_seen), one.chat_seen)
        read = partial(self._read, organisation_id, seen, chat_seen)
        news, lines = await to_thread.run_sync(read, limiter=self._limiter)
        for connection in connections:
            if not connection.is_over:
                self._tell(connection, news, lines.get(connection.seat.meeting_id, ()))
        for signal in news.signals:
            for connection in connections:
                if (connection.seat.meeting_id, connection.seat.id) == signal.to and signal.number > connection.seen:
                    connection.seen = signal.number
                    connection.send(b'{"n":%d,%b' % (signal.number, signal.content[1:]))

    def _read(
        self, organisation_id: UUID, seen: Sequence[tuple[Seat, int]], chat_seen: Mapping[UUID, int]
    ) -> tuple[News, dict[UUID, list[ChatLine]]]:
        news = seats.read_news(self._host, organisation_id, seen)
        for meeting_id in chat_seen:
            cached, word = self._known.get(meeting_id), news.stands.get(meeting_id)
            if cached is None or cached.word != word or monotonic() - cached.at > TRUSTED_SECONDS:
                with self._host.work(self._host.system(organisation_id)) as work:
                    self._known[meeting_id] = _Known(gathering(self._host, work, meeting_id), word, monotonic())
        newest = chat.newest_lines(self._host, organisation_id, list(chat_seen))
        return news, {
            meeting_id: chat.read_lines(self._host, organisation_id, meeting_id, after)
            for meeting_id, after in chat_seen.items()
            if newest.get(meeting_id, 0) > after
        }

    def _tell(self, connection: Connection, news: News, lines: Sequence[ChatLine]) -> None:
        """Send the room if it has changed, and new chat lines; end the socket of a participant who is out."""
        seat = connection.seat
        cached, room = self._known.get(seat.meeting_id), news.rooms.get(seat.meeting_id)
        people = cached.gathering if cached else None
        if people is None or people.closes_at <= datetime.now(UTC):
            connection.end(Why.ENDED)
            return
        if people.person(seat.participant_id) is None:
            connection.end(Why.REMOVED)
            return
        if room is None or all(
            (other_seat.seat, other_seat.instance) != (seat.id, seat.instance) for other_seat in room.seats
        ):
            connection.end()  # the seat is gone, as after a crash of the database; the browser takes a seat again
            return
        shown = msgspec.json.encode(room_message(seat, people, room))
        if shown != connection.shown:
            connection.shown = shown
            connection.put(shown)
        fresh = [line for line in lines if line.number > connection.chat_seen]
        if fresh:
            connection.chat_seen = fresh[-1].number
            connection.send({"t": "chat", "lines": [_line(line, people, seat) for line in fresh]})


def room_message(seat: Seat, people: Gathering, room: RoomView) -> dict[str, object]:
    """Return the room as a participant in it sees it; only hosts see the lobby, and the ids needed to decide."""
    me = people.person(seat.participant_id)
    leads = me is not None and me.is_host
    names = {person.id: person for person in people.admitted}
    return {
        "t": "room",
        "locked": room.locked,
        "people": [
            {
                "seat": item.seat,
                "instance": item.instance,
                "place": item.place,
                "linked": item.linked,
                "state": item.state,
                "name": names[item.participant].name,
                "method": names[item.participant].method,
                "loa": names[item.participant].loa,
                "host": names[item.participant].is_host,
                **({"participant": item.participant} if leads else {}),
            }
            for item in room.seats
            if item.participant in names
        ],
        "waiting": [
            {"participant": item.id, "name": item.name, "method": item.method, "loa": item.loa}
            for item in people.waiting
        ]
        if leads
        else [],
    }


def _line(line: ChatLine, people: Gathering, seat: Seat) -> dict[str, object]:
    person = people.person(line.participant_id)
    return {
        "n": line.number,
        "at": line.at,
        "text": line.text,
        "name": person.name if person else "",
        "mine": line.participant_id == seat.participant_id,
    }
