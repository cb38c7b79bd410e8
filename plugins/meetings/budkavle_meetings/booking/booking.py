"""Booking, changing and cancelling a meeting, or a single time of a series.

The secure message is sent first. If messages from the mailbox need a second person's approval, everything waits.
"""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from budkavle import Conflict, Host, Invalid, Loa, NotFound, Work
from budkavle.accounts import find_mailbox, read_settings, require_member
from budkavle.messaging import NeedsApproval, read_case
from budkavle_meetings.booking import changes
from budkavle_meetings.booking.changes import as_new
from budkavle_meetings.booking.held import hold_booking, hold_change, people_of
from budkavle_meetings.booking.invitations import (
    CANCELLED,
    CHANGED,
    NEW,
    News,
    can_invite,
    can_send_message,
    send_message,
)
from budkavle_meetings.booking.meetings import Meeting, create_meeting
from budkavle_meetings.booking.participants import Booking, invite_participant
from budkavle_meetings.booking.times import ChangedTime, Occurrence, SeriesTime, series_times
from budkavle_meetings.settings import ADMINISTRATORS, MeetingSettings

ONLY_ADMINISTRATORS = "I er organisation bokar bara brevlådans administratörer möten."
NOT_BOOKED = "Mötet kunde inte bokas. Rätta det som är markerat."
NOT_MOVED = "Tiden kunde inte ändras. Rätta det som är markerat."
WAITS = "Bokningen väntar på godkännande. Dra tillbaka eller avslå begäran i stället."
FAILED = "Bokningen kunde inte genomföras. Ställ in den, och boka ett nytt möte."


def book(host: Host, work: Work, booking: Booking) -> Meeting:
    """Create a new meeting and send its message and invitations, all or nothing.

    Returns:
        The meeting. If it needs a second person's approval, it is not booked yet, and nothing has been sent.

    Raises:
        NotFound: The actor is no member of the mailbox.
        Invalid: A field is invalid; `fields` says which.
        Conflict: The same form has been sent before.
    """
    if not may_book(work, booking.meeting.mailbox_id):
        raise Invalid(NOT_BOOKED, fields={"mailbox": ONLY_ADMINISTRATORS})
    booking = replace(booking, meeting=replace(booking.meeting, loa=_level(work, booking.meeting.case_id)))
    try:
        case_id = _send(host, work, booking, NEW)
    except NeedsApproval:
        return hold_booking(host, work, booking, NEW)
    meeting = create_meeting(host, work, replace(booking.meeting, case_id=case_id))
    for person in booking.people:
        invite_participant(host, work, meeting, person)
    return changes.announce(host, work, meeting)


def _level(work: Work, case_id: UUID | None) -> Loa:
    """Return the level that a case requires of its readers, and with it what is booked from it."""
    return read_case(work, case_id, opens=False).case.loa if case_id else Loa.NONE


def may_book(work: Work, mailbox_id: UUID) -> bool:
    """Tell whether the actor may book meetings in a mailbox, as the organisation has chosen.

    Raises:
        NotFound: The actor is no member of the mailbox.
    """
    is_administrator = require_member(work, mailbox_id).administrator
    return is_administrator or read_settings(work, MeetingSettings).who_books != ADMINISTRATORS


def rebook(host: Host, work: Work, meeting: Meeting, booking: Booking) -> Meeting:
    """Change a meeting, and notify everybody: new participants, those who stay, and those who are no longer invited.

    Times of a series that were changed one by one stay changed, unless the series itself gets other times.

    Raises:
        Conflict: It is cancelled, or its booking waits for approval.
        Invalid: A field is invalid; `fields` says which.
    """
    _require_changeable(meeting)
    schedule = booking.meeting.schedule
    kept = meeting.schedule if schedule == meeting.schedule.rule else schedule
    new = replace(booking.meeting, case_id=meeting.case_id, schedule=kept, loa=meeting.text.loa)
    booking = replace(booking, meeting=new)
    try:
        _send(host, work, booking, CHANGED)
    except NeedsApproval:
        return hold_change(host, work, meeting, CHANGED, booking)
    return changes.apply_change(host, work, meeting, booking)


