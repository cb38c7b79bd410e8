"""The waiting page: the time, the identity, camera and microphone, and a button that says when the meeting opens."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from budkavle import Host, Sentence
from budkavle.web import Guest, WebRequest, guest_page, reader_language
from budkavle_meetings.booking.participants import Admission
from budkavle_meetings.booking.wording import PATH, clock, host_name, sender, spoken_time
from budkavle_meetings.lobby.doors import Door, NoMeeting, private, way_of

NAMES = {"sv": "Svenska", "en": "English"}
DEVICES = "camera=(self), microphone=(self), display-capture=(), geolocation=()"
CHECK_SECONDS = 5
"""How often the page of a waiting person reloads itself without JavaScript."""
LONGEST_PAUSE = 300


class WaitingPage:
    """Renders the pages of the invitation links.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def hints(self, request: WebRequest, door: Door) -> Mapping[str, str]:
        """Return what the identification method is told about the participant."""
        invitee = door.participant.invitee
        return {
            "email": invitee.email,
            "phone": invitee.phone,
            "personnummer": invitee.personnummer,
            "purpose": Sentence("Anslut till mötet med {organisation}", organisation=door.organisation.name),
            "language": reader_language(request, door.participant.language),
        }

    def show(
        self, request: WebRequest, door: Door, guest: Guest | None, *, said: str = "", status: int = 200
    ) -> Response[Any]:
        """Show the participant's state."""
        language = reader_language(request, door.participant.language)
        identity = door.identity(guest) if guest is not None and door.is_for(guest) else None
        phase = _phase(door, is_identified=identity is not None)
        context = {
            **self._frame(door, language),
            "door": door,
            "phase": phase,
            "identity": identity,
            "method": identity.method if identity else "",
            "way": None if identity else way_of(self._host, door),
            "time": spoken_time(door.time, language),
            "opens": clock(door.time.opens_at, language),
            "seconds_left": door.seconds_left,
            "reload_after": _pause(door, phase),
            "said": said,
            "csrf": guest.csrf if guest and identity else "",
        }
        answer = guest_page(request, "meetings/waiting.html", context, status, language)
        answer.headers["permissions-policy"] = DEVICES
        return private(answer)

    def none(self, request: WebRequest, error: NoMeeting) -> Response[Any]:
        """Say politely that the link leads to no meeting."""
        status = 429 if error.is_guessing else error.status
        context = {"referrer": "no-referrer", "is_guessing": error.is_guessing}
        return private(guest_page(request, "meetings/no_meeting.html", context, status))

    def _frame(self, door: Door, language: str) -> dict[str, Any]:
        with self._host.work(self._host.system(door.participant.organisation_id)) as work:
            shown = sender(work)
        others = [(f"{door.path}?lang={code}", code, name) for code, name in NAMES.items() if code != language]
        return {
            "referrer": "no-referrer",
            "home_url": door.path,
            "languages": others,
            "organisation": shown["name"],
            "host_name": host_name(self._host),
            "path": PATH,
            "sender": shown,
        }


def _phase(door: Door, *, is_identified: bool) -> str:
    """Return what the page shows: `cancelled`, `over`, `early`, `open`, or the participant's state."""
    if door.meeting.is_cancelled:
        return "cancelled"
    if door.is_over:
        return "over"
    if not door.is_open:
        return "early"
    return "open" if not is_identified or door.state is Admission.INVITED else door.state.value


def _pause(door: Door, phase: str) -> int:
    """Return the seconds after which the page reloads itself without JavaScript; 0 if it waits for nothing."""
    if phase == "early":
        return min(max(door.seconds_left + 1, CHECK_SECONDS), LONGEST_PAUSE)
    return CHECK_SECONDS if phase == "waiting" else 0
