"""The link of an invited person: what it leads to, and who has identified for it in this browser."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Response

from budkavle import BudkavleError, Forbidden, Host, IdentityProvider, Loa, NotFound, Organisation
from budkavle.accounts import find_organisation, read_settings
from budkavle.identification import Limit, within_limit
from budkavle.web import Guest, GuestOf, WebRequest, guest_methods
from budkavle_meetings.booking.meetings import Meeting, load_meeting
from budkavle_meetings.booking.participants import Admission, Participant, VerifiedIdentity, find_by_token
from budkavle_meetings.booking.times import Occurrence, may_join, next_time, occurrences
from budkavle_meetings.booking.wording import PATH
from budkavle_meetings.settings import MeetingSettings

UNKNOWN = Limit(60, timedelta(minutes=15))
"""Wrong addresses that one network address may try before it must wait; valid links always open."""


class NoMeeting(BudkavleError):
    """The link leads to no meeting; the page says so politely."""

    slug, title, status = "no-meeting", "Mötet finns inte", 404

    def __init__(self, *, is_guessing: bool = False) -> None:
        """Record whether this network address has tried too many wrong addresses."""
        super().__init__("Länken leder inte till något möte.")
        self.is_guessing = is_guessing


@dataclass(frozen=True, slots=True)
class Door:
    """A link, and what may be shown about its meeting.

    Attributes:
        time: The time of the meeting to show: the open one, otherwise the next, otherwise the last.
        is_open: Whether it may be joined now.
        is_over: Whether all its times are over.
    """

    organisation: Organisation
    meeting: Meeting
    participant: Participant
    time: Occurrence
    now: datetime
    is_open: bool
    is_over: bool

    @property
    def path(self) -> str:
        """The link's own path; all its routes are below it."""
        return f"{PATH}/join/{self.participant.invitee.token}"

    @property
    def of(self) -> GuestOf:
        """What the guest session is for."""
        return GuestOf(self.participant.organisation_id, f"meeting:{self.participant.id}")

    def is_for(self, guest: Guest | None) -> bool:
        """Tell whether this browser's guest has identified for this link, with the required method and level."""
        return (
            guest is not None
            and (guest.organisation_id, guest.ref) == (self.of.organisation_id, self.of.ref)
            and guest.provider == self.participant.method
            and guest.loa.meets(self.participant.loa)
        )

    def identity(self, guest: Guest) -> VerifiedIdentity:
        """Return the identity of a guest. If the method gives no name, the organiser's name for them is used."""
        name = guest.name or self.participant.invitee.name or self.participant.invitee.email
        return VerifiedIdentity(name, guest.method, int(guest.loa))

    @property
    def state(self) -> Admission:
        """The participant's state at the time that is shown."""
        is_current = self.is_open and self.participant.occurrence_at == self.time.starts_at
        return self.participant.state if is_current else Admission.INVITED

    @property
    def seconds_left(self) -> int:
        """Seconds until the meeting opens, by the server's clock."""
        return max(0, -int((self.now - self.time.opens_at).total_seconds() // 1))


def find_door(host: Host, request: WebRequest, token: str, now: datetime | None = None) -> Door:
    """Return the link that a token belongs to.

    Raises:
        NoMeeting: The token is not valid.
    """
    participant = find_by_token(host, token)
    if participant is None:
        address = request.client.host if request.client else ""
        raise NoMeeting(is_guessing=not within_limit(host.platform, UNKNOWN, "meeting-link", address))
    at = now or datetime.now(UTC)
    try:
        with host.work(host.system(participant.organisation_id)) as work:
            organisation = find_organisation(work)
            meeting = load_meeting(host, work, participant.meeting_id)
            open_after = read_settings(work, MeetingSettings).open_after
    except NotFound as error:
        raise NoMeeting from error
    following = next_time(meeting.schedule, at, open_after)
    is_open = meeting.is_held and may_join(meeting.schedule, at, open_after) is not None
    time = following or occurrences(meeting.schedule)[-1]
    return Door(organisation, meeting, participant, time, at, is_open, following is None)


def way_of(host: Host, door: Door) -> IdentityProvider | None:
    """Return the participant's identity provider; None if it no longer exists or is switched off."""
    with host.work(host.system(door.participant.organisation_id)) as work:
        ways = {way.name: way for way in guest_methods(work, Loa.ONE)}
    return ways.get(door.participant.method)


def from_us(request: WebRequest) -> None:
    """Refuse a form that another site's page has sent.

    Browsers without Fetch Metadata send `null` as the origin from a page without referrer. Then the secret in the
    address, which no other site has, must be enough.

    Raises:
        Forbidden: It comes from another site.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
    ours = site == "same-origin" if site else origin == "null" or urlsplit(origin).netloc == request.headers.get("host")
    if not ours:
        raise Forbidden("Formuläret kom från en annan webbplats. Öppna länken på nytt och försök igen.")


def private(answer: Response[Any]) -> Response[Any]:
    """Keep the page's secret address from being sent to other sites."""
    answer.headers["referrer-policy"] = "no-referrer"
    answer.headers["x-robots-tag"] = "noindex, nofollow"
    return answer
