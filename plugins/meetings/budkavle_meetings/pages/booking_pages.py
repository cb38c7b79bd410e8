"""The pages on which a meeting is booked, changed and cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Conflict, Host, Invalid, MailboxKind, NotFound, Work, as_uuid
from budkavle.accounts import read_settings, require_member
from budkavle.cases import readable_mailboxes
from budkavle.messaging import read_case
from budkavle.web import Form, Visitor, plugin_page
from budkavle_meetings.booking import booking
from budkavle_meetings.booking.changes import invited
from budkavle_meetings.booking.meetings import Meeting, NewMeeting, read_meeting
from budkavle_meetings.booking.times import MOST_TIMES, RULES, ZONE
from budkavle_meetings.booking.wording import PATH, REPEATS
from budkavle_meetings.pages.busy_people import has_calendars
from budkavle_meetings.pages.forms import (
    MEETING_FIELDS,
    TypedMeeting,
    TypedPerson,
    first_people,
    make_booking,
    named_faults,
    offered_ways,
    reached,
    read_people,
)
from budkavle_meetings.pages.free_busy import free_busy
from budkavle_meetings.providers.registry import available_providers
from budkavle_meetings.settings import MeetingSettings

NEW = f"{PATH}/new"
MOST_ASKED = 20
"""Mailboxes whose settings are searched for a calendar, before the page offers to show free times."""


def handlers(host: Host) -> list[HTTPRouteHandler]:
    """Return the routes."""
    return [*_of_new(host), *_of_change(host), *_of_cancel(host)]


def _of_new(host: Host) -> list[HTTPRouteHandler]:
    @get(NEW, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        mailbox: FromQuery[str] = "",
        case: FromQuery[str] = "",
        to: FromQuery[str] = "",
    ) -> Response[str]:
        """Show the first step, filled in from the page that the visitor comes from."""
        return _first(host, visitor, TypedMeeting(_usual(visitor, mailbox, case, to)), None)

    @post(NEW, sync_to_thread=True, status_code=200)
    def take(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Process a step of the form."""
        return _step(host, visitor, form, None)

    return [show, take]


def _of_change(host: Host) -> list[HTTPRouteHandler]:
    path = f"{PATH}/{{meeting_id:uuid}}/change"

    @get(path, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], meeting_id: FromPath[UUID]) -> Response[str]:
        """Show the first step, filled in with the meeting."""
        with visitor.work() as work:
            meeting = read_meeting(host, work, meeting_id)
            people = invited(host, work, meeting)
        return _first(host, visitor, TypedMeeting.of(meeting, people), meeting)

    @post(path, sync_to_thread=True, status_code=200)
    def take(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], meeting_id: FromPath[UUID]
    ) -> Response[Any]:
        """Process a step of the form."""
        with visitor.work() as work:
            meeting = read_meeting(host, work, meeting_id)
        return _step(host, visitor, form, meeting)

    return [show, take]


def _of_cancel(host: Host) -> list[HTTPRouteHandler]:
    path = f"{PATH}/{{meeting_id:uuid}}/cancel"

    @get(path, sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], meeting_id: FromPath[UUID]) -> Response[str]:
        """Ask for confirmation before cancelling."""
        with visitor.work() as work:
            meeting = read_meeting(host, work, meeting_id)
            count = len(invited(host, work, meeting))
        context = {"meeting": meeting, "url": f"{PATH}/{meeting.id}", "count": count}
        return plugin_page(visitor, "meetings/cancel.html", context, folder="meetings")

    @post(path, sync_to_thread=True)
    def cancel(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        meeting_id: FromPath[UUID],
    ) -> Response[Any]:
        """Cancel it, and notify everybody."""
        with visitor.work() as work:
            meeting = booking.cancel(host, work, read_meeting(host, work, meeting_id))
        return _done(meeting, "cancelled")

    return [ask, cancel]


def _step(host: Host, visitor: Visitor, form: Form, meeting: Meeting | None) -> Response[Any]:
    """Validate the first step and show the second, or store what both contain."""
    typed = TypedMeeting.read(form)
    if meeting is not None:
        fixed = {"mailbox": str(meeting.mailbox_id), "case": str(meeting.case_id or "")}
        typed = replace(typed, values={**typed.values, **fixed})
    if form.get("step") == "back":
        return _first(host, visitor, typed, meeting)
    if form.get("step") == "times":
        shown, faults = free_busy(host, visitor, typed.values, typed.emails)
        return _first(host, visitor, replace(typed, faults=faults), meeting, shown)
    try:
        with visitor.work() as work:
            new = typed.meeting(host, work, meeting.schedule if meeting else None)
            require_member(work, new.mailbox_id)
            _require_in_mailbox(work, new)
            before = invited(host, work, meeting) if meeting else []
            ways = offered_ways(work)
    except Invalid as error:
        return _first(host, visitor, replace(typed, faults=error.fields or {"subject": error.sentence}), meeting)
    if form.get("step") != "2":
        return _second(visitor, typed, first_people(typed, before, ways), meeting)
    people = read_people(typed, form, before)
    try:
        return _keep(host, visitor, typed, people, meeting)
    except Invalid as error:
        faults = named_faults(error.fields or {"method-0": error.sentence}, people)
        return _second(visitor, typed, people, meeting, faults)


def _keep(
    host: Host, visitor: Visitor, typed: TypedMeeting, people: Sequence[TypedPerson], meeting: Meeting | None
) -> Redirect:
    """Store what both steps contain, and redirect to the meeting."""
    with visitor.work() as work:
        made = make_booking(host, work, typed, people, meeting.schedule if meeting else None)
        if meeting is not None:
            return _done(booking.rebook(host, work, read_meeting(host, work, meeting.id), made), "changed")
    try:
        with visitor.work() as work:
            return _done(booking.book(host, work, made), "booked")
    except Conflict:
        return _pressed_before(host, visitor, made.meeting.id)


