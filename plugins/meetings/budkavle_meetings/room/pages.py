"""The page of the room: below the meeting for members of the mailbox, below the link for invited people."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from babel.dates import format_time
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Host, NotFound
from budkavle.web import Guest, Visitor, WebRequest, guest_page
from budkavle_meetings.booking.meetings import read_meeting
from budkavle_meetings.booking.participants import Participant, find_by_token, host_participant
from budkavle_meetings.booking.times import ZONE
from budkavle_meetings.room import tickets
from budkavle_meetings.room.people import Gathering, gathering
from budkavle_meetings.room.socket import PATH as SOCKET
from budkavle_meetings.room.socket import room_socket
from budkavle_meetings.room.tickets import Ticket
from budkavle_meetings.room.words import words

PATH = "/plugin/meetings"
DEVICES = "camera=(self), display-capture=(self), geolocation=(), microphone=(self)"
"""Browser features that the pages of a meeting may use; no other page may."""


def router(host: Host) -> Router:
    """Return the routes of the room."""

    @get(f"{PATH}/{{meeting_id:uuid}}/room", sync_to_thread=True)
    def host_room(visitor: NamedDependency[Visitor], meeting_id: FromPath[UUID]) -> Response[Any]:
        """Show the room to a member of the meeting's mailbox who has joined."""
        with visitor.work() as work:
            meeting = read_meeting(host, work, meeting_id)
            participant = host_participant(host, work, meeting)
            people = gathering(host, work, meeting.id)
        way_back = f"{PATH}/{meeting_id}"
        if people is None or people.person(participant.id) is None:
            return Redirect(way_back, status_code=303)
        return _room(host, visitor.request, people, participant, way_back, visitor.language)

    @get(f"{PATH}/join/{{token:str}}/room", sync_to_thread=True)
    def guest_room(request: WebRequest, guest: NamedDependency[Guest | None], token: FromPath[str]) -> Response[Any]:
        """Show the room to a guest who has identified and been admitted; others are redirected to the waiting page."""
        participant = find_by_token(host, token)
        if participant is None:
            raise NotFound("Länken leder inte till något möte. Kontrollera att hela adressen kom med.")
        way_back = f"{PATH}/join/{token}"
        with host.work(host.system(participant.organisation_id)) as work:
            people = gathering(host, work, participant.meeting_id)
        if people is None or people.person(participant.id) is None or not _is_who_identified(guest, participant):
            return Redirect(way_back, status_code=303)
        return _room(host, request, people, participant, way_back, participant.language)

    return Router("", route_handlers=[host_room, guest_room, room_socket(host)])


def _is_who_identified(guest: Guest | None, participant: Participant) -> bool:
    """Tell whether the participant has identified in this browser."""
    if guest is None or guest.organisation_id != participant.organisation_id:
        return False
    return guest.ref == f"meeting:{participant.id}"


def _room(
    host: Host, request: WebRequest, people: Gathering, participant: Participant, way_back: str, language: str
) -> Response[str]:
    meeting = people.meeting
    ticket = Ticket(meeting.organisation_id, meeting.id, participant.id, people.closes_at)
    room = {"socket": SOCKET, "ticket": tickets.make(host, ticket), "host": participant.is_host}
    say = _translator(request, language)
    methods = {person.method: say(person.method) for person in (*people.admitted, *people.waiting) if person.method}
    context = {
        "title": meeting.text.subject,
        "room": room,
        "words": {**words(say), "methods": methods},
        "leave_url": way_back,
        "is_host": participant.is_host,
        "keeps_chat": people.keeps_chat,
        "ends": format_time(people.ends_at.astimezone(ZONE), "HH.mm", locale=language),
        "referrer": "no-referrer",
    }
    page = guest_page(request, "meetings/room.html", context, language=language)
    page.headers["permissions-policy"] = DEVICES
    return page


def _translator(request: WebRequest, language: str) -> Callable[[str], str]:
    translate: Callable[[str], str] = request.app.state.pages.environments[language].globals["translate"]
    return translate
