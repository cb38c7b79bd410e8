"""Booking by the pages: two steps, what is sent, changing, cancelling, the list, and whose meetings they are."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import Host, NotFound
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.browsing import browsing
from budkavle_meetings.booking.meetings import find_meeting
from budkavle_meetings.booking.participants import Admission
from budkavle_meetings.booking.times import ZONE

ANNA, BO = "anna.ek@exempel.example", "bo.ask@exempel.example"
NEW = "/plugin/meetings/new"
Browse = Callable[..., Any]


@pytest.fixture
def tomorrow() -> str:
    return (datetime.now(ZONE) + timedelta(days=1)).date().isoformat()


@pytest.fixture
def first_step(mailbox: Any, tomorrow: str) -> dict[str, str]:
    """The first step, filled in."""
    return {
        "mailbox": str(mailbox.id),
        "case": "",
        "kind": "room",
        "emails": f"{ANNA}\n{BO.upper()}",
        "subject": "SIP-möte",
        "text": "Ta med planen.",
        "day": tomorrow,
        "start": "13:00",
        "end": "14:00",
        "repeats": "",
        "times": "",
    }


SECOND = {
    "step": "2",
    "language-0": "sv",
    "method-0": "eid",
    "personnummer-0": "19811218-9876",
    "language-1": "en",
    "method-1": "sms",
    "phone-1": "070-123 45 67",
}


def booked(browser: Any, fields: dict[str, str]) -> UUID:
    """Book a meeting by both steps."""
    answer = browser.post(NEW, **{**fields, **SECOND})
    assert answer.status_code == 303, re.findall(r"<li><a href=.#.*", answer.text)
    return UUID(re.findall(r"meetings/([0-9a-f-]{36})\?said=booked", answer.headers["location"])[0])


@pytest.mark.feature("V1", "V2", "V3", "V4")
def test_a_meeting_is_booked_in_two_steps(
    browse: Browse, case_worker: SampleUser, first_step: dict[str, str], meetings: Any, mail: Any, link: Any
) -> None:
    """Kind, recipients, subject, text, start and end; then language and way for each person; then both are told."""
    browser = browse(case_worker)
    form = browser.get(f"{NEW}?mailbox={first_step['mailbox']}").text
    for name in ("kind", "emails", "subject", "text", "day", "start", "end", "repeats"):
        assert f'name="{name}"' in form
    second = browser.post(NEW, step="1", **first_step)
    assert second.status_code == 200
    for label in ("E-post", "SMS", "Svensk e-legitimation", "SITHS-kort", "Freja"):
        assert second.text.count(f">{label}<") == 2
    assert "Steg 2 av 2" in second.text
    meeting_id = booked(browser, first_step)
    meetings.told()
    meeting = meetings.do(find_meeting, meeting_id, by=case_worker)
    assert (meeting.text.subject, meeting.kind, meeting.schedule.starts_at.astimezone(ZONE).hour) == (
        "SIP-möte",
        "room",
        13,
    )
    people = {one.invitee.email: one for one in meetings.people(meeting)}
    assert {email: (one.method, one.language, int(one.loa)) for email, one in people.items()} == {
        ANNA: ("eid", "sv", 3),
        BO: ("sms", "en", 2),
    }
    assert people[BO].invitee.phone == "+46701234567"
    assert people[ANNA].invitee.personnummer == "198112189876"
    assert meeting.case_id is not None
    sent = {one.recipient.value: one for one in link.carried.values()}
    assert sent[ANNA].subject == "SIP-möte"
    assert "Ta med planen." in sent[ANNA].body
    assert (link.terms[ANNA].method, link.terms[BO].method) == ("eid", "sms")
    for email, subject in ((ANNA, "Inbjudan till ett möte med"), (BO, "Invitation to a meeting with")):
        (notice,) = mail.to(email)
        assert notice.subject.startswith(subject)
        assert notice.link.url.endswith(f"/plugin/meetings/join/{people[email].invitee.token}")
        assert "SIP" not in f"{notice.subject}{notice.text}{notice.calendar}"
        assert (notice.calendar.sequence, notice.calendar.method.value) == (0, "REQUEST")
        assert notice.calendar.location == notice.link.url
    assert people[ANNA].invitee.token not in mail.to(BO)[0].link.url


def test_numbers_that_are_known_are_not_shown_again(
    browse: Browse, case_worker: SampleUser, first_step: dict[str, str], meetings: Any
) -> None:
    """Whoever changes a meeting sees their ends alone; left empty they stay, and what is typed counts."""
    browser = browse(case_worker)
    meeting_id = booked(browser, first_step)
    path = f"/plugin/meetings/{meeting_id}/change"
    page = browser.post(path, step="1", **first_step).text
    for number in ("701234567", "70-123", "19811218"):
        assert number not in page
    assert "slutar på 67" in page
    assert "slutar på 76" in page
    assert browser.post(path, **{**first_step, **SECOND, "personnummer-0": "", "phone-1": ""}).status_code == 303
    assert numbers(meetings, meeting_id, case_worker) == {"198112189876", "+46701234567"}
    assert (
        browser.post(path, **{**first_step, **SECOND, "personnummer-0": "", "phone-1": "0707654321"}).status_code == 303
    )
    assert numbers(meetings, meeting_id, case_worker) == {"198112189876", "+46707654321"}


def numbers(meetings: Any, meeting_id: UUID, by: SampleUser) -> set[str]:
    """By which numbers the invited show who they are."""
    people = meetings.people(meetings.do(find_meeting, meeting_id, by=by))
    return {number for one in people for number in (one.invitee.phone, one.invitee.personnummer) if number}


@pytest.mark.feature("V2")
def test_a_series_carries_its_rule(
    browse: Browse, case_worker: SampleUser, first_step: dict[str, str], meetings: Any, mail: Any
) -> None:
    """Every second week, three times: one entry in the calendar that is repeated."""
    booked(browse(case_worker), {**first_step, "repeats": "biweekly", "times": "3"})
    meetings.told()
    assert mail.to(ANNA)[0].calendar.recurrence == "FREQ=WEEKLY;INTERVAL=2;COUNT=3"
    assert "Varannan vecka, 3 gånger" in mail.to(ANNA)[0].text


@pytest.mark.feature("V2")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"emails": ""}, "Skriv minst en och högst 30 e-postadresser."),
        ({"emails": "anna"}, "anna är ingen e-postadress. Rätta den."),
        ({"emails": "anna\u200b@habo.example"}, "anna�@habo.example är ingen e-postadress. Rätta den."),
        ({"subject": ""}, "Skriv ett ämne."),
        ({"subject": "Plan\r\nBcc: x@y.example"}, "Skriv ämnet på en rad, utan tecken som inte syns."),
        ({"start": "25:00"}, "Skriv när mötet börjar"),
        ({"end": "12:59"}, "Mötet ska sluta efter att det har börjat."),
        ({"day": "2020-01-01"}, "Tiden har redan varit."),
        ({"day": "9999-12-31", "repeats": "weekly", "times": "3"}, "Välj en dag."),
        ({"day": "2027-03-28", "start": "02:30", "end": "04:00"}, "Den tiden finns inte den dagen"),
        ({"kind": "none"}, "Välj vilken typ av möte det är."),
        ({"repeats": "weekly", "times": "1"}, "En serie har minst två"),
        ({"repeats": "yearly", "times": "3"}, "Välj hur ofta"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    browse: Browse, case_worker: SampleUser, first_step: dict[str, str], changes: dict[str, str], said: str
) -> None:
    """Nothing is lost of what was typed."""
    answer = browse(case_worker).post(NEW, step="1", **{**first_step, **changes})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Ta med planen." in answer.text


@pytest.mark.feature("V4")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method-0": "none"}, "Välj hur personen ska visa vem den är."),
        ({"personnummer-0": "12"}, "Skriv personnumret med tolv siffror"),
        ({"phone-1": ""}, "Skriv mobilnumret"),
    ],
)
def test_each_way_needs_what_it_needs(
    browse: Browse, case_worker: SampleUser, first_step: dict[str, str], changes: dict[str, str], said: str
) -> None:
    """A number for a code by SMS, a personnummer for an e-identification; nothing is booked without."""
    answer = browse(case_worker).post(NEW, **{**first_step, **SECOND, **changes})
    assert answer.status_code == 422
    assert said in answer.text
    assert "SIP-möte" not in browse(case_worker).get("/plugin/meetings").text


@pytest.mark.feature("V2")
def test_a_changed_meeting_is_told_anew(
    browse: Browse, case_worker: SampleUser, first_step: dict[str, str], meetings: Any, mail: Any
) -> None:
    """The one who stays gets the same entry with a higher number and the same link, the one who is left out its end."""
    browser = browse(case_worker)
    meeting_id = booked(browser, first_step)
    path = f"/plugin/meetings/{meeting_id}/change"
    assert 'value="SIP-möte"' in browser.get(path).text
    changed = {**first_step, "emails": f"{ANNA}, ny@exempel.example", "start": "15:00", "end": "16:00"}
    second = browser.post(path, step="1", **changed).text
    assert re.search(r'value="eid"[^>]*checked', second)
    answer = browser.post(path, **{**changed, **SECOND})
    assert answer.headers["location"].endswith("said=changed")
    meetings.told()
    first, again = mail.to(ANNA)
    assert again.subject.startswith("Ändrat möte")
    assert again.link == first.link
    assert (again.calendar.uid, again.calendar.sequence) == (first.calendar.uid, 1)
    assert again.calendar.starts_at - first.calendar.starts_at == timedelta(hours=2)
    assert [one.calendar.method.value for one in mail.to(BO)] == ["REQUEST", "CANCEL"]
    assert [one.calendar.method.value for one in mail.to("ny@exempel.example")] == ["REQUEST"]
    meeting = meetings.do(find_meeting, meeting_id, by=case_worker)
    assert {one.invitee.email for one in meetings.people(meeting)} == {ANNA, "ny@exempel.example"}


@pytest.mark.feature("V2")
def test_a_cancelled_meeting_is_told(
    browse: Browse, case_worker: SampleUser, first_step: dict[str, str], meetings: Any, mail: Any
) -> None:
    """It asks first; then the entry is taken out of calendars, and nobody joins."""
    browser = browse(case_worker)
    meeting_id = booked(browser, first_step)
    path = f"/plugin/meetings/{meeting_id}"
    assert "Ställa in mötet?" in browser.get(f"{path}/cancel").text
    assert browser.post(f"{path}/cancel").status_code == 303
    meetings.told()
    last = mail.to(ANNA)[-1]
    assert (last.calendar.method.value, last.calendar.sequence, last.link) == ("CANCEL", 1, None)
    assert "Inställt" in browser.get(path).text
    assert browser.post(f"{path}/cancel").status_code == 409
    assert browser.post(f"{path}/join").status_code == 409


@pytest.mark.feature("V5", "V6", "Y8")
def test_the_list_has_the_way_in_once_it_is_open(browse: Browse, case_worker: SampleUser, meetings: Any) -> None:
    """`Anslut till` stands at what is open; what comes says when it opens; the organiser is no earlier than others."""
    open_now = meetings.book(subject="Öppet nu")
    later = meetings.book(subject="Senare", starts_in=timedelta(minutes=6))
    browser = browse(case_worker)
    listed = browser.get("/plugin/meetings").text
    assert 'aria-label="Anslut till mötet: Öppet nu"' in listed
    assert 'aria-label="Anslut till mötet: Senare"' not in listed
    assert browser.post(f"/plugin/meetings/{later.id}/join").status_code == 409
    joined = browser.post(f"/plugin/meetings/{open_now.id}/join")
    assert (joined.status_code, joined.headers["location"]) == (303, f"/plugin/meetings/{open_now.id}/room")


@pytest.mark.feature("V5")
def test_the_list_is_paged(browse: Browse, case_worker: SampleUser, meetings: Any) -> None:
    """Fifty on a page, the next first; what is cancelled stands under Tidigare."""
    for number in range(52):
        meetings.book(subject=f"Möte {number:02}", starts_in=timedelta(days=1, minutes=number))
    browser = browse(case_worker)
    first, second = browser.get("/plugin/meetings").text, browser.get("/plugin/meetings?page=2").text
    assert "Möte 49" in first
    assert "Möte 50" not in first
    assert "Möte 51" in second
    assert "Inga tidigare möten" in browser.get("/plugin/meetings?show=past").text
    assert len(first.encode()) < 100_000


@pytest.mark.feature("V5")
def test_foreign_meetings_are_not_found(
    browse: Browse,
    meetings: Any,
    case_worker: SampleUser,
    outsider: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Nobody but members of the mailbox sees, changes, cancels or joins it, or lets people into it."""
    meeting = meetings.book()
    anna, path = meetings.participant(meeting), f"/plugin/meetings/{meeting.id}"
    for stranger in (outsider, administrator, other_administrator):
        browser = browse(stranger)
        assert "Uppföljning" not in browser.get("/plugin/meetings").text
        for page in ("", "/lobby", "/change", "/cancel"):
            assert browser.get(f"{path}{page}").status_code == 404
        people = f"/participants/{anna.id}"
        for page in ("/change", "/cancel", "/join", f"{people}/admit", f"{people}/refuse"):
            assert browser.post(f"{path}{page}").status_code == 404, page
        assert browser.get(f"{NEW}?case={meeting.case_id}").status_code == 404
    mine, nowhere = browse(case_worker), f"/plugin/meetings/{uuid4()}"
    assert mine.get(nowhere).status_code == 404
    assert mine.post(f"{path}/participants/{uuid4()}/admit").status_code == 404
    other = meetings.book()
    stray = meetings.participant(other)
    assert mine.post(f"{path}/participants/{stray.id}/admit").status_code == 404
    assert browse().get(path).status_code in {303, 401}


