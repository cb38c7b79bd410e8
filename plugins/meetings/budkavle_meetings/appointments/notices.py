"""Notices about a booked time: confirmation, change, cancellation and reminder, by mail and SMS."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from budkavle import Host, Work
from budkavle.accounts import find_organisation
from budkavle.notices import CalendarEvent, CalendarMethod, Notice, NoticeKind, NoticeLink, notice_kinds, notify
from budkavle_meetings.appointments.free_times import Page
from budkavle_meetings.appointments.store import Appointment
from budkavle_meetings.booking.meetings import Meeting
from budkavle_meetings.booking.times import Occurrence
from budkavle_meetings.booking.wording import host_name, spoken_time, words


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a sentence that is translated where it is used."""
    return text


TOPIC = "meetings.appointment"
REMINDER = "meetings.reminder"
SUBJECTS = {
    "booked": N_("Bokad tid hos {organisation}"),
    "moved": N_("Ändrad tid hos {organisation}"),
    "cancelled": N_("Avbokad tid hos {organisation}"),
}
LEADS = {
    "booked": "Du har bokat en tid hos {mailbox}, {organisation}.",
    "moved": "Din tid hos {mailbox}, {organisation} är ändrad.",
    "cancelled": "Din tid hos {mailbox}, {organisation} är avbokad. Du behöver inte göra något.",
}
HOW = "På sidan kommer du till mötet, tidigast fem minuter före. Där kan du också boka om eller avboka."
REMIND_SUBJECT = "Påminnelse om din tid hos {organisation}"
REMIND = "Påminnelse: du har en tid hos {mailbox}, {organisation}."
REMIND_BY_SMS = "Påminnelse från {organisation}: du har en tid {time}. Länken finns i mejlet om din bokning."


def own_path(page: Page, appointment: Appointment) -> str:
    """Return the path of a person's own page."""
    return f"/plugin/meetings/book/{page.slug}/{page.number}/time/{appointment.visitor.token}"


def tell(host: Host, work: Work, page: Page, appointment: Appointment, meeting: Meeting, what: str) -> None:
    """Send the person a mail with a calendar event. `what` is `booked`, `moved` or `cancelled`."""
    if NoticeKind.MAIL not in notice_kinds(host.platform):
        return
    visitor, organisation = appointment.visitor, find_organisation(work).name
    say = words(host, visitor.language)
    names = {"organisation": organisation, "mailbox": page.mailbox.name}
    is_cancelled = what == "cancelled"
    url = host.platform.settings.base_url + own_path(page, appointment)
    lines = [
        say(LEADS[what]).format(**names),
        _when(say, meeting, visitor.language),
        *(() if is_cancelled else (say(HOW),)),
    ]
    event = CalendarEvent(
        uid=f"{meeting.id}@{host_name(host)}",
        starts_at=meeting.schedule.starts_at,
        ends_at=meeting.schedule.ends_at,
        summary=say("Möte med {organisation}").format(**names),
        method=CalendarMethod.CANCEL if is_cancelled else CalendarMethod.REQUEST,
        sequence=meeting.sequence,
        location="" if is_cancelled else url,
    )
    notice = Notice(
        NoticeKind.MAIL,
        visitor.email,
        TOPIC,
        subject=say(SUBJECTS[what]).format(**names),
        text="\n\n".join(lines),
        language=visitor.language,
        link=None if is_cancelled else NoticeLink(say("Visa din tid"), url),
        about=meeting.id,
        key=f"{meeting.id}:{meeting.sequence}:{what}",
        calendar=event,
    )
    notify(work, notice)


def remind(host: Host, work: Work, page: Page, appointment: Appointment, time: Occurrence) -> int:
    """Remind a person of a time, once for each time it is moved to, and return the number of notices sent."""
    visitor, kinds = appointment.visitor, notice_kinds(host.platform)
    say, spoken = words(host, visitor.language), spoken_time(time, visitor.language)
    names = {"organisation": find_organisation(work).name, "mailbox": page.mailbox.name, "time": spoken}
    mail = Notice(
        NoticeKind.MAIL,
        visitor.email,
        REMINDER,
        subject=say(REMIND_SUBJECT).format(**names),
        text="\n\n".join([say(REMIND).format(**names), say("Tid: {time}").format(**names), say(HOW)]),
        language=visitor.language,
        link=NoticeLink(say("Visa din tid"), host.platform.settings.base_url + own_path(page, appointment)),
        about=appointment.meeting_id,
        key=f"{NoticeKind.MAIL}:{appointment.id}:{instant(time.starts_at)}",
        expires_at=time.starts_at,
    )
    notices = [mail] if NoticeKind.MAIL in kinds else []
    if page.settings.reminder_by_sms and visitor.phone and NoticeKind.SMS in kinds:
        key = f"{NoticeKind.SMS}:{appointment.id}:{instant(time.starts_at)}"
        sms = replace(mail, kind=NoticeKind.SMS, address=visitor.phone, key=key, subject="", link=None, id=uuid4())
        notices.append(replace(sms, text=say(REMIND_BY_SMS).format(**names)))
    return sum(notify(work, notice) is not None for notice in notices)


def instant(at: datetime) -> str:
    """Return a time in the form that reminder keys use."""
    return at.astimezone(UTC).isoformat()


def _when(say: Callable[[str], str], meeting: Meeting, language: str) -> str:
    time = Occurrence(meeting.schedule.starts_at, meeting.schedule.ends_at)
    return say("Tid: {time}").format(time=spoken_time(time, language))
