"""A booked time becomes a meeting and a case in the mailbox, and the person who booked gets mails."""

from dataclasses import dataclass, replace

from budkavle import ActorScope, Host, Loa, SystemActor, Work
from budkavle.messaging import GuestLetter, receive_letter
from budkavle_meetings.appointments import store
from budkavle_meetings.appointments.free_times import Page
from budkavle_meetings.appointments.notices import tell
from budkavle_meetings.appointments.store import Appointment, Slot
from budkavle_meetings.booking.changes import log
from budkavle_meetings.booking.meetings import (
    Meeting,
    NewMeeting,
    cancel_meeting,
    change_meeting,
    create_meeting,
    load_meeting,
)
from budkavle_meetings.booking.participants import Invitee, NewParticipant, invite_participant
from budkavle_meetings.booking.times import Occurrence, Schedule
from budkavle_meetings.booking.wording import spoken_time, words

BY = "Tidsbokningen"
"""Name of the actor that books, as the log shows it."""
LETTERS = {
    "booked": "Bokad tid: {name}",
    "moved": "Ändrad tid: {name}",
    "cancelled": "Avbokad tid: {name}",
}
"""Subjects of the letters that arrive in the mailbox."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A booked time with its meeting."""

    appointment: Appointment
    meeting: Meeting


def acting(host: Host, page: Page) -> SystemActor:
    """Return the actor that books for a person without an account: the plugin, with write access to the mailbox."""
    return host.system(page.organisation_id, ActorScope.READ, ActorScope.WRITE, name=page.mailbox.name)


def confirm(host: Host, page: Page, appointment: Appointment) -> Booked:
    """Turn a held time into a meeting with a case, and notify the person. All or nothing.

    Raises:
        Conflict: It is no longer held.
        Invalid: The message breaks a rule of secure messages; nothing is booked.
    """
    visitor = appointment.visitor
    invitee = Invitee(visitor.email, visitor.name, visitor.phone, visitor.personnummer)
    person = NewParticipant(invitee, visitor.language, visitor.way, Loa(page.settings.loa))
    schedule = Schedule(appointment.starts_at, appointment.ends_at)
    say = words(host, page.mailbox.language)
    subject = say("Bokad tid: {name}").format(name=visitor.name)
    with host.work(acting(host, page)) as work:
        new = NewMeeting(page.mailbox.id, page.settings.kind, subject, visitor.subject, schedule)
        case_id = receive_letter(work, page.mailbox.id, _letter(host, page, appointment, schedule, "booked"))
        meeting = create_meeting(host, work, replace(new, case_id=case_id))
        participant = invite_participant(host, work, meeting, person)
        booked = store.book(host, work, appointment, meeting.id, participant.id)
        tell(host, work, page, booked, meeting, "booked")
        log(work, meeting, "meetings.booked", by=BY, invited=1, what=meeting.kind)
    return Booked(booked, meeting)


def move(host: Host, page: Page, appointment: Appointment, slot: Slot) -> Booked:
    """Move a booking to another time, and notify the person.

    Raises:
        Conflict: The time is taken, or the booking is cancelled.
    """
    store.release(host, page.organisation_id, page.mailbox.id)
    with host.work(acting(host, page)) as work:
        moved = store.move(host, work, appointment, slot)
        meeting = meeting_of(host, work, appointment)
        text, schedule = meeting.text, Schedule(slot.starts_at, slot.ends_at)
        new = NewMeeting(meeting.mailbox_id, meeting.kind, text.subject, text.text, schedule, meeting.case_id)
        _tell_mailbox(work, meeting, _letter(host, page, moved, schedule, "moved"))
        meeting = change_meeting(host, work, meeting, new)
        tell(host, work, page, moved, meeting, "moved")
        log(work, meeting, "meetings.moved-by-guest")
    return Booked(moved, meeting)


def cancel(host: Host, page: Page, appointment: Appointment) -> None:
    """Cancel a booking, and notify the person.

    Raises:
        Conflict: The booking is already cancelled.
    """
    with host.work(acting(host, page)) as work:
        over = store.cancel(host, work, appointment)
        meeting = meeting_of(host, work, appointment)
        _tell_mailbox(work, meeting, _letter(host, page, over, meeting.schedule, "cancelled"))
        meeting = cancel_meeting(host, work, meeting)
        tell(host, work, page, over, meeting, "cancelled")
        log(work, meeting, "meetings.cancelled-by-guest")


def meeting_of(host: Host, work: Work, appointment: Appointment) -> Meeting:
    """Return the meeting of a booked time."""
    if appointment.meeting_id is None:
        raise ValueError("the time is not booked")
    return load_meeting(host, work, appointment.meeting_id)


def _tell_mailbox(work: Work, meeting: Meeting, letter: GuestLetter) -> None:
    """Show the mailbox what the person has done, as a letter in the case of the meeting."""
    if meeting.case_id is not None:
        receive_letter(work, meeting.mailbox_id, replace(letter, case_id=meeting.case_id))


def _letter(host: Host, page: Page, appointment: Appointment, schedule: Schedule, what: str) -> GuestLetter:
    """Return the letter to the mailbox, in the mailbox's language: the time, and what the person wrote."""
    say, visitor, language = words(host, page.mailbox.language), appointment.visitor, page.mailbox.language
    time = spoken_time(Occurrence(schedule.starts_at, schedule.ends_at), language)
    lines = [say("Tid: {time}").format(time=time)]
    if what == "booked" and visitor.subject:
        lines += ["", visitor.subject]
    return GuestLetter(
        visitor.email,
        visitor.name,
        say(LETTERS[what]).format(name=visitor.name),
        "\n".join(lines),
        f"appointment:{appointment.id}:{appointment.changes}:{what}",
    )