@pytest.mark.feature("V2")
def test_nobody_books_from_a_mailbox_of_others(
    browse: Browse, outsider: SampleUser, case_worker: SampleUser, first_step: dict[str, str], other_mailbox: Any
) -> None:
    """Neither by its id nor with a case of another."""
    assert browse(outsider).post(NEW, **{**first_step, **SECOND}).status_code == 404
    mine = {**first_step, "mailbox": str(other_mailbox.id)}
    assert browse(case_worker).post(NEW, **{**mine, **SECOND}).status_code == 404
    assert browse(case_worker).post(NEW, **{**first_step, "case": str(uuid4()), **SECOND}).status_code == 404


@pytest.mark.feature("V2")
def test_a_meeting_about_a_case_goes_on_in_it(
    browse: Browse, case_worker: SampleUser, organisation: SampleOrganisation, first_step: dict[str, str], meetings: Any
) -> None:
    """From the case's menu; message and history stand in the case, and its page shows the meeting."""
    before = meetings.book()
    browser = browse(case_worker)
    case_page = browser.get(f"/c/{before.case_id}").text
    assert f"/plugin/meetings/new?case={before.case_id}" in case_page
    assert 'value="Uppföljning"' in browser.get(f"{NEW}?case={before.case_id}").text
    meeting_id = booked(browser, {**first_step, "case": str(before.case_id)})
    assert meetings.do(find_meeting, meeting_id, by=case_worker).case_id == before.case_id
    shown = browser.get(f"/c/{before.case_id}").text
    assert f"/plugin/meetings/{meeting_id}" in shown
    assert f"{case_worker.name} bokade ett möte med 2 inbjudna" in shown
    assert "/plugin/meetings/new?mailbox=" in browser.get(f"/m/{first_step['mailbox']}").text


