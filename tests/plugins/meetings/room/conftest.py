"""An open meeting with people in it, and browsers that only use the socket."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient

from budkavle import Host
from budkavle.testing import SampleOrganisation, SampleUser, in_work, system_actor
from budkavle.web.app import create_app
from budkavle_meetings.booking.meetings import Meeting, NewMeeting, create_meeting
from budkavle_meetings.booking.participants import (
    Invitee,
    NewParticipant,
    Participant,
    VerifiedIdentity,
    host_participant,
    invite_participant,
)
from budkavle_meetings.booking.times import Schedule
from budkavle_meetings.lobby.admission import admit, wait_in_lobby
from budkavle_meetings.room import tickets
from budkavle_meetings.room.socket import PATH, PROTOCOL
from budkavle_meetings.room.tickets import Ticket

STATE = {"mic": True, "camera": True, "hand": False, "screen": ""}


@dataclass
class Talker:
    """A browser that only uses the socket."""

    ticket: str
    seat: UUID = field(default_factory=uuid4)
    instance: UUID = field(default_factory=uuid4)
    participant: Participant | None = None
    socket: Any = None
    last: int | None = None

    def hello(self, **more: Any) -> dict[str, Any]:
        hello = {"t": "hello", "ticket": self.ticket, "seat": str(self.seat), "instance": str(self.instance)}
        return {**hello, "state": STATE, "last": self.last, **more}

    def say(self, kind: str, **more: Any) -> None:
        more = {"key": uuid4(), **more} if kind == "chat" else more
        self.socket.send_text(json.dumps({"t": kind, **more}, default=str))

    def hear(self, kind: str, **like: Any) -> dict[str, Any]:
        """Wait for a message of a kind with these fields; other messages are ignored."""
        for _ in range(60):
            message: dict[str, Any] = json.loads(self.socket.receive_text(timeout=10))
            if message.get("n"):
                self.last = message["n"]
            if message["t"] == kind and all(message.get(name) == value for name, value in like.items()):
                return message
        raise AssertionError(f"nothing of {kind} {like}")

    def sees(self, *names: str) -> dict[str, Any]:
        """Wait until exactly these people are in the room."""
        for _ in range(60):
            room = self.hear("room")
            if sorted(one["name"] for one in room["people"]) == sorted(names):
                return room
        raise AssertionError(f"never {names}")


@dataclass
class OpenRoom:
    """A meeting whose room is open."""

    host: Host
    organisation: SampleOrganisation
    leader: SampleUser
    meeting: Meeting
    client: TestClient[Any]
    stack: ExitStack

    def do(self, function: Callable[..., Any], *arguments: Any, by: SampleUser | None = None) -> Any:
        actor = by or system_actor(self.organisation.id)
        return in_work(self.organisation.platform, actor, lambda work: function(self.host, work, *arguments))

    def ticket(self, participant: Participant, meeting: Meeting | None = None) -> str:
        until = datetime.now(UTC) + timedelta(hours=1)
        return tickets.make(
            self.host, Ticket(self.organisation.id, (meeting or self.meeting).id, participant.id, until)
        )

    def lead(self) -> Talker:
        """Let the host join."""
        participant = self.do(admit, self.meeting, self.do(host_participant, self.meeting, by=self.leader))
        return self.connect(Talker(self.ticket(participant), participant=participant))

    def waits(self, name: str) -> Participant:
        invitee = Invitee(f"{name.lower()}@exempel.example", name)
        participant = self.do(invite_participant, self.meeting, NewParticipant(invitee), by=self.leader)
        waiting: Participant = self.do(wait_in_lobby, self.meeting, participant, VerifiedIdentity(name, "BankID", 3))
        return waiting

    def guest(self, name: str) -> Talker:
        """Invite and admit a person."""
        participant = self.do(admit, self.meeting, self.waits(name))
        return self.connect(Talker(self.ticket(participant), participant=participant))

    def dial(self, ticket: str = "", origin: str | None = None) -> Any:
        headers = {} if origin == "" else {"origin": origin or self.organisation.platform.settings.base_url}
        shown = [PROTOCOL, ticket] if ticket else []
        return self.stack.enter_context(self.client.websocket_connect(PATH, headers=headers, subprotocols=shown))

    def connect(self, talker: Talker, **more: Any) -> Talker:
        """Take a seat, or take it again."""
        talker.socket = self.dial(talker.ticket)
        talker.socket.send_text(json.dumps(talker.hello(**more)))
        return talker


@pytest.fixture
def room(host: Host, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: Any) -> Iterator[OpenRoom]:
    start = datetime.now(UTC) - timedelta(minutes=1)
    new = NewMeeting(mailbox.id, "room", "Uppföljning", "", Schedule(start, start + timedelta(hours=1)))
    platform = organisation.platform
    meeting = in_work(platform, case_worker, lambda work: create_meeting(host, work, new))
    base = platform.settings.base_url
    with TestClient(create_app(platform), base_url=base) as client, ExitStack() as stack:
        yield OpenRoom(host, organisation, case_worker, meeting, client, stack)
