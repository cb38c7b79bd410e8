"""People book a time on the page of a mailbox, and nobody else gets it; it becomes a meeting with a case."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle import Conflict, Direction, FunctionMailbox, Host, Platform, SettingsSection
from budkavle.accounts import mailboxes
from budkavle.messaging import read_case
from budkavle.testing import SampleOrganisation, SampleUser, SettingsSectionContract, do_job, in_work
from budkavle_meetings.appointments import store
from budkavle_meetings.appointments.settings import DAYS
from budkavle_meetings.appointments.store import Slot, Visitor, hold, list_busy
from budkavle_meetings.booking.meetings import NewMeeting, cancel_meeting, change_meeting, load_meeting
from budkavle_meetings.booking.times import Schedule

HALF = timedelta(minutes=30)
MARIA = Visitor("Maria Lind", "maria@exempel.example", way="email")


class TestAppointmentSection(SettingsSectionContract):
    """The form of a mailbox."""

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["meetings.appointments"]

    @pytest.fixture
    def changes(self) -> dict[str, object]:
        return {
            **dict.fromkeys(DAYS, "09:00–12:00"),
            "on": True,
            "text": "Ta med dina papper.",
            "length": timedelta(minutes=45),
            "pause": timedelta(minutes=10),
            "notice": timedelta(hours=2),
            "furthest": timedelta(days=14),
            "kind": "teams",
            "loa": 3,
            "way": "freja",
            "reminder": timedelta(hours=3),
            "reminder_by_sms": False,
            "calendar": "caldav",
            "calendar_address": "https://kalender.kommun.example/elevhalsan/",
            "calendar_user": "elevhalsan",
            "calendar_password": "hemligt",
        }

    @pytest.fixture
    def wrong(self) -> dict[str, object]:
        return {"monday": "9–12", "length": timedelta(minutes=1), "kind": "zoom"}


def slot(mailbox: FunctionMailbox, start: datetime, number: int = 7) -> Slot:
    return Slot(mailbox.id, number, start, start + HALF, timedelta(0))


def test_of_sixty_who_want_overlapping_times_one_gets_it(
    host: Host, organisation: SampleOrganisation, mailbox: FunctionMailbox
) -> None:
    """All at once, from threads of their own; another mailbox has the same hour, and the time after is free."""
    start = datetime(2027, 3, 1, 9, tzinfo=UTC)

    def want(number: int) -> bool:
        try:
            hold(host, organisation.id, slot(mailbox, start + timedelta(minutes=10 * (number % 3))), MARIA)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(want, range(60))) == 1
    assert hold(host, organisation.id, slot(mailbox, start, 8), MARIA)
    assert hold(host, organisation.id, slot(mailbox, start + timedelta(hours=1)), MARIA)


def test_a_time_that_is_held_too_long_is_free_again(
    host: Host, organisation: SampleOrganisation, mailbox: FunctionMailbox
) -> None:
    """After ten minutes; before that it is taken."""
    start = datetime(2027, 3, 1, 9, tzinfo=UTC)
    hold(host, organisation.id, slot(mailbox, start), MARIA)
    with pytest.raises(Conflict, match="hann bli bokad"):
        hold(host, organisation.id, slot(mailbox, start), MARIA)
    organisation.rows("UPDATE meetings_appointments SET held_until = now() - interval '1 second' RETURNING id")
    assert hold(host, organisation.id, slot(mailbox, start), MARIA)


def test_a_host_with_another_clock_frees_nothing_early(
    host: Host, organisation: SampleOrganisation, mailbox: FunctionMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long a time is held is by the database's clock, for all hosts."""
    start, ahead = datetime(2027, 3, 1, 9, tzinfo=UTC), lambda zone: datetime.now(zone) + timedelta(hours=1)
    held = hold(host, organisation.id, slot(mailbox, start), MARIA)
    monkeypatch.setattr(store, "datetime", type("Ahead", (datetime,), {"now": ahead}))
    assert not held.is_lapsed
    with host.work(organisation.system) as work:
        assert list_busy(host, work, mailbox.id, start, start + timedelta(hours=1))


