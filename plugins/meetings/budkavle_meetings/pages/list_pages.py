"""The list Möten, and the page of a meeting with its lobby."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from budkavle import Host
from budkavle.accounts import find_mailbox, read_settings
from budkavle.web import Visitor, plugin_page
from budkavle_meetings.booking.lists import SHOWN, list_meetings
from budkavle_meetings.booking.meetings import Meeting, read_meeting
from budkavle_meetings.booking.participants import Admission, Participant, list_participants
from budkavle_meetings.booking.times import Occurrence, SeriesTime, may_join, next_time, occurrences, series_times
from budkavle_meetings.booking.wording import N_, PATH, clock, spoken_series, spoken_time
from budkavle_meetings.lobby.attendance import Visit, list_visits
from budkavle_meetings.pages.time_pages import time_url
from budkavle_meetings.providers.registry import meeting_providers
from budkavle_meetings.room.chat import ChatLine
from budkavle_meetings.settings import MeetingSettings

SAID = {
    "booked": "Mötet är bokat, och inbjudningarna är på väg.",
    "changed": "Mötet är ändrat, och alla som är inbjudna får veta det.",
    "cancelled": "Mötet är inställt, och alla som var inbjudna får veta det.",
    "time-changed": "Tiden är ändrad, och alla som är inbjudna får veta det.",
    "time-cancelled": "Tiden är inställd, och alla som är inbjudna får veta det.",
    "asked": "Skickat för godkännande. Det görs när en kollega har godkänt det.",
    "admitted": "Deltagaren är insläppt.",
    "refused": "Deltagaren släpps inte in.",
}
STATES = {
    Admission.INVITED: (N_("Inbjuden"), "plain"),
    Admission.WAITING: ("Väntar i lobbyn", "wait"),
    Admission.ADMITTED: ("I mötet", "ok"),
    Admission.REFUSED: ("Inte insläppt", "bad"),
    Admission.LEFT: ("Har gått", "plain"),
}


@dataclass(frozen=True, slots=True)
class _Pages:
    """The paging below the list, as the macro `pages` expects it."""

    first: int
    last: int
    total: int
    previous_url: str | None
    next_url: str | None


def handlers(host: Host) -> list[HTTPRouteHandler]:
    """Return the routes."""

    @get(PATH, sync_to_thread=True)
    def show_all(
        visitor: NamedDependency[Visitor],
        show: FromQuery[str] = "",
        mailbox: FromQuery[UUID | None] = None,
        page: FromQuery[int] = 1,
    ) -> Response[str]:
        """Show the coming meetings, or the past ones."""
        return _list_page(host, visitor, past=show == "past", mailbox_id=mailbox, page=min(max(page, 1), 10_000))

    @get(f"{PATH}/{{meeting_id:uuid}}", sync_to_thread=True)
    def show_meeting(
        visitor: NamedDependency[Visitor], meeting_id: FromPath[UUID], said: FromQuery[str] = ""
    ) -> Response[str]:
        """Show a meeting: its time, who is invited, who waits and who is in it."""
        return _meeting_page(host, visitor, meeting_id, said)

    @get(f"{PATH}/{{meeting_id:uuid}}/lobby", sync_to_thread=True)
    def show_lobby(visitor: NamedDependency[Visitor], meeting_id: FromPath[UUID]) -> Response[str]:
        """Show who waits now; fetched by an open page of the meeting."""
        return _meeting_page(host, visitor, meeting_id, "", template="meetings/lobby.html")

    return [show_all, show_meeting, show_lobby]


def _list_page(host: Host, visitor: Visitor, *, past: bool, mailbox_id: UUID | None, page: int) -> Response[str]:
    now = datetime.now(UTC)
    with visitor.work() as work:
        listed = list_meetings(host, work, past=past, page=page, mailbox_id=mailbox_id)
        settings = read_settings(work, MeetingSettings)
    kinds = {name: visitor.say(provider.title) for name, provider in meeting_providers(host).items()}
    rows = [_row(visitor, meeting, settings, now, kinds) for meeting in listed.meetings]
    base = f"{PATH}?{'show=past&' if past else ''}{f'mailbox={mailbox_id}&' if mailbox_id else ''}page="
    last = listed.first + len(rows) - 1
    context = {
        "rows": rows,
        "past": past,
        "path": PATH,
        "paging": _Pages(
            listed.first if rows else 0,
            last if rows else 0,
            listed.total,
            f"{base}{page - 1}" if page > 1 else None,
            f"{base}{page + 1}" if last < listed.total else None,
        ),
        "shown": SHOWN,
    }
    return plugin_page(visitor, "meetings/meetings.html", context, folder="meetings")


def _row(
    visitor: Visitor, meeting: Meeting, settings: MeetingSettings, now: datetime, kinds: dict[str, str]
) -> dict[str, Any]:
    time = _time(meeting, settings, now)
    joinable = meeting.is_held and may_join(meeting.schedule, now, settings.open_after) is not None
    return {
        "url": f"{PATH}/{meeting.id}",
        "subject": meeting.text.subject if visitor.actor.may_read_at(meeting.text.loa) else _masked(visitor, meeting),
        "time": spoken_time(time, visitor.language),
        "starts_at": time.starts_at,
        "opens": clock(time.opens_at, visitor.language),
        "series": spoken_series(visitor.say, meeting.schedule, visitor.language),
        "kind": kinds.get(meeting.kind, meeting.kind),
        "organiser": meeting.text.organiser,
        "joinable": joinable,
        "cancelled": meeting.is_cancelled,
        "waits": not meeting.is_booked,
        "failed": meeting.has_failed,
    }


def _masked(visitor: Visitor, meeting: Meeting) -> str:
    """Return what stands in the place of a subject that needs a stronger identification, as in the list of cases."""
    return visitor.say("Tillitsnivå {loa}: legitimera dig för att läsa", loa=meeting.text.loa)


def _time(meeting: Meeting, settings: MeetingSettings, now: datetime) -> Occurrence:
    """Return the time of a meeting to show: the open one, otherwise the next, otherwise the last."""
    return next_time(meeting.schedule, now, settings.open_after) or occurrences(meeting.schedule)[-1]


def _meeting_page(
    host: Host, visitor: Visitor, meeting_id: UUID, said: str, template: str = "meetings/meeting.html"
) -> Response[str]:
    now = datetime.now(UTC)
    with visitor.work() as work:
        meeting = read_meeting(host, work, meeting_id)
        people = list_participants(host, work, meeting.id)
        visits = list_visits(host, work, meeting.id)
        settings = read_settings(work, MeetingSettings)
        mailbox = find_mailbox(work, meeting.mailbox_id).mailbox
    kinds = {name: visitor.say(provider.title) for name, provider in meeting_providers(host).items()}
    time = may_join(meeting.schedule, now, settings.open_after)
    open_at = time.starts_at if time and meeting.is_held else None
    context = {
        **_row(visitor, meeting, settings, now, kinds),
        "meeting": meeting,
        "mailbox": mailbox,
        "case_url": f"/c/{meeting.case_id}" if meeting.case_id else "",
        "waiting": [person_row(visitor, one) for one in people if _state(one, open_at) is Admission.WAITING],
        "people": [_told(visitor, meeting, person_row(visitor, one, open_at)) for one in people],
        "visits": visit_rows(people, visits),
        "times": time_rows(visitor, meeting, now),
        "request": _request_notice(visitor, meeting),
        "request_url": f"/approvals/{meeting.request_id}" if meeting.request_id else "",
        "said": visitor.say(SAID[said]) if said in SAID else "",
        "list_url": PATH,
    }
    return plugin_page(visitor, template, context, mailbox_id=meeting.mailbox_id, folder="meetings")


def _request_notice(visitor: Visitor, meeting: Meeting) -> tuple[str, str, str] | None:
    """Return the notice about an approval request as text, style and title; None if there is no request."""
    if meeting.request_id is None:
        return None
    if meeting.is_booked and meeting.has_failed:
        title, text = "Ändringen kunde inte genomföras", "Mötet gäller som det står här. Skälet står i begäran."
    elif meeting.is_booked:
        title, text = "En ändring väntar på godkännande", "Tills dess gäller mötet som det står här."
    elif meeting.has_failed:
        title, text = "Bokningen kunde inte genomföras", "Ingen inbjudan har skickats. Skälet står i begäran."
    elif meeting.is_cancelled:
        title, text = "Bokningen godkändes inte", "Ingen inbjudan har skickats."
    else:
        title, text = "Bokningen väntar på godkännande", "Ingen inbjudan har skickats."
    is_bad = meeting.has_failed or meeting.is_cancelled
    return visitor.say(text), "bad" if is_bad else "wait", visitor.say(title)


def time_rows(visitor: Visitor, meeting: Meeting, now: datetime) -> list[dict[str, Any]]:
    """Return the times of a series, each with its changes; an empty list if the meeting is held once."""
    if not meeting.schedule.recurrence:
        return []
    return [_time_row(visitor, meeting, time, now) for time in series_times(meeting.schedule)]


def _time_row(visitor: Visitor, meeting: Meeting, time: SeriesTime, now: datetime) -> dict[str, Any]:
    held = time.held or time.rule
    is_over = held.ends_at < now
    may_change = (
        meeting.is_held and time.held is not None and not is_over and (meeting.request_id is None or meeting.has_failed)
    )
    return {
        "time": spoken_time(held, visitor.language),
        "starts_at": held.starts_at,
        "rule": spoken_time(time.rule, visitor.language) if time.is_moved else "",
        "cancelled": time.held is None,
        "is_over": is_over,
        "url": time_url(meeting, time) if may_change else "",
    }


def _state(one: Participant, open_at: datetime | None) -> Admission:
    """Return the state of a participant for the open time; before and after it they count as invited."""
    return one.state if open_at is not None and one.occurrence_at == open_at else Admission.INVITED


def person_row(visitor: Visitor, one: Participant, open_at: datetime | None = None) -> dict[str, Any]:
    """Return how a participant is shown: the verified name, the identification method, and their state."""
    text, kind = STATES[_state(one, open_at)]
    identity = one.identity
    by = visitor.say("Mötets värd") if one.is_host else ""
    if identity and not one.is_host:
        by = visitor.say(
            "Legitimerad med {method}, tillitsnivå {loa}", method=visitor.say(identity.method), loa=identity.loa
        )
    return {
        "id": one.id,
        "name": one.name,
        "email": one.invitee.email,
        "by": by,
        "initials": "".join(word[0] for word in one.name.split()[:2]).upper(),
        "state": visitor.say(text),
        "state_kind": kind,
        "is_host": one.is_host,
        "is_in": _state(one, open_at) is Admission.ADMITTED,
    }


def _told(visitor: Visitor, meeting: Meeting, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a participant; they are not invited while a booking waits, or if it was not carried out."""
    return row if meeting.is_booked else {**row, "state": visitor.say("Inte inbjuden"), "state_kind": "plain"}


def chat_rows(people: list[Participant], lines: list[ChatLine]) -> list[dict[str, Any]]:
    """Return the stored chat of a meeting."""
    names = {one.id: one.name for one in people}
    return [{"name": names.get(line.participant_id, ""), "at": line.at, "text": line.text} for line in lines]


def visit_rows(people: list[Participant], visits: list[Visit]) -> list[dict[str, Any]]:
    """Return who joined and left, and when."""
    by_id = {one.id: one for one in people}
    return [
        {"name": by_id[visit.participant_id].name, "came_at": visit.came_at, "left_at": visit.left_at}
        for visit in visits
        if visit.participant_id in by_id
    ]
