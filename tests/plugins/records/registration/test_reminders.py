"""The mail in the morning to those who register."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budkavle import Platform
from budkavle.notices import NoticeKind
from budkavle.testing import FakeNotifier, SampleOrganisation, do_job
from budkavle_records.registration.reminders import Reminders

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2030, 6, 3, 7, 30, tzinfo=STOCKHOLM)


@pytest.fixture
def mails() -> FakeNotifier:
    notifier = FakeNotifier(kind=NoticeKind.MAIL)
    notifier.check = lambda notice: None  # type: ignore[method-assign]
    return notifier


def remind(register: Any, at: datetime) -> int:
    return Reminders(register.host).run_at(at)


def sent(platform: Platform, mails: FakeNotifier) -> list[tuple[str, str]]:
    """Return to whom mails went, and their texts."""
    mails.sent.clear()
    while do_job(platform, "outbox.notices.mail"):
        pass
    return sorted((attempt.notice.address, attempt.notice.text) for attempt in mails.sent)


def due_on(register: Any, day: date) -> None:
    """Let a message come whose last day is this one."""
    known = register.arrive()
    register.due(known.message_id, datetime.combine(day + timedelta(days=1), time(), STOCKHOLM))


@pytest.mark.feature("ZR2")
def test_members_are_told_in_the_morning_what_becomes_late(
    register: Any, organisation: SampleOrganisation, platform: Platform, mails: FakeNotifier
) -> None:
    """Once a day, each member of the mailbox and nobody else, with nothing of the messages."""
    assert remind(register, MONDAY) == 0
    due_on(register, MONDAY.date())
    due_on(register, MONDAY.date())
    due_on(register, MONDAY.date() - timedelta(days=3))
    due_on(register, MONDAY.date() + timedelta(days=1))
    assert remind(register, MONDAY.replace(hour=6)) == 0
    assert remind(register, MONDAY) == 1
    assert remind(register, MONDAY + timedelta(hours=2)) == 0
    told = sent(platform, mails)
    members = (organisation.case_worker, organisation.colleague, organisation.mailbox_administrator)
    assert [address for address, _ in told] == sorted(member.email for member in members)
    text = told[0][1]
    assert "ska 2 meddelanden registreras" in text
    assert "1 redan försenade" in text
    assert "Begäran" not in text


@pytest.mark.feature("ZR2")
def test_nobody_is_told_on_free_days_or_where_it_is_off(register: Any, platform: Platform, mails: FakeNotifier) -> None:
    """Saturday, the organisation's own closed day, and a switch."""
    for day in (date(2030, 6, 1), date(2030, 6, 3), date(2030, 6, 4)):
        due_on(register, day)
    assert remind(register, MONDAY - timedelta(days=2)) == 0
    register.choose(closed="2030-06-03")
    assert remind(register, MONDAY) == 0
    register.choose(remind=False)
    assert remind(register, MONDAY + timedelta(days=1)) == 0
    assert sent(platform, mails) == []


def test_each_reads_it_in_their_own_language(register: Any, platform: Platform, mails: FakeNotifier) -> None:
    """English for those who have chosen English."""
    organisation = register.organisation
    organisation.rows("UPDATE users SET language = 'en' WHERE id = :id", id=organisation.colleague.id)
    due_on(register, MONDAY.date())
    remind(register, MONDAY)
    texts = dict(sent(platform, mails))
    assert "are to be registered" in texts[organisation.colleague.email]
    assert "registreras" in texts[organisation.case_worker.email]
