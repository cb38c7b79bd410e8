"""What the booking pages show, in the reader's language."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from litestar import Response

from budkavle import BudkavleError, Host
from budkavle.web import Guest, WebRequest, guest_page, reader_language
from budkavle_meetings.appointments.booking import meeting_of
from budkavle_meetings.appointments.form import Typed, ways_of
from budkavle_meetings.appointments.free_times import Page, free_times
from budkavle_meetings.appointments.notices import own_path
from budkavle_meetings.appointments.store import Appointment, State
from budkavle_meetings.booking.meetings import Meeting
from budkavle_meetings.booking.participants import find_participant
from budkavle_meetings.booking.times import ZONE, Occurrence
from budkavle_meetings.booking.wording import clock, host_name, sender, spoken_time
from budkavle_meetings.lobby.doors import private

NAMES = {"sv": "Svenska", "en": "English"}
WEEKS_AHEAD = 5
"""How many weeks are searched for the first free time."""
LAST_WEEK = 53


class Pages:
    """Renders the pages.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def choose(
        self, request: WebRequest, page: Page, typed: Typed, week: int | None = None, status: int = 200
    ) -> Response[Any]:
        """Show the times of a week and the booking form."""
        language = reader_language(request)
        ways = ways_of(self._host, page)
        context = {
            **self._frame(page, page.path, language),
            **self._times(page, week, language),
            "typed": typed,
            "ways": ways,
            "asks_phone": any(way.traits.asserts_phone for way in ways) or page.settings.reminder_by_sms,
            "asks_number": any(way.traits.asserts_personnummer for way in ways),
            "faulty": bool(typed.errors),
        }
        return self._answer(request, "appointment_choose.html", context, status, language)

    def move(
        self, request: WebRequest, page: Page, appointment: Appointment, typed: Typed, week: int | None = None
    ) -> Response[Any]:
        """Show the times that a booking may move to."""
        language = reader_language(request)
        path = own_path(page, appointment)
        context = {
            **self._frame(page, f"{path}/move", language),
            **self._times(page, week, language),
            "own_path": path,
            "time": spoken_time(self._time(page, appointment)[0], language),
            "typed": typed,
            "faulty": bool(typed.errors),
        }
        return self._answer(request, "appointment_move.html", context, 409 if typed.errors else 200, language)

    def own(
        self, request: WebRequest, page: Page, appointment: Appointment, guest: Guest | None, said: str = ""
    ) -> Response[Any]:
        """Show a person's own time: to confirm, booked, or over."""
        language = reader_language(request)
        time, meeting = self._time(page, appointment)
        is_identified = guest is not None and is_for(guest, page, appointment)
        phase = _phase(appointment, time, meeting, is_identified=is_identified)
        context = {
            **self._frame(page, own_path(page, appointment), language),
            "phase": phase,
            "time": spoken_time(time, language),
            "visitor": appointment.visitor,
            "method": guest.method if guest and is_identified else "",
            "csrf": guest.csrf if guest and is_identified else "",
            "held_until": clock(appointment.held_until, language),
            "join": self._join_path(page, appointment) if phase == "booked" else "",
            "said": said,
        }
        return self._answer(request, "appointment_own.html", context, 409 if said else 200, language)

    def _times(self, page: Page, week: int | None, language: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        today = now.astimezone(ZONE).date()
        try:
            first, times = self._week(page, week, today, now)
        except BudkavleError:
            # The calendar does not answer. The reason only concerns the mailbox's administrators, who can test it.
            return {"days": [], "week": week or 0, "earlier": None, "later": None, "unknown": True}
        number = (first - today).days // 7
        furthest = (now + page.settings.furthest).astimezone(ZONE).date()
        days = [
            (
                _capital(format_date(day, "EEEE d MMMM", locale=language)),
                [(at.isoformat(), clock(at, language)) for at in starts],
            )
            for day, starts in times.items()
        ]
        later = number + 1 if first + timedelta(days=7) <= furthest else None
        return {
            "days": days,
            "week": number,
            "earlier": number - 1 if number else None,
            "later": later,
            "unknown": False,
        }

    def _week(self, page: Page, week: int | None, today: date, now: datetime) -> tuple[date, Mapping[date, Any]]:
        if week is not None:
            first = today + timedelta(days=7 * min(max(week, 0), LAST_WEEK))
            return first, free_times(self._host, page, first, 7, now)
        every = free_times(self._host, page, today, 7 * WEEKS_AHEAD, now)
        ahead = (min(every) - today).days // 7 if every else 0
        first = today + timedelta(days=7 * ahead)
        return first, {day: starts for day, starts in every.items() if day < first + timedelta(days=7)}

    def _time(self, page: Page, appointment: Appointment) -> tuple[Occurrence, Meeting | None]:
        """Return the current time of the meeting, which a member of the mailbox may have moved."""
        if appointment.meeting_id is None:
            return Occurrence(appointment.starts_at, appointment.ends_at), None
        with self._host.work(self._host.system(page.organisation_id)) as work:
            meeting = meeting_of(self._host, work, appointment)
        return Occurrence(meeting.schedule.starts_at, meeting.schedule.ends_at), meeting

    def _join_path(self, page: Page, appointment: Appointment) -> str:
        if appointment.participant_id is None:
            return ""
        with self._host.work(self._host.system(page.organisation_id)) as work:
            participant = find_participant(self._host, work, appointment.participant_id)
        return f"/plugin/meetings/join/{participant.invitee.token}"

    def _frame(self, page: Page, path: str, language: str) -> dict[str, Any]:
        with self._host.work(self._host.system(page.organisation_id)) as work:
            shown = sender(work)
        return {
            "page": page,
            "path": path,
            "minutes": int(page.settings.length.total_seconds() // 60),
            "organisation": shown["name"],
            "host_name": host_name(self._host),
            "referrer": "no-referrer",
            "home_url": page.path,
            "languages": [(f"{path}?lang={code}", code, name) for code, name in NAMES.items() if code != language],
            "sender": shown,
        }

    def _answer(
        self, request: WebRequest, template: str, context: Mapping[str, Any], status: int, language: str
    ) -> Response[Any]:
        return private(guest_page(request, f"meetings/{template}", context, status, language))


def is_for(guest: Guest, page: Page, appointment: Appointment) -> bool:
    """Tell whether the browser's guest has identified with the chosen method, to confirm this time."""
    return (guest.organisation_id, guest.ref, guest.provider) == (
        page.organisation_id,
        appointment.ref,
        appointment.visitor.way,
    ) and int(guest.loa) >= page.settings.loa


def _phase(appointment: Appointment, time: Occurrence, meeting: Meeting | None, *, is_identified: bool) -> str:
    """Return the state of the person's own page: `lapsed`, `identify`, `confirm`, `booked`, `past` or `cancelled`."""
    if appointment.state is State.HELD and not appointment.is_lapsed:
        return "confirm" if is_identified else "identify"
    if meeting is None:
        return "lapsed"
    if meeting.is_cancelled or appointment.state is State.OVER:
        return "cancelled"
    return "past" if time.ends_at < datetime.now(UTC) else "booked"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
