"""Mail as a notifier: what any plugin tells somebody by mail, with a calendar entry where it brings one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import text

from budkavle import Invalid, Outbox, OutboxEntry
from budkavle.notices import (
    CalendarEvent,
    CalendarException,
    CalendarMethod,
    Notice,
    NoticeKind,
    NoticeLink,
    NoticeState,
    find_notice,
    notify,
)
from budkavle.operations import notice_sending
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.contracts import NotifierContract, OutboxContract
from budkavle.testing.working import do_job
from budkavle_email_link.receipts.bounces import Returns

MARIA = "maria@exempel.example"
ZONE = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 10, 23, 9, tzinfo=ZONE)
MEETING = CalendarEvent(
    "4711@habo.example",
    BEGIN,
    BEGIN + timedelta(minutes=30),
    "Möte med Håbo kommun",
    location="https://meddelande.habo.example/m/4711",
    description="Anslut från fem minuter innan.",
)
INVITATION = Notice(
    NoticeKind.MAIL,
    MARIA,
    "meetings.invitation",
    "Inbjudan till ett möte",
    "Håbo kommun bjuder in dig.\n\nTid: 23 oktober 09.00\nPlats: webbläsaren",
    link=NoticeLink("Se mötet", "https://meddelande.habo.example/m/4711"),
    footnote="Svara inte på mejlet.",
    calendar=MEETING,
)


def ask(email_link: Any, notice: Notice = INVITATION) -> UUID:
    asked = in_work(email_link.platform, system_actor(email_link.organisation.id), notify, replace(notice, id=uuid4()))
    assert asked is not None
    return asked


def send(email_link: Any) -> int:
    return do_job(email_link.platform, "outbox.notices.mail")


def state(email_link: Any, asked: UUID) -> tuple[NoticeState, str]:
    status = in_work(email_link.platform, system_actor(email_link.organisation.id), find_notice, asked)
    assert status is not None
    return status.state, status.failure


def test_a_mail_says_which_case_it_leads_to(email_link: Any, handler: Any) -> None:
    """In a header, for mail programs that show the message in its place; other mails have none."""
    case_id = uuid4()
    base = "https://meddelande.habo.example"
    for url in (f"{base}/c/{case_id}", f"{base}/c/annat", "https://exempel.example/c/x"):
        ask(email_link, replace(INVITATION, link=NoticeLink("Läs meddelandet", url)))
    send(email_link)
    headers = [got.message["X-Budkavle-Message"] for got in handler.got]
    assert [header for header in headers if header] == [str(case_id)]
    assert len(headers) == 3


def entry_of(got: Any) -> tuple[Any, Any]:
    """The part of a mail that is for the calendar, and the event in it, as a calendar program reads them."""
    (part,) = [part for part in got.message.walk() if part.get_content_type() == "text/calendar"]
    whole = Calendar.from_ical(part.get_payload(decode=True))
    (event,) = whole.walk("VEVENT")
    assert whole["METHOD"] == part.get_param("method")
    assert part.get_content_charset() == "utf-8"
    return whole, event


def test_a_notice_says_what_was_asked_for(email_link: Any, handler: Any) -> None:
    """In both bodies, from the organisation, under a Message-ID that stays."""
    asked = ask(email_link)
    handler.answers["MAIL"] = ["451 later"]
    send(email_link)
    assert state(email_link, asked)[0] is NoticeState.WAITING
    email_link.organisation.rows("UPDATE outbox SET due_at = now()")
    assert send(email_link) == 1
    (got,) = handler.got
    assert got.message["Subject"] == "Inbjudan till ett möte"
    assert str(got.message["From"]) == "Håbo kommun <no-reply@habo.example>"
    assert (got.recipients, got.message["Content-Language"]) == ([MARIA], "sv")
    for kind in ("plain", "html"):
        body = got.body(kind)
        for words in ("bjuder in dig.", "Tid: 23 oktober 09.00", "/m/4711", "Se mötet", "Svara inte på mejlet."):
            assert words in body, (kind, words)
    assert state(email_link, asked) == (NoticeState.SENT, "")


def test_an_invitation_is_an_entry_of_the_calendar(email_link: Any, handler: Any) -> None:
    """A request with the same method in both places, in Swedish time with its rules, and no answer asked for."""
    ask(email_link)
    send(email_link)
    whole, event = entry_of(handler.got[0])
    assert whole["METHOD"] == "REQUEST"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("4711@habo.example", 0, "CONFIRMED")
    assert event.decoded("DTSTART") == BEGIN
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(minutes=30)
    assert event["DTSTART"].params["TZID"] == "Europe/Stockholm"
    assert [str(zone["TZID"]) for zone in whole.walk("VTIMEZONE")] == ["Europe/Stockholm"]
    (zone,) = whole.walk("VTIMEZONE")
    rules = [(part.name, part["RRULE"].to_ical().decode()) for part in zone.subcomponents]
    assert rules == [
        ("STANDARD", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
        ("DAYLIGHT", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
    ]  # a list of dates is not followed by every calendar
    assert (event["SUMMARY"], event["LOCATION"]) == (MEETING.summary, MEETING.location)
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:no-reply@habo.example", "Håbo kommun")
    assert (event["ATTENDEE"], event["ATTENDEE"].params["RSVP"]) == (f"mailto:{MARIA}", "FALSE")
    assert [part.get_content_type() for part in handler.got[0].message.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def test_a_meeting_is_moved_and_cancelled(email_link: Any, handler: Any) -> None:
    """The same entry by its uid, with a higher sequence; cancelled it leaves the calendar."""
    moved = replace(MEETING, sequence=1, starts_at=BEGIN + timedelta(hours=1), ends_at=BEGIN + timedelta(hours=2))
    ask(email_link, replace(INVITATION, calendar=moved))
    send(email_link)
    ask(email_link, replace(INVITATION, calendar=replace(moved, sequence=2, method=CalendarMethod.CANCEL)))
    send(email_link)
    (first, changed), (second, cancelled) = (entry_of(got) for got in handler.got)
    assert (first["METHOD"], second["METHOD"]) == ("REQUEST", "CANCEL")
    assert changed["UID"] == cancelled["UID"] == "4711@habo.example"
    assert (changed["SEQUENCE"], cancelled["SEQUENCE"], cancelled["STATUS"]) == (1, 2, "CANCELLED")


def test_a_series_keeps_its_hour_when_the_clocks_change(email_link: Any, handler: Any) -> None:
    """Nine o'clock on Friday is nine o'clock after the last Sunday of October too."""
    ask(email_link, replace(INVITATION, calendar=replace(MEETING, recurrence="FREQ=WEEKLY;COUNT=3")))
    send(email_link)
    _, event = entry_of(handler.got[0])
    assert event["RRULE"].to_ical() == b"FREQ=WEEKLY;COUNT=3"
    assert event["DTSTART"].to_ical() == b"20261023T090000"


def test_a_single_time_of_a_series_is_moved_and_cancelled(email_link: Any, handler: Any) -> None:
    """By when its rule has it begin, on the clock of the series: nine o'clock also after the clocks have changed."""
    was = BEGIN + timedelta(days=7)  # 30 October, in winter time
    moved = replace(
        MEETING, sequence=1, starts_at=was + HOUR, ends_at=was + 2 * HOUR, recurrence_id=was.astimezone(UTC)
    )
    gone = replace(moved, sequence=2, method=CalendarMethod.CANCEL)
    for calendar in (moved, gone):
        ask(email_link, replace(INVITATION, calendar=calendar))
        send(email_link)
    (_, changed), (_, cancelled) = (entry_of(got) for got in handler.got)
    for event, status in ((changed, "CONFIRMED"), (cancelled, "CANCELLED")):
        assert event["RECURRENCE-ID"].to_ical() == b"20261030T090000"
        assert event["RECURRENCE-ID"].params["TZID"] == "Europe/Stockholm"
        assert event["DTSTART"].to_ical() == b"20261030T100000"
        assert (event["UID"], event["STATUS"]) == ("4711@habo.example", status)
        assert "RRULE" not in event