def cancel(host: Host, work: Work, meeting: Meeting) -> Meeting:
    """Cancel a meeting, and notify everybody. Nobody can join it any more, and those who are in it must leave.

    If the booking was approved but failed, nobody was told of the meeting, so nobody is notified.

    Raises:
        Conflict: It is already cancelled, or its booking waits for approval.
    """
    changes.require_not_cancelled(meeting)
    if meeting.has_failed and not meeting.is_booked:
        return changes.drop_failed(host, work, meeting)
    _require_changeable(meeting)
    booking = Booking(as_new(meeting), people_of(host, work, meeting))
    try:
        _send(host, work, booking, CANCELLED)
    except NeedsApproval:
        return hold_change(host, work, meeting, CANCELLED, booking)
    return changes.apply_cancel(host, work, meeting)


def find_time(meeting: Meeting, was: datetime) -> SeriesTime:
    """Return a time of a series that is not over.

    Args:
        meeting: The meeting.
        was: When the time begins by the rule of the series, to the minute.

    Raises:
        NotFound: The meeting is not a series, or has no such time.
        Conflict: The time is cancelled or over.
    """
    every = series_times(meeting.schedule) if meeting.schedule.recurrence else []
    time = next((one for one in every if _minute(one.rule.starts_at) == _minute(was)), None)
    if time is None:
        raise NotFound("Tiden finns inte i serien.")
    if time.held is None:
        raise Conflict("Den tiden är redan inställd.")
    if time.held.ends_at < datetime.now(UTC):
        raise Conflict("Den tiden har redan varit.")
    return time


def change_time(host: Host, work: Work, meeting: Meeting, was: datetime, to: Occurrence) -> Meeting:
    """Move a single time of a series, and notify everybody. It must stay between the times before and after it.

    Raises:
        NotFound: There is no such time.
        Conflict: The meeting or the time is cancelled, the time is over, or the booking waits for approval.
        Invalid: The new time overlaps another time of the series; `fields` says so.
    """
    _require_changeable(meeting)
    time = find_time(meeting, was)
    _require_between(meeting, time, to)
    news = News("time-changed", ChangedTime(time.rule.starts_at, to.starts_at, to.ends_at), time.held)
    return _tell_of_time(host, work, meeting, news)


def cancel_time(host: Host, work: Work, meeting: Meeting, was: datetime) -> Meeting:
    """Cancel a single time of a series, and notify everybody. Cancelling the last one cancels the whole meeting.

    Raises:
        NotFound: There is no such time.
        Conflict: The meeting or the time is cancelled, the time is over, or the booking waits for approval.
    """
    _require_changeable(meeting)
    time = find_time(meeting, was)
    if sum(one.held is not None for one in series_times(meeting.schedule)) == 1:
        return cancel(host, work, meeting)
    return _tell_of_time(host, work, meeting, News("time-cancelled", ChangedTime(time.rule.starts_at), time.held))


def _tell_of_time(host: Host, work: Work, meeting: Meeting, news: News) -> Meeting:
    if news.time is None:
        raise ValueError("news of a single time has one")
    booking = Booking(as_new(meeting), people_of(host, work, meeting))
    try:
        _send(host, work, booking, news)
    except NeedsApproval:
        return hold_change(host, work, meeting, news, booking)
    return changes.apply_time(host, work, meeting, news, news.time)


def _require_between(meeting: Meeting, time: SeriesTime, to: Occurrence) -> None:
    """Require that a new time is between the times before and after it, as calendars do.

    Raises:
        Invalid: It is not.
    """
    others = [one for one in series_times(meeting.schedule) if one.held is not None]
    place = others.index(time)
    before = others[place - 1].held if place else None
    after = others[place + 1].held if place + 1 < len(others) else None
    if (before and to.starts_at < before.ends_at) or (after and to.ends_at > after.starts_at):
        raise Invalid(NOT_MOVED, fields={"day": "Tiden ska ligga mellan seriens möten före och efter."})


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _require_changeable(meeting: Meeting) -> None:
    changes.require_not_cancelled(meeting)
    if not meeting.is_booked:
        raise Conflict(FAILED if meeting.has_failed else WAITS)


def _send(host: Host, work: Work, booking: Booking, news: News) -> UUID | None:
    """Send the secure message if the installation can, and return the meeting's case.

    Raises:
        NeedsApproval: A second person must approve first. Nothing has been written.
    """
    new = booking.meeting
    if not booking.people:
        return new.case_id
    if can_send_message(work):
        return send_message(host, work, new, booking.people, news)
    if not can_invite(host):
        fault = "Här går det inte att skicka inbjudningar, varken som säkert meddelande eller med e-post."
        raise Invalid(NOT_BOOKED, fields={"emails": fault})
    if find_mailbox(work, new.mailbox_id).mailbox.needs_approval:
        raise NeedsApproval("Det som skickas från brevlådan ska först godkännas av en kollega.")
    return new.case_id