def test_a_meeting_of_another_organisation(host: Host, meetings: Any, other_administrator: SampleUser) -> None:
    """Row-level security: to another organisation it does not exist."""
    meeting = meetings.book()
    with pytest.raises(NotFound):
        meetings.do(find_meeting, meeting.id, by=other_administrator)
    assert meetings.participant(meeting).state is Admission.INVITED
    del host


@pytest.mark.feature("V2")
def test_a_meeting_with_a_contact(budkavle_open: Callable[..., Any]) -> None:
    """The list of contacts has the way to a new meeting beside each, with the address filled in."""
    platform = budkavle_open(
        enabled=("addressbook", "meetings"), plugins={"addressbook": {"url": "http://127.0.0.1:9"}}
    )
    organisation = SampleOrganisation.create(platform, "Håbo kommun")
    user = organisation.add_user("Anna Lind")
    with browsing(platform) as new:
        browser = new(user)
        fields = {"name": "Maria Öberg", "email": ANNA, "phone": "0701234567", "identifier": "none"}
        assert browser.post("/plugin/addressbook/contacts/new", **fields).status_code == 303
        listed = browser.get("/plugin/addressbook/contacts").text
        address = f"{NEW}?to=anna.ek%40exempel.example"
        assert f'href="{address}"' in listed
        assert f"{ANNA}</textarea>" in browser.get(address).text


def test_a_form_that_is_sent_twice_books_one_meeting(
    browse: Browse, case_worker: SampleUser, first_step: dict[str, str], meetings: Any, mail: Any
) -> None:
    """At once and one after the other, both presses lead to the same meeting, and each person is invited once."""
    browsers = [browse(case_worker) for _ in range(2)]
    second = browsers[0].post(NEW, step="1", **first_step).text
    (once,) = re.findall(r'name="once" value="([0-9a-f-]{36})"', second)
    form = {**first_step, **SECOND, "once": once}
    with ThreadPoolExecutor() as pool:
        presses = [pool.submit(browser.post, NEW, **form) for browser in browsers]
    told = [press.result().headers["location"] for press in presses]
    assert set(told) <= {f"/plugin/meetings/{once}?said=booked", "/plugin/meetings"}
    assert booked(browsers[0], {**first_step, "once": once}) == UUID(once)
    assert len(meetings.organisation.rows("SELECT FROM meetings_meetings")) == 1
    assert len(meetings.organisation.rows("SELECT FROM deliveries")) == 2
    meetings.told()
    assert len(mail.to(ANNA)) == 1
    assert booked(browsers[0], first_step) != UUID(once)
