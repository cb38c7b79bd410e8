"""The pages where a single time of a series is changed or cancelled."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Host, Invalid
from budkavle.web import Form, Visitor, plugin_page
from budkavle_meetings.booking.booking import NOT_MOVED, cancel_time, change_time, find_time
from budkavle_meetings.booking.changes import invited, require_not_cancelled
from budkavle_meetings.booking.meetings import Meeting, read_meeting
from budkavle_meetings.booking.times import ZONE, Occurrence, SeriesTime, series_times
from budkavle_meetings.booking.wording import PATH, spoken_time
from budkavle_meetings.pages.forms import GONE, period_fields, read_period

TIME = f"{PATH}/{{meeting_id:uuid}}/times/{{minute:int}}"
"""A time of a series, identified by its start by the rule, in minutes since 1970."""
LAST_MINUTE = 4_000_000_000


def handlers(host: Host) -> list[HTTPRouteHandler]:
    """Return the routes."""
    return [*_of_change(host), *_of_cancel(host)]


def time_url(meeting: Meeting, time: SeriesTime) -> str:
    """Return the address of a time of a series."""
    return f"{PATH}/{meeting.id}/times/{int(time.rule.starts_at.timestamp()) // 60}"


def _of_change(host: Host) -> list[HTTPRouteHandler]:
    @get(f"{TIME}/change", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], meeting_id: FromPath[UUID], minute: FromPath[int]) -> Response[str]:
        """Show the form, filled in with the time."""
        meeting, time = _load(host, visitor, meeting_id, minute)
        return _form(visitor, meeting, time, period_fields(time.held or time.rule), {})

    @post(f"{TIME}/change", sync_to_thread=True, status_code=200)
    def change(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        meeting_id: FromPath[UUID],
        minute: FromPath[int],
    ) -> Response[Any]:
        """Move the time, and notify everybody."""
        values = {name: form.get(name) for name in ("day", "start", "end")}
        try:
            to = _read(values)
            with visitor.work() as work:
                meeting = change_time(host, work, read_meeting(host, work, meeting_id), _was(minute), to)
        except Invalid as error:
            meeting, time = _load(host, visitor, meeting_id, minute)
            return _form(visitor, meeting, time, values, error.fields or {"day": error.sentence})
        return _done(meeting, "time-changed")

    return [show, change]


def _of_cancel(host: Host) -> list[HTTPRouteHandler]:
    @get(f"{TIME}/cancel", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], meeting_id: FromPath[UUID], minute: FromPath[int]) -> Response[str]:
        """Ask for confirmation before cancelling the time."""
        meeting, time = _load(host, visitor, meeting_id, minute)
        with visitor.work() as work:
            count = len(invited(host, work, meeting))
        context = {
            "meeting": meeting,
            "url": f"{PATH}/{meeting.id}",
            "action_url": time_url(meeting, time),
            "count": count,
            "time": spoken_time(time.held or time.rule, visitor.language),
            "is_last": sum(series_time.held is not None for series_time in series_times(meeting.schedule)) == 1,
        }
        return plugin_page(visitor, "meetings/time_cancel.html", context, folder="meetings")

    @post(f"{TIME}/cancel", sync_to_thread=True)
    def cancel(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        meeting_id: FromPath[UUID],
        minute: FromPath[int],
    ) -> Response[Any]:
        """Cancel the time, and notify everybody."""
        with visitor.work() as work:
            meeting = cancel_time(host, work, read_meeting(host, work, meeting_id), _was(minute))
        return _done(meeting, "time-cancelled")

    return [ask, cancel]


def _form(
    visitor: Visitor, meeting: Meeting, time: SeriesTime, values: Mapping[str, str], faults: Mapping[str, str]
) -> Response[str]:
    errors = visitor.say_all(faults)
    context = {
        "meeting": meeting,
        "url": f"{PATH}/{meeting.id}",
        "action_url": time_url(meeting, time),
        "time": spoken_time(time.held or time.rule, visitor.language),
        "typed": values,
        "fault": errors,
        "faults": list(errors.items()),
        "faulty": bool(errors),
        "today": datetime.now(ZONE).date().isoformat(),
    }
    return plugin_page(visitor, "meetings/time_change.html", context, folder="meetings", status=422 if errors else 200)


def _read(values: Mapping[str, str]) -> Occurrence:
    """Return the submitted time.

    Raises:
        Invalid: A field is invalid; `fields` says which.
    """
    faults: dict[str, str] = {}
    period = read_period(values, faults)
    if period is not None and period[1] < datetime.now(UTC):
        faults["day"] = GONE
    if period is None or faults:
        raise Invalid(NOT_MOVED, fields=faults)
    return Occurrence(*period)


def _load(host: Host, visitor: Visitor, meeting_id: UUID, minute: int) -> tuple[Meeting, SeriesTime]:
    with visitor.work() as work:
        meeting = read_meeting(host, work, meeting_id)
    require_not_cancelled(meeting)
    return meeting, find_time(meeting, _was(minute))


def _was(minute: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=min(max(minute, 0), LAST_MINUTE))


def _done(meeting: Meeting, said: str) -> Redirect:
    return Redirect(f"{PATH}/{meeting.id}?said={'asked' if meeting.request_id else said}", status_code=303)
