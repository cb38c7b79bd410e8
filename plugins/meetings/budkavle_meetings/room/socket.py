"""The socket of the room: who may connect, and what each may do."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from anyio import to_thread
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler

from budkavle import Actor, ActorScope, BudkavleError, Conflict, Host, NotFound
from budkavle.accounts import read_settings
from budkavle_meetings.booking.participants import find_participant
from budkavle_meetings.lobby.arrivals import step_out
from budkavle_meetings.room import chat, seats, tickets
from budkavle_meetings.room.connections import Connections
from budkavle_meetings.room.messages import (
    Alive,
    Allowance,
    Decide,
    Hello,
    Leave,
    Line,
    Lock,
    Mute,
    NotUnderstood,
    Said,
    Signal,
    Tell,
    read,
)
from budkavle_meetings.room.news import Connection
from budkavle_meetings.room.people import Gathering, decide, gathering
from budkavle_meetings.room.relay import ice_servers
from budkavle_meetings.room.room_settings import RoomSettings
from budkavle_meetings.room.seats import Seat, Taken, Why

PATH = "/plugin/meetings/socket"
PROTOCOL = "budkavle"
"""The name of the protocol; a page names it together with its ticket, since a handshake has no other field for one."""
LONGEST_TICKET = 2_000
HELLO_SECONDS = 10.0
POLICY, AGAIN = 1008, 1012
"""Close codes: the socket broke a rule, or may reconnect."""
RoomSocket: TypeAlias = WebSocket[Any, Any, Any]
T = TypeVar("T")


def room_socket(host: Host) -> WebsocketRouteHandler:
    """Return the route."""
    connections = Connections(host)

    @websocket(PATH)
    async def handler(socket: RoomSocket) -> None:
        """Serve one browser until it disconnects.

        Nothing is read of a stranger: the server keeps a message in memory until it is whole, whatever its length.
        """
        if not (_is_ours(socket) and await _has_ticket(host, connections, socket)):
            await socket.close(POLICY)
            return
        await socket.accept(PROTOCOL)
        with suppress(WebSocketDisconnect):
            try:
                await _serve(host, connections, socket)
            except (NotUnderstood, TimeoutError):
                await socket.close(POLICY)
            except BudkavleError as error:
                host.log.warning("meetings.socket-ended", error=type(error).__name__)
                await socket.close(AGAIN)

    return handler


def _is_ours(socket: RoomSocket) -> bool:
    """Tell whether the request comes from one of our own pages, by its origin."""
    origin = socket.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == socket.headers.get("host")


async def _has_ticket(host: Host, connections: Connections, socket: RoomSocket) -> bool:
    """Tell whether the page has shown a ticket of ours; the hello decides what it is good for."""
    named = socket.scope["subprotocols"]
    if len(named) != 2 or named[0] != PROTOCOL or len(named[1]) > LONGEST_TICKET:
        return False
    return await to_thread.run_sync(tickets.is_ours, host, named[1], limiter=connections.limiter)


async def _serve(host: Host, connections: Connections, socket: RoomSocket) -> None:
    hello = read(await asyncio.wait_for(socket.receive_data("text"), HELLO_SECONDS))
    if not isinstance(hello, Hello):
        raise NotUnderstood
    try:
        entry = await to_thread.run_sync(partial(_enter, host, hello), limiter=connections.limiter)
    except tickets.NoTicket:
        entry = Why.STRANGER
    if isinstance(entry, Why):
        await socket.send_data(msgspec.json.encode({"t": "out", "why": entry}), "text")
        await socket.close()
        return
    seat, result, welcome = entry
    connection = Connection(seat, result.place, result.seen, hello.chat)
    connection.send(welcome)
    writer = asyncio.create_task(_write(socket, connection))
    connections.add(connection)
    try:
        await Listening(host, connections, connection).run(socket)
    finally:
        connections.drop(connection)
        writer.cancel()
        if not connection.has_left:
            with suppress(BudkavleError):
                await to_thread.run_sync(seats.unlink, host, seat, limiter=connections.limiter)


def _enter(host: Host, hello: Hello) -> "tuple[Seat, Taken, dict[str, object]] | Why":
    """Identify the participant, and take a seat."""
    ticket = tickets.read(host, hello.ticket)
    seat = Seat(ticket.organisation_id, ticket.meeting_id, ticket.participant_id, hello.seat, hello.instance)
    with host.work(host.system(ticket.organisation_id)) as work:
        people = gathering(host, work, ticket.meeting_id)
        settings = read_settings(work, RoomSettings)
    if people is None:
        return Why.ENDED
    person = people.person(ticket.participant_id)
    if person is None:
        return Why.REMOVED
    result = seats.take_seat(host, seat, person, hello)
    if isinstance(result, Why):
        return result
    welcome: dict[str, object] = {
        "t": "in",
        "last": result.seen,
        "ice": ice_servers(settings.addresses.split(), settings.secret, seat.id),
        "relay": settings.only,
    }
    return seat, result, welcome


async def _write(socket: RoomSocket, connection: Connection) -> None:
    """Send queued messages to the browser."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while (packed := await connection.outbox.get()) is not None:
            await socket.send_data(packed.decode(), "text")
        await socket.close(AGAIN)