def _pressed_before(host: Host, visitor: Visitor, meeting_id: UUID) -> Redirect:
    """Redirect to the meeting that the first of two presses books; to the list, if it is not stored yet."""
    try:
        with visitor.work() as work:
            return _done(read_meeting(host, work, meeting_id), "booked")
    except NotFound:
        return Redirect(PATH, status_code=303)


def _done(meeting: Meeting, said: str) -> Redirect:
    """Redirect to the meeting's page, which says what was done, or that it waits for approval."""
    return Redirect(f"{PATH}/{meeting.id}?said={'asked' if meeting.request_id else said}", status_code=303)


def _require_in_mailbox(work: Work, new: NewMeeting) -> None:
    """Require that the case of a new meeting is in its mailbox.

    Raises:
        NotFound: The case is in none of the actor's mailboxes.
        Invalid: It is in another mailbox.
    """
    if new.case_id and read_case(work, new.case_id, opens=False).case.mailbox_id != new.mailbox_id:
        raise Invalid(booking.NOT_BOOKED, fields={"mailbox": "Ärendet ligger i en annan brevlåda."})


def _usual(visitor: Visitor, mailbox: str, case: str, to: str) -> dict[str, str]:
    """Return the initial values of the form: the mailbox and case the visitor comes from, and the next full hour."""
    start = (datetime.now(ZONE) + timedelta(hours=1)).replace(minute=0)
    values: dict[str, str] = dict.fromkeys(MEETING_FIELDS, "")
    values |= {"mailbox": mailbox, "emails": to, "repeats": "", "times": "4", "day": start.date().isoformat()}
    values |= {"start": f"{start:%H:%M}", "end": f"{start + timedelta(hours=1):%H:%M}"}
    if (case_id := as_uuid(case)) is not None:
        with visitor.work() as work:
            view = read_case(work, case_id, opens=False)
        senders = [threaded.message.sender.value for threaded in view.thread]
        sender = next((value for value in reversed(senders) if "@" in value), "")
        values |= {"case": str(case_id), "mailbox": str(view.case.mailbox_id), "emails": to or sender}
        values["subject"] = view.thread[0].message.subject if view.thread else ""
    return values


def _first(
    host: Host,
    visitor: Visitor,
    typed: TypedMeeting,
    meeting: Meeting | None,
    shown: Mapping[str, Any] | None = None,
) -> Response[str]:
    with visitor.work() as work:
        boxes = readable_mailboxes(work)
        kinds = [(provider.name, visitor.say(provider.title)) for provider in available_providers(host, work)]
        usual = read_settings(work, MeetingSettings).usual_kind
        functions = [box.id for box in boxes if box.kind is MailboxKind.FUNCTION]
        can_ask = has_calendars(work, functions[:MOST_ASKED])
    faults = visitor.say_all(typed.faults)
    own_inbox = visitor.say("Min inkorg")
    names = {
        str(box.id): own_inbox
        if box.kind is MailboxKind.PERSONAL and box.owner_id == visitor.actor.user_id
        else box.name
        for box in boxes
    }
    values = dict(typed.values)
    values["mailbox"] = values["mailbox"] if values["mailbox"] in names else next(iter(names), "")
    values["kind"] = values["kind"] or (usual if usual in dict(kinds) else next(iter(dict(kinds)), ""))
    context = {
        **_shared(meeting, values, faults),
        "boxes": list(names.items()),
        "kinds": [(name, title, None) for name, title in kinds],
        "repeats": [(name, visitor.say(REPEATS[name])) for name in RULES],
        "most_times": MOST_TIMES,
        "is_fixed": meeting is not None or bool(values["case"]),
        "today": datetime.now(ZONE).date().isoformat(),
        "free_busy": shown,
        "has_calendars": can_ask,
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "meetings/new.html", context, folder="meetings", status=status)


def _second(
    visitor: Visitor,
    typed: TypedMeeting,
    people: Sequence[TypedPerson],
    meeting: Meeting | None,
    faults: Mapping[str, str] | None = None,
) -> Response[str]:
    with visitor.work() as work:
        ways = offered_ways(work)
    errors = visitor.say_all(faults)
    context = {
        **_shared(meeting, typed.values, errors),
        "fields": (*MEETING_FIELDS, "once"),
        "people": list(enumerate(people)),
        "ways": [(way.name, visitor.say(way.label), _level(visitor, int(reached(way))), _needs(way)) for way in ways],
        "languages_offered": [("sv", "Svenska", None), ("en", "English", None)],
    }
    status = 422 if errors else 200
    return plugin_page(visitor, "meetings/people.html", context, folder="meetings", status=status)


def _shared(meeting: Meeting | None, values: Mapping[str, str], faults: Mapping[str, str]) -> dict[str, Any]:
    return {
        "typed": values,
        "fault": faults,
        "faults": list(faults.items()),
        "faulty": bool(faults),
        "action_url": f"{PATH}/{meeting.id}/change" if meeting else NEW,
        "back_url": f"{PATH}/{meeting.id}" if meeting else PATH,
        "is_new": meeting is None,
    }


def _level(visitor: Visitor, level: int) -> str:
    return visitor.say("Tillitsnivå {level}", level=level)


def _needs(way: Any) -> str:
    return "phone" if way.traits.asserts_phone else "personnummer" if way.traits.asserts_personnummer else ""
