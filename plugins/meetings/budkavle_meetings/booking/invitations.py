"""What participants are sent: an invitation by mail with a calendar event, and a secure message with the text.

The mail says who invites, when, and the address of our page. Subject and text are only in the secure message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from budkavle import Address, Draft, Host, Loa, Organisation, Terms, Work
from budkavle.accounts import find_organisation, find_user, read_settings
from budkavle.messaging import read_case, send
from budkavle.notices import (
    CalendarEvent,
    CalendarException,
    CalendarMethod,
    Notice,
    NoticeKind,
    NoticeLink,
    notice_kinds,
    notify,
)
from budkavle_meetings.booking.meetings import NOBODY, Meeting, NewMeeting
from budkavle_meetings.booking.participants import NewParticipant, Participant
from budkavle_meetings.booking.times import ChangedTime, Occurrence, Schedule
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
    "time-changed": "Ändrad tid för ett möte med {organisation}",
    "time-cancelled": "Inställt möte med {organisation}, en gång i serien",
}
LEADS = {
    "new": "{organisation} bjuder in dig till ett möte.",
    "changed": "Mötet med {organisation} har ändrats.",
    "cancelled": "Mötet med {organisation} är inställt. Du behöver inte göra något.",
    "time-changed": "Ett av mötena i serien med {organisation} har fått en ny tid. De andra gäller som förut.",
    "time-cancelled": "Ett av mötena i serien med {organisation} är inställt. De andra gäller som förut.",
}
HOW = (
    "Öppna länken när mötet börjar, tidigast fem minuter före. Du visar vem du är, och sedan släpper mötets värd in"
    " dig."
)


@dataclass(frozen=True, slots=True)
class News:
    """What people are told about a meeting.

    Attributes:
        what: A key of `SUBJECTS` and `LEADS`.
        time: The change of a single time of the series; None if the news is about the whole meeting.
        before: When that time was to be held.
    """

    what: str
    time: ChangedTime | None = None
    before: Occurrence | None = None

    @property
    def is_end(self) -> bool:
        """Whether the meeting, or the time, is cancelled."""
        return self.what in {"cancelled", "time-cancelled"}


NEW, CHANGED, CANCELLED = News("new"), News("changed"), News("cancelled")


def can_send_message(work: Work) -> bool:
    """Tell whether secure messages can reach people without an account here."""
    capabilities = [transport.capabilities for transport in work.platform.plugins.transports.values()]
    return any(one.family == FAMILY and one.guests for one in capabilities)


def can_invite(host: Host) -> bool:
    """Tell whether invitations can be sent by mail here."""
    return NoticeKind.MAIL in notice_kinds(host.platform)


def send_message(host: Host, work: Work, new: NewMeeting, people: Sequence[NewParticipant], news: News = NEW) -> UUID:
    """Send the meeting's subject, text and time as a secure message from its mailbox, in its case if it has one.

    Each reader identifies with the method chosen for the meeting. The message's case becomes the meeting's case.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is a member of the mailbox. It must not have written anything yet.
        new: The meeting in its current form.
        people: The invited people.
        news: What they are told.

    Returns:
        The case.

    Raises:
        Invalid: A rule of secure messages is broken; `fields` says which.
        NeedsApproval: A second person approves what is sent from the mailbox. Nothing has been written.
    """
    message = send(work, new.mailbox_id, message_of(host, work, new, people, news))
    return new.case_id or message.case_id


def message_of(host: Host, work: Work, new: NewMeeting, people: Sequence[NewParticipant], news: News) -> Draft:
    """Return the secure message of a meeting."""
    loa = level_of(people)
    return Draft(
        recipients=tuple(Address(FAMILY, person.invitee.email) for person in people),
        subject=new.subject,
        body=_body(host, work, new, people, news),
        reply_to=_answered(work, new.case_id, loa),
        loa=loa,
        terms={person.invitee.email: _terms(person) for person in people},
        once=new.id if news == NEW else None,
    )


def level_of(people: Sequence[NewParticipant]) -> Loa:
    """Return the level of assurance that a message to several people requires: one that all of them reach."""
    return min((one.loa for one in people), default=Loa.ONE)


def invite(host: Host, work: Work, meeting: Meeting, participant: Participant, news: News = NEW) -> None:
    """Send an invitation, a change or a cancellation, with a calendar event; does nothing if mail is not available."""
    url = participant_url(host, participant.invitee.token)
    _invite(host, work, meeting, (str(participant.id), participant.invitee.email, participant.language, url), news)


def invite_organiser(host: Host, work: Work, meeting: Meeting, news: News = NEW) -> None:
    """Send the organiser the same calendar event, with the address of the meeting's own page."""
    if meeting.organiser_id == NOBODY:
        return
    user = find_user(work, meeting.organiser_id)
    url = f"{host.platform.settings.base_url}{PATH}/{meeting.id}"
    _invite(host, work, meeting, (str(user.id), user.email, user.language, url), news)


