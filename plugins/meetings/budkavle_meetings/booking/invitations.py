"""What people are sent: an invitation by mail with an entry for the calendar, and a secure message with the text.

The mail says who invites, when, and where our page is. Subject and text of the meeting go by the secure message alone.
"""

from collections.abc import Sequence
from uuid import UUID

from budkavle import Address, Draft, Host, Loa, Organisation, Terms, Work
from budkavle.accounts import find_organisation, find_user, read_settings
from budkavle.messaging import read_case, send
from budkavle.notices import CalendarEvent, CalendarMethod, Notice, NoticeKind, NoticeLink, notice_kinds, notify
from budkavle_meetings.booking.meetings import NOBODY, Meeting, NewMeeting
from budkavle_meetings.booking.participants import NewParticipant, Participant
from budkavle_meetings.booking.times import Occurrence, Schedule
from budkavle_meetings.booking.wording import (
    LANGUAGES,
    PATH,
    host_name,
    participant_url,
    spoken_series,
    spoken_time,
    words,
)
from budkavle_meetings.settings import MeetingSettings

FAMILY = "secure"
TOPIC = "meetings.invitation"
SUBJECTS = {
    "new": "Inbjudan till ett möte med {organisation}",
    "changed": "Ändrat möte med {organisation}",
    "cancelled": "Inställt möte med {organisation}",
}
LEADS = {
    "new": "{organisation} bjuder in dig till ett möte.",
    "changed": "Mötet med {organisation} har ändrats.",
    "cancelled": "Mötet med {organisation} är inställt. Du behöver inte göra något.",
}
HOW = (
    "Öppna länken när mötet börjar, tidigast fem minuter före. Du visar vem du är, och sedan släpper mötets värd in"
    " dig."
)


def can_send_message(work: Work) -> bool:
    """Tell whether secure messages reach people without account here."""
    capabilities = [transport.capabilities for transport in work.platform.plugins.transports.values()]
    return any(one.family == FAMILY and one.guests for one in capabilities)


def can_invite(host: Host) -> bool:
    """Tell whether invitations can be sent by mail here."""
    return NoticeKind.MAIL in notice_kinds(host.platform)


def send_message(host: Host, work: Work, new: NewMeeting, people: Sequence[NewParticipant], what: str = "new") -> UUID:
    """Send the meeting's subject, text and time as a secure message, from its mailbox, in its case where it has one.

    Each reader identifies in the way that was chosen for the meeting. The case of the message becomes the meeting's.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is a member of the mailbox. Nothing may have been written in it.
        new: The meeting as it is now.
        people: Who is invited.
        what: `new`, `changed` or `cancelled`.

    Returns:
        The case.

    Raises:
        Invalid: A rule of secure messages is broken; `fields` says which.
        NeedsApproval: A second person says yes to what is sent from the mailbox.
    """
    loa = min((one.loa for one in people), default=Loa.ONE)
    draft = Draft(
        recipients=tuple(Address(FAMILY, one.invitee.email) for one in people),
        subject=new.subject,
        body=_body(host, work, new, people, what),
        reply_to=_answered(work, new.case_id, loa),
        loa=loa,
        terms={one.invitee.email: _terms(one) for one in people},
    )
    message = send(work, new.mailbox_id, draft)
    return new.case_id or message.case_id


def invite(host: Host, work: Work, meeting: Meeting, participant: Participant, what: str = "new") -> None:
    """Send somebody an invitation, its change or its end, with an entry for the calendar; nothing without mail here."""
    url = participant_url(host, participant.invitee.token)
    _invite(host, work, meeting, (str(participant.id), participant.invitee.email, participant.language, url), what)


def invite_organiser(host: Host, work: Work, meeting: Meeting, what: str = "new") -> None:
    """Send the organiser the same entry for the calendar, with the address of the meeting's own page."""
    if meeting.organiser_id == NOBODY:
        return
    user = find_user(work, meeting.organiser_id)
    url = f"{host.platform.settings.base_url}{PATH}/{meeting.id}"
    _invite(host, work, meeting, (str(user.id), user.email, user.language, url), what)


def _invite(host: Host, work: Work, meeting: Meeting, reader: tuple[str, str, str, str], what: str) -> None:
    if not can_invite(host):
        return
    key, email, language, url = reader
    say, organisation = words(host, language), find_organisation(work)
    gone = what == "cancelled"
    lines = [
        say(LEADS[what]).format(organisation=organisation.name),
        "",
        *_when(host, meeting.schedule, language),
        *(() if gone else ("", say(HOW))),
    ]
    if not gone and (own_text := read_settings(work, MeetingSettings).text.strip()):
        lines += ["", own_text]
    notice = Notice(
        NoticeKind.MAIL,
        email,
        TOPIC,
        subject=say(SUBJECTS[what]).format(organisation=organisation.name),
        text="\n".join(lines),
        language=language,
        link=None if gone else NoticeLink(say("Gå till mötet"), url),
        about=meeting.id,
        key=f"{meeting.id}:{key}:{meeting.sequence}:{what}",
        calendar=_entry(host, meeting, organisation, language, "" if gone else url, gone=gone),
    )
    notify(work, notice)


def _entry(
    host: Host, meeting: Meeting, organisation: Organisation, language: str, url: str, *, gone: bool
) -> CalendarEvent:
    say = words(host, language)
    return CalendarEvent(
        uid=f"{meeting.id}@{host_name(host)}",
        starts_at=meeting.schedule.starts_at,
        ends_at=meeting.schedule.ends_at,
        summary=say("Möte med {organisation}").format(organisation=organisation.name),
        method=CalendarMethod.CANCEL if gone else CalendarMethod.REQUEST,
        sequence=meeting.sequence,
        location=url,
        description="" if gone else say(HOW),
        recurrence=meeting.schedule.recurrence,
    )


def _body(host: Host, work: Work, new: NewMeeting, people: Sequence[NewParticipant], what: str) -> str:
    """Return the text of the message, in each language that somebody has been given."""
    organisation = find_organisation(work).name
    chosen = [language for language in LANGUAGES if any(one.language == language for one in people)]
    parts = []
    for language in chosen or LANGUAGES[:1]:
        say = words(host, language)
        lines = [say(LEADS[what]).format(organisation=organisation), "", *_when(host, new.schedule, language)]
        if what != "cancelled":
            lines += ["", say("Länken till mötet står i inbjudan som du får med e-post.")]
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, *([new.text] if new.text and what != "cancelled" else [])])


def _when(host: Host, schedule: Schedule, language: str) -> list[str]:
    say = words(host, language)
    first = Occurrence(schedule.starts_at, schedule.ends_at)
    series = spoken_series(say, schedule, language)
    lines = [say("Tid: {time}").format(time=spoken_time(first, language))]
    return [*lines, say("Serie: {series}").format(series=series)] if series else lines


def _answered(work: Work, case_id: UUID | None, loa: Loa) -> UUID | None:
    """Return the message of the case that goes on: the latest that asks for no more than the new one, if any does."""
    if case_id is None:
        return None
    thread = read_case(work, case_id, opens=False).thread
    return next((one.message.id for one in reversed(thread) if one.message.loa <= loa), None)


def _terms(one: NewParticipant) -> Terms:
    return Terms(one.method, one.invitee.phone, one.invitee.personnummer, one.language)
