"""A mailbox whose messages a second person approves: bookings and changes wait, and nothing goes out before the yes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from budkavle import Conflict, Forbidden, Loa, NotFound
from budkavle.accounts import mailboxes
from budkavle.approvals import ApprovalState, approve, find_approval, reject, requests, withdraw
from budkavle.storage import outbox
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_meetings.booking.booking import cancel, cancel_time, rebook
from budkavle_meetings.booking.changes import as_new
from budkavle_meetings.booking.held import people_of
from budkavle_meetings.booking.meetings import Meeting, find_meeting
from budkavle_meetings.booking.participants import Booking
from budkavle_meetings.booking.times import occurrences

ANNA = "anna.ek@exempel.example"
QUEUE = "budkavle.approved.meetings"
Browse = Callable[..., Any]


@pytest.fixture(autouse=True)
def approving(organisation: SampleOrganisation, mailbox: Any) -> None:
    """The mailbox's messages wait for a second person."""
    set_up = mailboxes.set_needs_approval
    in_work(organisation.platform, organisation.administrator, set_up, mailbox.id, needed=True)


class Office:
    """What the colleague decides, and what has become of the meeting."""

    def __init__(self, meetings: Any, colleague: SampleUser, mail: Any, link: Any) -> None:
        self.meetings, self.colleague, self.mail, self.link = meetings, colleague, mail, link
        self.platform = meetings.organisation.platform

    def decide(self, meeting: Meeting, decide: Callable[..., Any], *words: str, by: SampleUser | None = None) -> None:
        in_work(self.platform, by or self.colleague, decide, meeting.request_id, *words)
        for _ in range(2):
            do_job(self.platform, f"outbox.{QUEUE}")
        self.meetings.told()

    def without(self, user: SampleUser, do: Callable[[], None]) -> None:
        """Do something while somebody is no member of the mailbox."""
        box, by = self.meetings.mailbox.id, self.meetings.organisation.administrator
        in_work(self.platform, by, mailboxes.remove_members, box, [user.id])
        do()
        in_work(self.platform, by, mailboxes.add_members, box, [user.id])

    def try_again(self) -> None:
        """Let the worker try what has failed, as an operator may."""
        outbox.retry_parked(self.platform.database, self.meetings.organisation.id, QUEUE)
        for _ in range(3):
            do_job(self.platform, f"outbox.{QUEUE}")
        self.meetings.told()

    def now(self, meeting: Meeting) -> Meeting:
        found: Meeting = self.meetings.do(find_meeting, meeting.id, by=self.meetings.organiser)
        return found

    def gone_out(self) -> tuple[int, int]:
        """How many secure messages and how many mails to Anna."""
        self.meetings.told()
        return len(self.link.carried), len(self.mail.to(ANNA))


@pytest.fixture
def office(meetings: Any, colleague: SampleUser, mail: Any, link: Any) -> Office:
    return Office(meetings, replace(colleague, loa=Loa.THREE), mail, link)


@pytest.mark.feature("V2")
def test_a_booking_waits_for_the_yes(office: Office, browse: Browse, case_worker: SampleUser) -> None:
    """It stands in the list as waiting, opens for nobody, and goes out once the colleague has said yes, once."""
    meeting = office.meetings.book(subject="SIP-möte")
    assert (meeting.is_booked, meeting.is_held, meeting.case_id) == (False, False, None)
    assert office.gone_out() == (0, 0)
    browser = browse(case_worker)
    assert "Väntar på godkännande" in browser.get("/plugin/meetings").text
    page = browser.get(f"/plugin/meetings/{meeting.id}").text
    assert "Bokningen väntar på godkännande" in page
    assert "Inte inbjuden" in page
    assert f"/approvals/{meeting.request_id}" in page
    for way in ("join", "change", "cancel"):
        fields = {"kind": "room", "emails": ANNA, "subject": "x", "day": "2030-01-01", "start": "10:00", "end": "11:00"}
        assert browser.post(f"/plugin/meetings/{meeting.id}/{way}", step="2", **fields).status_code in {409, 422}
    assert "SIP-möte" in browse(office.colleague, Loa.THREE).get(f"/approvals/{meeting.request_id}").text
    office.decide(meeting, approve)
    booked = office.now(meeting)
    assert (booked.is_held, booked.request_id, booked.case_id is not None) == (True, None, True)
    assert office.gone_out() == (1, 1)
    assert office.mail.to(ANNA)[0].calendar.method.value == "REQUEST"
    history = browser.get(f"/c/{booked.case_id}").text
    assert f"{case_worker.name} bokade ett möte med 1 inbjudna" in history


@pytest.mark.feature("V2")
@pytest.mark.parametrize("no", ["rejected", "withdrawn", "expired"])
def test_a_booking_that_comes_to_nothing_is_cancelled(
    office: Office, organisation: SampleOrganisation, browse: Browse, case_worker: SampleUser, no: str
) -> None:
    """Refused, taken back, or waited too long: nothing goes out, and the page says so."""
    meeting = office.meetings.book()
    if no == "rejected":
        office.decide(meeting, reject, "Fel dag.")
    elif no == "withdrawn":
        office.decide(meeting, withdraw, by=case_worker)
    else:
        organisation.rows("UPDATE approvals SET expires_at = now() RETURNING id")
        requests.expire(organisation.platform)
    assert office.now(meeting).is_cancelled
    assert office.gone_out() == (0, 0)
    page = browse(case_worker).get(f"/plugin/meetings/{meeting.id}").text
    assert "Bokningen godkändes inte" in page
    assert f"/approvals/{meeting.request_id}" in page