def test_a_series_brings_its_changed_times(email_link: Any, handler: Any) -> None:
    """Those that are cancelled are left out of the rule, those that are moved are entries of their own."""
    first, second = BEGIN + timedelta(days=7), BEGIN + timedelta(days=14)
    exceptions = (CalendarException(first), CalendarException(second, second + HOUR, second + 2 * HOUR))
    series = replace(MEETING, recurrence="FREQ=WEEKLY;COUNT=4", exceptions=exceptions)
    ask(email_link, replace(INVITATION, calendar=series))
    send(email_link)
    (part,) = [part for part in handler.got[0].message.walk() if part.get_content_type() == "text/calendar"]
    master, moved = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    assert master["EXDATE"].to_ical() == b"20261030T090000"
    assert master["RRULE"].to_ical() == b"FREQ=WEEKLY;COUNT=4"
    assert (moved["RECURRENCE-ID"].to_ical(), moved["DTSTART"].to_ical()) == (b"20261106T090000", b"20261106T100000")
    assert moved["UID"] == master["UID"]


NOT_TO_BE_MAILED: list[tuple[dict[str, Any], str]] = [
    ({"address": "maria"}, "giltig e-postadress"),
    ({"address": "maria@exempel.example\r\nBcc: alla@exempel.example"}, "giltig e-postadress"),
    ({"subject": " "}, "rubrik"),
    ({"subject": "Rad\nBcc: alla@exempel.example"}, "en enda rad"),
    ({"calendar": replace(MEETING, recurrence="varje vecka")}, "Upprepningen"),
    ({"calendar": replace(MEETING, recurrence="COUNT=3")}, "Upprepningen"),
    ({"calendar": replace(MEETING, recurrence="FREQ=WEEKLY;COUNT=tre")}, "Upprepningen"),
]


def test_what_cannot_be_mailed_is_refused_at_once(email_link: Any) -> None:
    """Whoever asks reads why, and nothing is stored."""
    for wrong, says in NOT_TO_BE_MAILED:
        with pytest.raises(Invalid, match=says):
            ask(email_link, replace(INVITATION, **wrong))
        assert email_link.organisation.rows("SELECT 1 FROM notices UNION ALL SELECT 1 FROM outbox") == [], wrong