class Listening:
    """Carries out the messages from the browser of one seat.

    Args:
        host: The plugin's host.
        connections: The connections of this process.
        connection: The connection of the browser.
    """

    def __init__(self, host: Host, connections: Connections, connection: Connection) -> None:
        self._host = host
        self._connections = connections
        self._connection = connection
        self._seat = connection.seat
        self._allowance = Allowance()

    async def run(self, socket: RoomSocket) -> None:
        """Listen until the browser disconnects or the participant leaves.

        Raises:
            NotUnderstood: A message that our pages never send, or too many messages.
        """
        while not self._connection.is_over:
            message = read(await socket.receive_data("text"))
            if not self._allowance.take():
                raise NotUnderstood
            self._connection.heard()
            if isinstance(message, Alive):
                continue
            if isinstance(message, Hello):
                raise NotUnderstood
            with suppress(NotFound, Conflict):  # somebody else was first; the room shows the result
                await self._in_thread(partial(self._do, message))
            self._connection.send({"t": "ack", "m": message.m})
            if isinstance(message, Leave):
                self._connection.has_left = True
                return

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await to_thread.run_sync(call, limiter=self._connections.limiter)

    def _do(self, said: Said) -> None:
        match said:
            case Signal():
                self._signal(said)
            case Tell(state=state):
                seats.tell_state(self._host, self._seat, state)
            case Line():
                chat.add_line(self._host, self._seat, said, kept=self._gathering().keeps_chat)
            case Leave():
                seats.leave(self._host, self._seat)
                self._note_going()
            case Lock(on=on):
                self._as_host()
                seats.lock(self._host, self._seat, on=on)
            case Mute(to=to):
                self._as_host()
                self._send(to, {"t": "mute"})
            case Decide():
                self._decide(said)
            case _:
                raise NotUnderstood

    def _note_going(self) -> None:
        """Record in the logs and on the meeting's page that the participant has left."""
        with self._host.work(self._host.system(self._seat.organisation_id, ActorScope.READ)) as work:
            people = gathering(self._host, work, self._seat.meeting_id)
            if people is not None:
                step_out(
                    self._host, work, people.meeting, find_participant(self._host, work, self._seat.participant_id)
                )

    def _signal(self, said: Signal) -> None:
        content = {
            "t": "signal",
            "from": self._seat.id,
            "instance": self._seat.instance,
            "place": self._connection.place,
            "meant": said.meant,
            "description": said.description,
            "candidates": said.candidates,
        }
        self._send(said.to, content)

    def _send(self, recipient: UUID, content: dict[str, object]) -> None:
        seats.send_signal(self._host, self._seat, recipient, msgspec.json.encode(content))

    def _decide(self, said: Decide) -> None:
        people = self._as_host()
        with self._host.work(self._actor(people)) as work:
            decide(self._host, work, people.meeting, said.participant, admit=said.what == "admit")
        if said.what == "remove":
            seats.remove(self._host, self._seat, said.participant)
        else:
            with self._host.transaction(self._seat.organisation_id) as connection:
                seats.wake(connection, self._seat.organisation_id, self._seat.meeting_id)

    def _actor(self, people: Gathering) -> Actor:
        """Return the plugin as an actor, named after the host; the event log never has an invited person's name."""
        person = people.person(self._seat.participant_id)
        name = person.name if person and person.is_host else ""
        return self._host.system(self._seat.organisation_id, ActorScope.READ, name=name)

    def _gathering(self) -> Gathering:
        """Return the meeting as it is now.

        Raises:
            NotFound: It is over, or the participant is no longer admitted.
        """
        with self._host.work(self._host.system(self._seat.organisation_id)) as work:
            people = gathering(self._host, work, self._seat.meeting_id)
        if people is None or people.person(self._seat.participant_id) is None:
            raise NotFound("Mötet är slut.")
        return people

    def _as_host(self) -> Gathering:
        """Return the meeting if the participant is still a host.

        Raises:
            NotUnderstood: They are not, so no page of theirs sends this.
        """
        people = self._gathering()
        person = people.person(self._seat.participant_id)
        if person is None or not person.is_host:
            raise NotUnderstood
        return people
