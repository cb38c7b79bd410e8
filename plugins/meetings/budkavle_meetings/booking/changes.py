"""Changes to a meeting after its message has been sent: what is stored, who is notified, and what is logged."""

from dataclasses import replace

from budkavle import Conflict, Host, Work, record
from budkavle.cases import note_in_case
from budkavle_meetings.booking.invitations import CANCELLED, CHANGED, NEW, News, invite, invite_organiser
from budkavle_meetings.booking.meetings import (
    Meeting,
    NewMeeting,
    cancel_meeting,
    change_meeting,
    keep_changed_time,
)
from budkavle_meetings.booking.participants import (
    Booking,
    Participant,
    change_participant,
    invite_participant,
    list_participants,
    remove_participant,
)
from budkavle_meetings.booking.times import ZONE, ChangedTime


def announce(host: Host, work: Work, meeting: Meeting) -> Meeting:
    """Invite everybody to a new meeting."""
    people = invited(host, work, meeting)
    for person in people:
        invite(host, work, meeting, person, NEW)
    invite_organiser(host, work, meeting, NEW)
    log(work, meeting, "meetings.booked", by=work.actor.name, invited=len(people), what=meeting.kind)
    return meeting


def apply_change(host: Host, work: Work, meeting: Meeting, booking: Booking) -> Meeting:
    """Store a changed meeting, and notify everybody: new participants, those who stay, and those no longer invited."""
    require_not_cancelled(meeting)
    before = {one.invitee.email: one for one in invited(host, work, meeting)}
    meeting = change_meeting(host, work, meeting, booking.meeting)
    for person in booking.people:
        participant = before.pop(person.invitee.email, None)
        if participant is None:
            invite(host, work, meeting, invite_participant(host, work, meeting, person), NEW)
        else:
            invite(host, work, meeting, change_participant(host, work, participant, person), CHANGED)
    for gone in before.values():
        invite(host, work, meeting, gone, CANCELLED)
        remove_participant(host, work, gone)
    invite_organiser(host, work, meeting, CHANGED)
    log(work, meeting, "meetings.changed", by=work.actor.name)
    return meeting


def apply_cancel(host: Host, work: Work, meeting: Meeting) -> Meeting:
    """Cancel a meeting, and notify everybody."""
    require_not_cancelled(meeting)
    people = invited(host, work, meeting)
    meeting = cancel_meeting(host, work, meeting)
    for person in people:
        invite(host, work, meeting, person, CANCELLED)
    invite_organiser(host, work, meeting, CANCELLED)
    log(work, meeting, "meetings.cancelled", by=work.actor.name)
    return meeting


def drop_failed(host: Host, work: Work, meeting: Meeting) -> Meeting:
    """Cancel a meeting that was approved but never booked; nobody was told of it, so nobody is notified."""
    meeting = cancel_meeting(host, work, meeting)
    log(work, meeting, "meetings.cancelled", by=work.actor.name)
    return meeting


def apply_time(host: Host, work: Work, meeting: Meeting, news: News, time: ChangedTime) -> Meeting:
    """Store the change of a single time of a series, and notify everybody; the other times stay as they are."""
    require_not_cancelled(meeting)
    meeting = keep_changed_time(host, work, meeting, time)
    for person in invited(host, work, meeting):
        invite(host, work, meeting, person, news)
    invite_organiser(host, work, meeting, news)
    before = news.before.starts_at if news.before else time.was
    log(work, meeting, f"meetings.{news.what}", by=work.actor.name, time=f"{before.astimezone(ZONE):%Y-%m-%d %H:%M}")
    return meeting


def invited(host: Host, work: Work, meeting: Meeting) -> list[Participant]:
    """Return the invited participants, without the hosts."""
    return [one for one in list_participants(host, work, meeting.id) if not one.is_host]


def as_new(meeting: Meeting) -> NewMeeting:
    """Return the data that a meeting is created from."""
    text = meeting.text
    new = NewMeeting(meeting.mailbox_id, meeting.kind, text.subject, text.text, meeting.schedule, meeting.case_id)
    return replace(new, loa=text.loa)


def require_not_cancelled(meeting: Meeting) -> None:
    """Require that a meeting is not cancelled.

    Raises:
        Conflict: It is cancelled.
    """
    if meeting.is_cancelled:
        raise Conflict("Mötet är inställt och kan inte ändras. Boka ett nytt.")


def log(work: Work, meeting: Meeting, kind: str, **facts: str | int) -> None:
    """Log something about a meeting: in the log of its case, which also updates open pages, or in the event log.

    Args:
        work: The unit of work.
        meeting: The meeting.
        kind: The kind of event, as `budkavle_event_words` lists it.
        facts: Names of staff, identification methods, counts, times; never the name of an invited person.
    """
    if meeting.case_id is None:
        record(work, kind, meeting.id, mailbox=str(meeting.mailbox_id), **facts)
    else:
        note_in_case(work, meeting.case_id, kind, **{name: str(fact) for name, fact in facts.items()})