@pytest.mark.feature("V2")
def test_changes_wait_too(office: Office, case_worker: SampleUser) -> None:
    """Until the yes the meeting is as it was; a no changes nothing; two changes do not wait at once."""
    series = office.meetings.book(starts_in=timedelta(days=7), repeats="weekly", times=3)
    office.decide(series, approve)
    booked, sent = office.now(series), office.gone_out()
    people = office.meetings.do(people_of, booked)
    new = as_new(booked)
    other = type(new)(new.mailbox_id, new.kind, "Annat ämne", "", new.schedule, new.case_id)
    asked = office.meetings.do(rebook, booked, Booking(other, people), by=case_worker)
    assert (asked.text.subject, asked.is_held) == (booked.text.subject, True)
    with pytest.raises(Conflict, match="väntar redan"):
        office.meetings.do(cancel, asked, by=case_worker)
    office.decide(asked, reject, "Behåll ämnet.")
    assert (office.now(series), office.gone_out()) == (booked, sent)
    asked = office.meetings.do(rebook, booked, Booking(other, people), by=case_worker)
    office.decide(asked, approve)
    assert office.now(series).text.subject == "Annat ämne"
    assert office.gone_out() == (sent[0] + 1, sent[1] + 1)
    was = occurrences(series.schedule)[1].starts_at
    asked = office.meetings.do(cancel_time, office.now(series), was, by=case_worker)
    assert occurrences(asked.schedule) == occurrences(series.schedule)
    office.decide(asked, approve)
    assert len(occurrences(office.now(series).schedule)) == 2
    assert office.mail.to(ANNA)[-1].calendar.recurrence_id == was
    asked = office.meetings.do(cancel, office.now(series), by=case_worker)
    assert not asked.is_cancelled
    office.decide(asked, approve)
    assert office.now(series).is_cancelled
    assert office.mail.to(ANNA)[-1].calendar.method.value == "CANCEL"


@pytest.mark.feature("V2")
def test_who_books_does_not_approve(office: Office, case_worker: SampleUser, outsider: SampleUser) -> None:
    """Nor does somebody who is no member of the mailbox."""
    meeting = office.meetings.book()
    for stranger, refusal in ((case_worker, Forbidden), (outsider, NotFound)):
        with pytest.raises(refusal):
            in_work(office.platform, replace(stranger, loa=Loa.THREE), approve, meeting.request_id)
    request = in_work(office.platform, office.colleague, find_approval, meeting.request_id)
    assert request.state is ApprovalState.WAITING


@pytest.mark.feature("V2")
def test_a_change_that_fails_after_the_yes_is_told(office: Office, browse: Browse, case_worker: SampleUser) -> None:
    """The page says that it was not done, and another change takes its place; the first is not done later."""
    meeting = office.meetings.book(starts_in=timedelta(days=7))
    office.decide(meeting, approve)
    booked, sent, people = office.now(meeting), office.gone_out(), office.meetings.do(people_of, office.now(meeting))

    def ask(subject: str) -> Meeting:
        typed = replace(as_new(office.now(meeting)), subject=subject)
        asked: Meeting = office.meetings.do(rebook, office.now(meeting), Booking(typed, people), by=case_worker)
        return asked

    first = ask("Första ämnet")
    office.without(case_worker, lambda: office.decide(first, approve))
    assert (office.now(meeting).text, office.gone_out()) == (booked.text, sent)
    page = browse(case_worker).get(f"/plugin/meetings/{meeting.id}").text
    assert "Ändringen kunde inte genomföras" in page
    assert f"/approvals/{first.request_id}" in page
    assert "väntar på godkännande" not in page
    second = ask("Andra ämnet")
    assert "En ändring väntar på godkännande" in browse(case_worker).get(f"/plugin/meetings/{meeting.id}").text
    office.try_again()
    assert office.now(meeting).text == booked.text
    office.decide(second, approve)
    assert (office.now(meeting).text.subject, office.now(meeting).has_failed) == ("Andra ämnet", False)
    assert office.gone_out() == (sent[0] + 1, sent[1] + 1)


@pytest.mark.feature("V2")
def test_a_booking_that_fails_after_the_yes_is_told(office: Office, browse: Browse, case_worker: SampleUser) -> None:
    """It is not called waiting; tried again it is booked, and given up nobody hears of it, not later either."""
    meetings = [office.meetings.book(starts_in=timedelta(days=days)) for days in (7, 8)]
    for meeting in meetings:
        office.without(case_worker, lambda meeting=meeting: office.decide(meeting, approve))
    browser, (tried, dropped) = browse(case_worker), meetings
    assert browser.get("/plugin/meetings").text.count("Inte bokat") == 2
    assert "Bokningen kunde inte genomföras" in browser.get(f"/plugin/meetings/{tried.id}").text
    assert "ingen har fått någon inbjudan" in browser.get(f"/plugin/meetings/{dropped.id}/cancel").text
    with pytest.raises(Conflict, match="kunde inte genomföras"):
        office.meetings.do(rebook, office.now(tried), Booking(as_new(tried), []), by=case_worker)
    assert browser.post(f"/plugin/meetings/{dropped.id}/cancel").status_code == 303
    office.try_again()
    assert (office.now(tried).is_held, office.now(tried).has_failed) == (True, False)
    assert office.now(dropped).is_cancelled
    assert office.gone_out() == (1, 1)
