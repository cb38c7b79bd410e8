"""Booking, changing and cancelling a meeting: what is kept, who is told, and what the logs say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from budkavle import Conflict, Host, Invalid, Work, record
from budkavle.accounts import read_settings, require_member
from budkavle.cases import note_in_case
from budkavle_meetings.booking.invitations import can_invite, can_send_message, invite, invite_organiser, send_message
from budkavle_meetings.booking.meetings import Meeting, NewMeeting, cancel_meeting, change_meeting, create_meeting
from budkavle_meetings.booking.participants import (
    NewParticipant,
    Participant,
    change_participant,
    invite_participant,
    list_participants,
    remove_participant,
)
from budkavle_meetings.settings import ADMINISTRATORS, MeetingSettings

ONLY_ADMINISTRATORS = "I er organisation bokar bara brevlådans administratörer möten."
NOT_BOOKED = "Mötet kunde inte bokas. Rätta det som är markerat."


@dataclass(frozen=True, slots=True)
class Booking:
    """A meeting with those who are invited to it."""

    meeting: NewMeeting
    people: Sequence[NewParticipant]


def book(host: Host, work: Work, booking: Booking) -> Meeting:
    """Keep a new meeting, send its message and its invitations, all or nothing.

    Raises:
        NotFound: The actor is no member of the mailbox.
        Invalid: Something is wrong; `fields` says what.
        NeedsApproval: What is sent from the mailbox waits for a second person.
    """
    if not may_book(work, booking.meeting.mailbox_id):
        raise Invalid(NOT_BOOKED, fields={"mailbox": ONLY_ADMINISTRATORS})
    new = _send(host, work, booking, "new")
    meeting = create_meeting(host, work, new)
    for person in booking.people:
        invite(host, work, meeting, invite_participant(host, work, meeting, person))
    invite_organiser(host, work, meeting)
    log(work, meeting, "meetings.booked", by=work.actor.name, invited=len(booking.people), what=meeting.kind)
    return meeting


def may_book(work: Work, mailbox_id: UUID) -> bool:
    """Tell whether the actor books meetings in a mailbox, as the organisation has chosen.

    Raises:
        NotFound: The actor is no member of the mailbox.
    """
    is_administrator = require_member(work, mailbox_id).administrator
    return is_administrator or read_settings(work, MeetingSettings).who_books != ADMINISTRATORS


def rebook(host: Host, work: Work, meeting: Meeting, booking: Booking) -> Meeting:
    """Keep what a meeting has become, and tell everybody: who is new, who stays, and who is no longer invited.

    Raises:
        Conflict: It is cancelled.
        Invalid: Something is wrong; `fields` says what.
    """
    if meeting.is_cancelled:
        raise Conflict("Mötet är inställt och kan inte ändras. Boka ett nytt.")
    new = _send(host, work, replace(booking, meeting=replace(booking.meeting, case_id=meeting.case_id)), "changed")
    before = {one.invitee.email: one for one in invited(host, work, meeting)}
    meeting = change_meeting(host, work, meeting, new)
    for person in booking.people:
        known = before.pop(person.invitee.email, None)
        if known is None:
            invite(host, work, meeting, invite_participant(host, work, meeting, person))
        else:
            invite(host, work, meeting, change_participant(host, work, known, person), "changed")
    for gone in before.values():
        invite(host, work, meeting, gone, "cancelled")
        remove_participant(host, work, gone)
    invite_organiser(host, work, meeting, "changed")
    log(work, meeting, "meetings.changed", by=work.actor.name)
    return meeting


def cancel(host: Host, work: Work, meeting: Meeting) -> Meeting:
    """Cancel a meeting, and tell everybody. Nobody joins it from now on, and whoever is in it has to go.

    Raises:
        Conflict: It is cancelled already.
    """
    if meeting.is_cancelled:
        raise Conflict("Mötet är redan inställt.")
    people = invited(host, work, meeting)
    new = NewMeeting(
        meeting.mailbox_id, meeting.kind, meeting.text.subject, meeting.text.text, meeting.schedule, meeting.case_id
    )
    again = [NewParticipant(one.invitee, one.language, one.method, one.loa) for one in people]
    _send(host, work, Booking(new, again), "cancelled")
    meeting = cancel_meeting(host, work, meeting)
    for person in people:
        invite(host, work, meeting, person, "cancelled")
    invite_organiser(host, work, meeting, "cancelled")
    log(work, meeting, "meetings.cancelled", by=work.actor.name)
    return meeting


def invited(host: Host, work: Work, meeting: Meeting) -> list[Participant]:
    """Return those who are invited, without the hosts."""
    return [one for one in list_participants(host, work, meeting.id) if not one.is_host]


def log(work: Work, meeting: Meeting, kind: str, **facts: str | int) -> None:
    """Note something about a meeting in the log of its case, which tells open pages, and in the event log.

    Args:
        work: The unit of work.
        meeting: The meeting.
        kind: What happened, as `budkavle_event_words` has it.
        facts: Names of staff, ways of identification, counts; never the name of somebody who is invited.
    """
    if meeting.case_id is None:
        record(work, kind, meeting.id, mailbox=str(meeting.mailbox_id), **facts)
    else:
        note_in_case(work, meeting.case_id, kind, **{name: str(fact) for name, fact in facts.items()})


def _send(host: Host, work: Work, booking: Booking, what: str) -> NewMeeting:
    """Send the secure message where there is a way to, and return the meeting with its case."""
    if not booking.people:
        return booking.meeting
    if can_send_message(work):
        return replace(booking.meeting, case_id=send_message(host, work, booking.meeting, booking.people, what))
    if not can_invite(host):
        fault = "Här går det inte att skicka inbjudningar, varken som säkert meddelande eller med e-post."
        raise Invalid(NOT_BOOKED, fields={"emails": fault})
    return booking.meeting