def _invite(host: Host, work: Work, meeting: Meeting, reader: tuple[str, str, str, str], news: News) -> None:
    if not can_invite(host):
        return
    key, email, language, url = reader
    say, organisation = words(host, language), find_organisation(work)
    is_cancelled = news.is_end
    lines = [
        say(LEADS[news.what]).format(organisation=organisation.name),
        "",
        *_when(host, meeting.schedule, language, news),
        *(() if is_cancelled else ("", say(HOW))),
    ]
    if not is_cancelled and (own_text := read_settings(work, MeetingSettings).text.strip()):
        lines += ["", own_text]
    notice = Notice(
        NoticeKind.MAIL,
        email,
        TOPIC,
        subject=say(SUBJECTS[news.what]).format(organisation=organisation.name),
        text="\n".join(lines),
        language=language,
        link=None if is_cancelled else NoticeLink(say("Gå till mötet"), url),
        about=meeting.id,
        key=f"{meeting.id}:{key}:{meeting.sequence}:{news.what}",
        calendar=_entry(host, meeting, organisation, (language, "" if is_cancelled else url), news),
    )
    notify(work, notice)


def _entry(
    host: Host, meeting: Meeting, organisation: Organisation, reader: tuple[str, str], news: News
) -> CalendarEvent:
    """Return the calendar event of the whole meeting with its changed times, or of a single time of the series."""
    (language, url), schedule, is_cancelled = reader, meeting.schedule, news.is_end
    say = words(host, language)
    time = time_of(news) or Occurrence(schedule.starts_at, schedule.ends_at)
    return CalendarEvent(
        uid=f"{meeting.id}@{host_name(host)}",
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        summary=say("Möte med {organisation}").format(organisation=organisation.name),
        method=CalendarMethod.CANCEL if is_cancelled else CalendarMethod.REQUEST,
        sequence=meeting.sequence,
        location=url,
        description="" if is_cancelled else say(HOW),
        recurrence="" if news.time else schedule.recurrence,
        # A calendar that receives the whole series again forgets its changes to single times.
        exceptions=() if news.time or is_cancelled else tuple(_exception(changed) for changed in schedule.changed),
        recurrence_id=news.time.was if news.time else None,
    )


def time_of(news: News) -> Occurrence | None:
    """Return when the single time that the news is about is held, or was to be held."""
    time = news.time
    if time is not None and time.starts_at is not None and time.ends_at is not None:
        return Occurrence(time.starts_at, time.ends_at)
    return news.before


def _exception(time: ChangedTime) -> CalendarException:
    return CalendarException(time.was, time.starts_at, time.ends_at)


def _body(host: Host, work: Work, new: NewMeeting, people: Sequence[NewParticipant], news: News) -> str:
    """Return the text of the message, in each language that a recipient has."""
    organisation = find_organisation(work).name
    chosen = [language for language in LANGUAGES if any(person.language == language for person in people)]
    parts = []
    for language in chosen or LANGUAGES[:1]:
        say = words(host, language)
        lines = [
            say(LEADS[news.what]).format(organisation=organisation),
            "",
            *_when(host, new.schedule, language, news),
        ]
        if not news.is_end:
            lines += ["", say("Länken till mötet står i inbjudan som du får med e-post.")]
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, *([new.text] if new.text and news in {NEW, CHANGED} else [])])


def _when(host: Host, schedule: Schedule, language: str, news: News) -> list[str]:
    say = words(host, language)
    if (time := time_of(news)) is not None:
        lines = [say("Tid: {time}").format(time=spoken_time(time, language))]
        if news.before is not None and not news.is_end:
            lines.append(say("Tidigare tid: {time}").format(time=spoken_time(news.before, language)))
        return lines
    first = Occurrence(schedule.starts_at, schedule.ends_at)
    series = spoken_series(say, schedule, language)
    lines = [say("Tid: {time}").format(time=spoken_time(first, language))]
    return [*lines, say("Serie: {series}").format(series=series)] if series else lines


def _answered(work: Work, case_id: UUID | None, loa: Loa) -> UUID | None:
    """Return the message of the case to reply to: the latest that does not require a higher level than the new one."""
    if case_id is None:
        return None
    thread = read_case(work, case_id, opens=False).thread
    return next((threaded.message.id for threaded in reversed(thread) if threaded.message.loa <= loa), None)


def _terms(one: NewParticipant) -> Terms:
    return Terms(one.method, one.invitee.phone, one.invitee.personnummer, one.language)