def test_nothing_of_the_reader_breaks_out_of_the_calendar(email_link: Any, handler: Any) -> None:
    """A line break in a summary begins no property of its own."""
    ask(
        email_link,
        replace(INVITATION, calendar=replace(MEETING, summary="Möte\r\nATTENDEE:mailto:alla@exempel.example")),
    )
    send(email_link)
    _, event = entry_of(handler.got[0])
    assert event["ATTENDEE"] == f"mailto:{MARIA}"


REPORT = (
    "To: {to}\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nAction: {action}\nStatus: 5.1.1\n"
)


@pytest.mark.parametrize(
    ("action", "then"),
    [("failed", NoticeState.FAILED), ("delivered", NoticeState.DELIVERED), ("delayed", NoticeState.SENT)],
)
def test_what_mail_servers_report_is_told_to_who_asked(
    email_link: Any, handler: Any, action: str, then: NoticeState
) -> None:
    """Whoever asked hears it as the notice's state, whatever plugin that is."""
    asked = ask(email_link)
    send(email_link)
    assert Returns(email_link.host).take(REPORT.format(to=handler.got[0].sender, action=action).encode())
    assert state(email_link, asked)[0] is then
    assert bool(state(email_link, asked)[1]) is (then is NoticeState.FAILED)


def test_an_address_that_is_refused_fails_at_once(email_link: Any, handler: Any) -> None:
    """Nothing is parked: nobody here can mend it."""
    asked = ask(email_link)
    handler.answers["RCPT"] = ["550 no such user"]
    send(email_link)
    assert state(email_link, asked)[0] is NoticeState.FAILED
    assert "E-postadressen finns inte" in state(email_link, asked)[1]
    assert email_link.organisation.rows("SELECT 1 FROM outbox") == []


def test_it_is_shown_in_the_outbox_of_development(open_email_link: Callable[..., Any]) -> None:
    """With its calendar entry, and nothing is sent."""
    from budkavle_email_link.mail.outbox import Outbox as Mails

    email_link = open_email_link(host="outbox")
    ask(email_link)
    send(email_link)
    (shown,) = Mails(email_link.host).latest()
    assert shown.mail.subject == "Inbjudan till ett möte"
    assert (shown.mail.calendar_method, "UID:4711@habo.example" in shown.mail.calendar) == ("REQUEST", True)


@contextmanager
def silent(handler: Any) -> Iterator[None]:
    handler.answers["MAIL"] = ["451 later"]
    yield
    handler.answers.pop("MAIL", None)


@pytest.mark.feature("PL6")
class TestMail(NotifierContract):
    @pytest.fixture
    def notifier(self, email_link: Any) -> Any:
        return next(email_link.platform.plugins.registered("notifiers")).thing

    @pytest.fixture
    def notice(self) -> Notice:
        return INVITATION

    @pytest.fixture
    def wrong_address(self) -> str:
        return "maria.exempel"

    @pytest.fixture
    def sent(self, handler: Any) -> Callable[[], int]:
        return lambda: len(handler.got)

    @pytest.fixture
    def broken(self, handler: Any) -> AbstractContextManager[None]:
        return silent(handler)

    @pytest.fixture
    def home(self, email_link: Any) -> UUID:
        organisation_id: UUID = email_link.organisation.id
        return organisation_id


@pytest.mark.feature("PL6")
class TestOutbox(OutboxContract):
    """The outbox that the core keeps for these mails."""

    @pytest.fixture
    def outbox(self, email_link: Any) -> Outbox:
        return notice_sending.outboxes(email_link.platform)["notices.mail"]

    @pytest.fixture
    def entry(self, email_link: Any) -> OutboxEntry:
        return self.entry_of(b"", str(ask(email_link)), email_link.organisation.id)

    @pytest.fixture
    def done(self, handler: Any) -> Callable[[], int]:
        return lambda: len(handler.got)

    @pytest.fixture
    def broken(self, handler: Any) -> AbstractContextManager[None]:
        return silent(handler)


def test_what_an_older_version_has_queued_in_the_cores_outbox_is_sent(email_link: Any, handler: Any) -> None:
    """Its entries become notices; one whose account is gone is forgotten."""
    from msgspec.json import encode

    from budkavle.storage import NewEntry, enqueue

    system = system_actor(email_link.organisation.id)
    for user_id in (email_link.anna.user.id, uuid4()):
        change = {"user_id": user_id, "kind": "role-changed", "at": datetime.now(UTC)}
        assert in_work(email_link.platform, system, enqueue, NewEntry("email_link.accounts", encode(change)))
    assert in_work(email_link.platform, system, enqueue, NewEntry("email_link.notices", b"", key=str(uuid4())))
    assert do_job(email_link.platform, "outbox.email_link.accounts") == 2
    assert do_job(email_link.platform, "outbox.email_link.notices") == 1
    assert send(email_link) == 1
    assert [got.message["Subject"] for got in handler.got] == ["En administratör har ändrat din roll"]
    with email_link.platform.database.transaction(email_link.organisation.id) as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 0