@pytest.mark.feature("V1")
def test_a_booked_time_is_a_meeting_and_a_case(
    guest: Any, booking: Any, case_worker: SampleUser, organisation: SampleOrganisation
) -> None:
    """Chosen, held, identified and confirmed by a person without account; the mailbox has the case."""
    start = guest.times()[3]
    guest.hold(start, subject="Skolskjuts", phone="070-123 45 67")
    assert [row.state for row in booking.rows()] == ["held"]
    assert start not in guest.times()
    own = guest.identify()
    assert "Bekräfta din tid" in own.text
    assert organisation.rows("SELECT * FROM meetings_meetings") == []
    done = guest.post(f"{own.url.path}/confirm")
    assert "Din tid är bokad" in done.text
    meeting = booking.meeting()
    assert meeting.starts_at == datetime.fromisoformat(start)
    shown = in_work(organisation.platform, case_worker, read_case, meeting.case_id)
    assert shown.case.mailbox_id == booking.mailbox.id
    (letter,) = [each.message for each in shown.thread]
    assert (letter.subject, letter.direction) == ("Bokad tid: Maria Lind", Direction.IN)
    assert (letter.sender.name, letter.sender.value) == ("Maria Lind", "maria@exempel.example")
    assert "Skolskjuts" in letter.body
    assert booking.outward.link.carried == {}
    (mail,) = [each for each in booking.told() if each.topic == "meetings.appointment"]
    assert mail.address == "maria@exempel.example"
    assert mail.calendar.starts_at == meeting.starts_at
    assert mail.link.url.endswith(own.url.path)
    assert "Skolskjuts" not in mail.text + mail.subject
    assert "Maria" not in repr(organisation.log_entries("meetings.booked"))
    assert b"Maria" not in bytes(booking.rows()[0].sealed)


def test_what_a_guest_does_is_seen_in_the_inbox(
    guest: Any, booking: Any, browse: Callable[..., Any], case_worker: SampleUser
) -> None:
    """The booking comes in as something unread, and so do a move and a cancellation, in the same case."""
    own = guest.book()
    inbox = f"/m/{booking.mailbox.id}"
    assert "Bokad tid: Maria Lind" in browse(case_worker).get(inbox).text
    guest.post(f"{own}/move", start=guest.times(f"{own}/move")[6])
    assert "Ändrad tid: Maria Lind" in browse(case_worker).get(inbox).text
    guest.post(f"{own}/cancel")
    assert "Avbokad tid: Maria Lind" in browse(case_worker).get(inbox).text
    shown = in_work(booking.organisation.platform, case_worker, read_case, booking.meeting().case_id)
    assert [each.message.direction for each in shown.thread] == [Direction.IN] * 3


def test_a_time_is_booked_where_a_second_person_approves_what_is_sent(
    guest: Any, booking: Any, organisation: SampleOrganisation
) -> None:
    """Nothing is sent from the mailbox, so the guest waits for nobody."""
    set_up = mailboxes.set_needs_approval
    in_work(organisation.platform, organisation.administrator, set_up, booking.mailbox.id, needed=True)
    guest.book()
    assert booking.meeting().case_id is not None
    assert booking.outward.link.carried == {}


def test_nothing_is_booked_by_looking(guest: Any, booking: Any) -> None:
    """Mail scanners open every address; only the person's own button books, and only after they have identified."""
    guest.hold(guest.times()[3])
    own = guest.identify().url.path
    guest.get(own)
    assert [row.state for row in booking.rows()] == ["held"]
    guest.client.cookies.clear()
    assert "Visa vem du är" in guest.get(own).text
    assert guest.client.post(f"{own}/confirm", headers={"accept": "text/html"}).status_code in {401, 403}
    assert [row.state for row in booking.rows()] == ["held"]


def test_who_has_identified_for_one_time_confirms_no_other(guest: Any, booking: Any) -> None:
    """The session is for that time alone."""
    guest.hold(guest.times()[3])
    first = guest.identify().url.path
    second = guest.hold(guest.times()[5]) and guest.identify().url.path
    answer = guest.client.post(f"{first}/confirm", data={"csrf": _csrf(guest, second)}, headers=_own_site())
    assert answer.status_code == 403
    assert {row.state for row in booking.rows()} == {"held"}


