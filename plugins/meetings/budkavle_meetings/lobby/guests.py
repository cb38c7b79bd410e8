"""The routes of invited people: the waiting page, identification, the lobby, and entering the room.

GET changes nothing, because mail scanners open every address they see. The address itself is a secret, so the
pages send no referrer.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import ActorScope, BudkavleError, Conflict, Forbidden, Host, Sentence
from budkavle.identification import Limit, within_limit
from budkavle.web import Form, Guest, WebRequest, dismiss_guest, identify_guest
from budkavle_meetings.booking.participants import Admission
from budkavle_meetings.booking.wording import PATH
from budkavle_meetings.lobby.admission import admitted
from budkavle_meetings.lobby.arrivals import go, knock
from budkavle_meetings.lobby.attendance import note_coming
from budkavle_meetings.lobby.doors import Door, NoMeeting, find_door, from_us, private, way_of
from budkavle_meetings.lobby.leading import lead_into
from budkavle_meetings.lobby.waiting_page import WaitingPage
from budkavle_meetings.providers.registry import find_provider

LINK = f"{PATH}/join/{{token:str}}"
FOREIGN = {"foreign_callers": True}
"""Our pages send no referrer, so older browsers send `null` as the origin of their forms; see `from_us`."""
KNOCKS = Limit(30, timedelta(minutes=10))
"""For one link, because each is logged."""
LOG = (ActorScope.READ,)
"""The scopes needed to write in the log of a case."""
IDENTIFY_FIRST = "Visa först vem du är, så kan du ansluta."


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Somebody who has identified for a link in this browser."""

    door: Door
    guest: Guest


def router(host: Host) -> Router:
    """Return the routes of the links."""
    pages = WaitingPage(host)
    handlers = [*_before(host, pages), *_inside(host, pages)]
    return Router("", route_handlers=handlers, exception_handlers={NoMeeting: pages.none})


def _before(host: Host, pages: WaitingPage) -> list[HTTPRouteHandler]:
    @get(LINK, sync_to_thread=True)
    def show(request: WebRequest, token: FromPath[str], guest: NamedDependency[Guest | None]) -> Response[Any]:
        """Show the waiting page."""
        return pages.show(request, find_door(host, request, token), guest)

    @get(f"{LINK}/state", sync_to_thread=True)
    def state(
        request: WebRequest, token: FromPath[str], guest: NamedDependency[Guest | None]
    ) -> Response[dict[str, Any]]:
        """Return the participant's state for the page's script, with nothing about the meeting."""
        door = find_door(host, request, token)
        admission = door.state.value if door.is_for(guest) else Admission.INVITED.value
        answer = {"state": admission, "open": door.is_open, "over": door.is_over}
        return private(Response({**answer, "cancelled": door.meeting.is_cancelled}))

    @post(f"{LINK}/identify", sync_to_thread=True, status_code=200, opt=FOREIGN)
    def identify(request: WebRequest, token: FromPath[str]) -> Response[Any]:
        """Start identification with the method that the organiser has chosen."""
        from_us(request)
        door = find_door(host, request, token)
        way = way_of(host, door)
        if way is None or door.meeting.is_cancelled or door.is_over:
            raise Forbidden("Det går inte att legitimera sig för mötet nu. Kontakta den som bjöd in dig.")
        loa, hints = door.participant.loa, pages.hints(request, door)
        return private(identify_guest(request, way.name, door.of, loa=loa, return_to=door.path, hints=hints))

    @get([f"{LINK}/{place}" for place in ("identify", "knock", "enter", "leave")], sync_to_thread=False)
    def back(token: FromPath[str]) -> Response[Any]:
        """Redirect a visitor who returns to the address of a form to the link's own page."""
        return private(Redirect(f"{PATH}/join/{quote(token, safe='')}", status_code=303))

    return [show, state, identify, back]


def _inside(host: Host, pages: WaitingPage) -> list[HTTPRouteHandler]:
    options: dict[str, Any] = {"dependencies": {"arrival": _arrival(host)}, "opt": FOREIGN}

    @post(f"{LINK}/knock", sync_to_thread=True, status_code=200, **options)
    def ask(request: WebRequest, arrival: NamedDependency[_Arrival]) -> Response[Any]:
        """Wait in the lobby."""
        door, guest = arrival.door, arrival.guest
        if not within_limit(host.platform, KNOCKS, "meeting-knock", str(door.participant.id)):
            return pages.show(request, door, guest, said="Vänta en stund och försök igen.", status=429)
        try:
            with host.work(host.system(door.participant.organisation_id, *LOG)) as work:
                knock(host, work, door.meeting, door.participant, door.identity(guest))
        except Conflict as error:
            return pages.show(request, door, guest, said=error.sentence, status=409)
        return private(Redirect(door.path, status_code=303))

    @post(f"{LINK}/enter", sync_to_thread=True, status_code=200, **options)
    def enter(request: WebRequest, arrival: NamedDependency[_Arrival]) -> Response[Any]:
        """Lead an admitted participant into the room; its address is created now and shown to nobody else."""
        door = arrival.door
        with host.work(host.system(door.participant.organisation_id)) as work:
            is_in = admitted(host, work, door.meeting, door.participant)
            if is_in:
                note_coming(host, work, door.participant)  # in case they had left the room meanwhile
        if not is_in:
            return private(Redirect(door.path, status_code=303))
        try:
            room = find_provider(host, door.meeting.kind).open_room(door.meeting, door.participant)
        except BudkavleError as error:
            said = Sentence("Mötesrummet går inte att öppna just nu. {why}", why=error.sentence)
            return pages.show(request, door, arrival.guest, said=said, status=error.status)
        return private(lead_into(request, room, door.participant.language))

    @post(f"{LINK}/leave", sync_to_thread=True, status_code=200, **options)
    def leave(request: WebRequest, arrival: NamedDependency[_Arrival]) -> Response[Any]:
        """Record that somebody has left, and end their session in this browser."""
        door = arrival.door
        with host.work(host.system(door.participant.organisation_id, *LOG)) as work:
            go(host, work, door.meeting, door.participant)
        return private(dismiss_guest(request, Redirect(door.path, status_code=303)))

    return [ask, enter, leave]


def _arrival(host: Host) -> Provide:
    """Return a dependency that finds the link of a guest who has identified for it, and refuses others."""

    def find(
        request: WebRequest,
        token: FromPath[str],
        guest: NamedDependency[Guest | None],
        guest_form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
    ) -> _Arrival:
        from_us(request)
        door = find_door(host, request, token)
        if guest is None or not door.is_for(guest):
            raise Forbidden(IDENTIFY_FIRST)
        return _Arrival(door, guest)

    return Provide(find, sync_to_thread=True)
