"""What hosts do: join, admit, refuse. Every member of the mailbox is a host."""

from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Host, NotFound, Work
from budkavle.web import Form, Visitor
from budkavle_meetings.booking.meetings import Meeting, read_meeting
from budkavle_meetings.booking.participants import NO_PARTICIPANT, Participant, find_participant, host_participant
from budkavle_meetings.booking.wording import PATH
from budkavle_meetings.lobby.arrivals import enter_as_host, let_in, turn_away
from budkavle_meetings.lobby.leading import lead_into
from budkavle_meetings.providers.registry import find_provider

MEETING = f"{PATH}/{{meeting_id:uuid}}"
PERSON = f"{MEETING}/participants/{{participant_id:uuid}}"


def handlers(host: Host) -> list[HTTPRouteHandler]:
    """Return the routes."""

    @post(f"{MEETING}/join", sync_to_thread=True, status_code=200)
    def join(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        meeting_id: FromPath[UUID],
    ) -> Response[Any]:
        """Let a member of the mailbox into the room, at most five minutes before the start."""
        with visitor.work() as work:
            meeting = read_meeting(host, work, meeting_id)
            participant = enter_as_host(host, work, meeting, host_participant(host, work, meeting))
        room = find_provider(host, meeting.kind).open_room(meeting, participant)
        return lead_into(visitor.request, room, visitor.language)

    @post(f"{PERSON}/admit", sync_to_thread=True)
    def admit(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        meeting_id: FromPath[UUID],
        participant_id: FromPath[UUID],
    ) -> Response[Any]:
        """Admit somebody from the lobby."""
        with visitor.work() as work:
            meeting, person = _person(host, work, meeting_id, participant_id)
            let_in(host, work, meeting, person)
        return _back(form, meeting_id, "admitted")

    @post(f"{PERSON}/refuse", sync_to_thread=True)
    def refuse(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        meeting_id: FromPath[UUID],
        participant_id: FromPath[UUID],
    ) -> Response[Any]:
        """Refuse somebody in the lobby, or remove somebody from the meeting."""
        with visitor.work() as work:
            meeting, person = _person(host, work, meeting_id, participant_id)
            turn_away(host, work, meeting, person)
        return _back(form, meeting_id, "refused")

    return [join, admit, refuse]


def _person(host: Host, work: Work, meeting_id: UUID, participant_id: UUID) -> tuple[Meeting, Participant]:
    """Return one of the actor's meetings and a person invited to it.

    Raises:
        NotFound: The meeting is not the actor's, or the person is not invited to it.
    """
    meeting, person = read_meeting(host, work, meeting_id), find_participant(host, work, participant_id)
    if person.meeting_id != meeting.id or person.is_host:
        raise NotFound(NO_PARTICIPANT)
    return meeting, person


def _back(form: Form, meeting_id: UUID, said: str) -> Response[Any]:
    """Redirect to the page that the form was on: the meeting's or the room's."""
    place = "/room" if form.get("from") == "room" else f"?said={said}"
    return Redirect(f"{PATH}/{meeting_id}{place}", status_code=303)
