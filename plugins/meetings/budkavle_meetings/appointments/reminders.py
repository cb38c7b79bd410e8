"""Reminders of booked times: a job that finds times that start soon, and a check before each reminder is sent."""

import contextlib
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from budkavle import ActorScope, Host, Invalid, NotFound, Work
from budkavle.accounts import find_organisation
from budkavle.notices import NoticeStatus
from budkavle_meetings.appointments import store
from budkavle_meetings.appointments.free_times import Page, find_page
from budkavle_meetings.appointments.notices import REMINDER, instant, remind
from budkavle_meetings.booking.meetings import load_meeting
from budkavle_meetings.booking.times import Occurrence


def remind_of_appointments(host: Host) -> int:
    """Send reminders as early as each mailbox has chosen, and return the number of notices sent."""
    return host.platform.in_each_organisation(partial(_remind_in, host))


def is_reminder_due(host: Host, status: NoticeStatus) -> bool | None:
    """Tell whether a reminder is still due: not if its meeting has been cancelled or moved. None for other notices."""
    if status.topic != REMINDER or status.about is None:
        return None
    with host.work(host.system(status.organisation_id)) as work:
        try:
            meeting = load_meeting(host, work, status.about)
        except NotFound:
            return False
    return not meeting.is_cancelled and status.key.endswith(instant(meeting.schedule.starts_at))


def _remind_in(host: Host, organisation_id: UUID) -> int:
    sent = 0
    store.forget_lapsed(host, organisation_id)
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        slug = find_organisation(work).slug
        for number in store.list_numbers(host, work):
            with contextlib.suppress(NotFound):  # the mailbox has been deleted
                sent += _remind_on(host, work, find_page(host, work, slug, number, switched_off=True))
    return sent


def _remind_on(host: Host, work: Work, page: Page) -> int:
    now, sent = datetime.now(UTC), 0
    for row in store.list_due(host, work, page.mailbox.id, now, now + page.settings.reminder):
        appointment = store.find(host, work, row.id)
        with contextlib.suppress(Invalid):  # one person's invalid address must not stop the other reminders
            sent += remind(host, work, page, appointment, Occurrence(row.starts_at, row.ends_at))
    return sent