def test_a_clash_keeps_what_was_written(guest: Any, booking: Any, host: Host) -> None:
    """The list is filled anew, and says nothing of why the time is taken."""
    start = guest.times()[3]
    number = int(booking.path.rsplit("/", 1)[1])
    taken = Slot(booking.mailbox.id, number, datetime.fromisoformat(start), datetime.fromisoformat(start) + HALF, HALF)
    hold(host, booking.organisation.id, taken, Visitor("Bo Ask", "bo@exempel.example", subject="Vräkning"))
    answer = guest.hold(start, subject="Skolskjuts")
    assert answer.status_code == 409
    assert "hann bli bokad" in answer.text
    assert "Skolskjuts" in answer.text
    assert start not in answer.text
    assert "Vräkning" not in answer.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("start", "", "Välj en tid."),
        ("start", "0001-01-01T00:00:00+01:00", "Välj en tid."),
        ("name", "", "Skriv ditt namn, med högst 100 tecken."),
        ("name", "M" * 101, "Skriv ditt namn, med högst 100 tecken."),
        ("name", "Maria\u202eaM", "Skriv ditt namn, med högst 100 tecken."),
        ("email", "maria", "Skriv din e-postadress"),
        ("email", "maria@exempel", "Skriv din e-postadress"),
        ("email", "maria\u200b@exempel.example", "Skriv din e-postadress"),
        ("phone", "12", "Skriv ett mobilnummer"),
        ("subject", "x" * 501, "högst 500 tecken"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(guest: Any, booking: Any, field: str, value: str, words: str) -> None:
    """And nothing is held."""
    answer = guest.hold(**{"start": guest.times()[3], field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="{field}-error"' in answer.text
    assert booking.rows() == []


def test_a_time_that_is_not_offered_is_not_held(guest: Any, booking: Any) -> None:
    """Whatever a form says: in the past, out of step, or further away than the mailbox wants."""
    now = datetime.now(UTC).replace(microsecond=0)
    for start in (now - timedelta(days=1), now + timedelta(hours=5, seconds=7), now + timedelta(days=90)):
        assert guest.hold(start.isoformat()).status_code == 409
    assert booking.rows() == []


def test_a_page_that_is_off_is_not_there(guest: Any, booking: Any) -> None:
    """Neither are other numbers, nor the page of one organisation under the name of another; who has booked, has."""
    own = guest.book()
    booking.choose(on=False)
    assert guest.get().status_code == 404
    assert guest.hold("").status_code == 404
    assert "Din tid är bokad" in guest.get(own).text
    booking.choose(on=True)
    assert guest.get(f"{booking.path}9").status_code == 404
    assert guest.get(booking.path.replace("/book/", "/book/x")).status_code == 404
    assert guest.get(f"{own}x").status_code == 404


def test_another_organisation_reaches_nothing(guest: Any, booking: Any, other_organisation: SampleOrganisation) -> None:
    """Neither the page nor a booking, by its own name in the address."""
    own = guest.book()
    slug, other = (each.organisation.slug for each in (booking.organisation, other_organisation))
    for path in (booking.path, own, f"{own}/move"):
        assert guest.get(path.replace(f"/{slug}/", f"/{other}/")).status_code == 404
    for place in ("move", "cancel", "identify"):
        answer = guest.client.post(f"{own}/{place}".replace(f"/{slug}/", f"/{other}/"), headers=_own_site())
        assert answer.status_code == 404
    assert [row.state for row in booking.rows()] == ["booked"]


def test_another_site_sends_no_forms(guest: Any, booking: Any) -> None:
    """Neither to choose a time nor to cancel one."""
    own = guest.book()
    headers = {"accept": "text/html", "sec-fetch-site": "cross-site"}
    for path in (booking.path, f"{own}/cancel", f"{own}/move", f"{own}/identify"):
        assert guest.client.post(path, data={}, headers=headers).status_code == 403
    assert [row.state for row in booking.rows()] == ["booked"]


def test_the_guest_moves_the_time(guest: Any, booking: Any) -> None:
    """The old time is free again, the calendar gets the next sequence number, and the case tells it."""
    before = guest.times()
    own = guest.book(before[3])
    after = guest.times(f"{own}/move")[6]
    assert "Din tid är bokad" in guest.post(f"{own}/move", start=after).text
    assert before[3] in guest.times()
    assert after not in guest.times()
    meeting = booking.meeting()
    assert (meeting.starts_at, meeting.sequence) == (datetime.fromisoformat(after), 1)
    mails = [each for each in booking.told() if each.topic == "meetings.appointment"]
    assert [(mail.calendar.method.value, mail.calendar.sequence) for mail in mails] == [("REQUEST", 0), ("REQUEST", 1)]
    assert len({mail.calendar.uid for mail in mails}) == 1
    assert booking.organisation.log_entries("meetings.moved-by-guest")


def test_the_guest_cancels_the_time(guest: Any, booking: Any) -> None:
    """It is free again at once, and taken out of the calendar; a second time changes nothing."""
    start = guest.times()[3]
    own = guest.book(start)
    assert "Tiden är avbokad" in guest.post(f"{own}/cancel").text
    assert start in guest.times()
    assert booking.meeting().cancelled_at is not None
    mails = [each for each in booking.told() if each.topic == "meetings.appointment"]
    assert (mails[-1].calendar.method.value, mails[-1].calendar.sequence) == ("CANCEL", 1)
    assert guest.post(f"{own}/cancel").status_code == 409
    assert guest.post(f"{own}/move", start=guest.times()[5]).status_code == 409
    assert len(booking.told()) == len(mails)


def test_what_a_member_cancels_or_moves_is_free_again(
    guest: Any, booking: Any, host: Host, case_worker: SampleUser
) -> None:
    """Their page of the meeting knows nothing of the booking; its times follow all the same."""
    start, other = guest.times()[3], guest.times()[8]
    own = guest.book(start)
    to = datetime.fromisoformat(other)

    def moved(work: Any) -> None:
        meeting = load_meeting(host, work, booking.meeting().id)
        new = NewMeeting(meeting.mailbox_id, "room", "Möte", "", Schedule(to, to + HALF), meeting.case_id)
        change_meeting(host, work, meeting, new)

    in_work(booking.organisation.platform, case_worker, moved)
    assert start in guest.times()
    assert other not in guest.times()
    assert guest.book(start) != own
    in_work(
        booking.organisation.platform,
        case_worker,
        lambda work: cancel_meeting(host, work, load_meeting(host, work, booking.rows()[0].meeting_id)),
    )
    assert "Tiden är avbokad" in guest.get(own).text or "Din tid är bokad" in guest.get(own).text


def test_a_reminder_comes_once_and_not_of_what_is_cancelled(guest: Any, booking: Any, platform: Platform) -> None:
    """By mail, and by SMS to who has given a number; a cancelled time's is withdrawn where it waits."""
    booking.choose(reminder=timedelta(hours=48))
    own = guest.book(phone="070-123 45 67")
    assert do_job(platform, "meetings.remind") == 2
    assert do_job(platform, "meetings.remind") == 0
    guest.book()
    assert do_job(platform, "meetings.remind") == 1
    guest.post(f"{own}/cancel")
    booking.told()
    reminders = [each for each in booking.outward.mail.notices if each.topic == "meetings.reminder"]
    assert len(reminders) == 1
    assert booking.outward.sms.notices == []


def test_an_organisation_made_during_the_run_is_no_fault(
    guest: Any, booking: Any, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has its turn as well, after all that was asked first."""
    booking.choose(reminder=timedelta(hours=48))
    guest.book()
    visit = Platform.in_each_organisation

    def visit_one_more(self: Platform, run: Callable[..., int], **chosen: Any) -> int:
        SampleOrganisation.create(self, "Mullsjö")
        return visit(self, run, **chosen)

    monkeypatch.setattr(Platform, "in_each_organisation", visit_one_more)
    assert do_job(platform, "meetings.remind") == 1


def test_a_reminder_by_sms_says_when_and_no_more(guest: Any, booking: Any, platform: Platform) -> None:
    """No subject, no name and no link: other people read along on phones."""
    booking.choose(reminder=timedelta(hours=48))
    guest.book(phone="070-123 45 67", subject="Skolskjuts")
    do_job(platform, "meetings.remind")
    booking.told()
    (text,) = booking.outward.sms.notices
    assert text.address == "+46701234567"
    assert text.link is None
    assert "Skolskjuts" not in text.text
    assert "Maria" not in text.text


def test_no_reminder_where_the_mailbox_wants_none(guest: Any, booking: Any, platform: Platform) -> None:
    """Nor before it is time."""
    booking.choose(reminder=timedelta(0))
    guest.book()
    assert do_job(platform, "meetings.remind") == 0


def test_one_network_address_does_not_empty_the_week(guest: Any, booking: Any) -> None:
    """Twelve times in a quarter of an hour; then it is told to wait."""
    answers = [guest.hold(start).status_code for start in guest.times()[3:16]]
    assert answers.count(429) == 1
    assert len(booking.rows()) == 12


def test_a_personnummer_is_asked_for_where_it_is_compared(guest: Any, booking: Any) -> None:
    """At level 3 whoever books types it, and must be that person at the meeting too."""
    booking.choose(loa=3, way="")
    start = guest.times()[3]
    assert guest.hold(start, way="freja").status_code == 422
    assert guest.hold(start, way="email").status_code == 422
    guest.hold(start, way="freja", personnummer="19811218-9876")
    assert "Bekräfta din tid" in guest.identify().text


def test_the_mailboxs_page_says_the_address(booking: Any, browse: Callable[..., Any], case_worker: SampleUser) -> None:
    """As long as it is on."""
    path = f"/mailboxes/{booking.mailbox.id}"
    assert booking.path in browse(case_worker).get(path).text
    booking.choose(on=False)
    assert booking.path not in browse(case_worker).get(path).text


def _csrf(guest: Any, path: str) -> str:
    return str(guest.get(path).text.split('name="csrf" value="')[1].split('"')[0])


def _own_site() -> dict[str, str]:
    return {"accept": "text/html", "sec-fetch-site": "same-origin"}
