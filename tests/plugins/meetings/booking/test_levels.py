"""What is booked from a case asks for the level of the case, wherever it is read."""

from typing import Any

import pytest
from tests.plugins.meetings.conftest import person

from budkavle import Loa
from budkavle.accounts import mailboxes
from budkavle.approvals import find_approval
from budkavle.model.errors import StepUp
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_meetings.booking.booking import book, rebook
from budkavle_meetings.booking.changes import as_new
from budkavle_meetings.booking.meetings import read_meeting
from budkavle_meetings.booking.participants import Booking
from budkavle_meetings.pages.list_pages import PATH

SUBJECT = "Möte om provsvaret"


@pytest.mark.feature("ZS7")
def test_a_meeting_asks_for_the_level_of_its_case(
    meetings: Any, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, browse: Any
) -> None:
    """Its form takes the subject from there: below that level the list says the level, and the page asks for it."""
    case_id = organisation.arrive("Provsvaret", loa=Loa.THREE)
    meetings.organiser = case_worker.at(Loa.THREE)
    meeting = meetings.book(case_id=case_id, subject=SUBJECT)
    open_one = meetings.book(subject="Vanligt möte")
    low = browse(colleague, Loa.TWO)
    listed = low.get(PATH).text
    assert SUBJECT not in listed
    assert "Tillitsnivå 3: legitimera dig för att läsa" in listed
    assert "Vanligt möte" in listed
    for page in ("", "/lobby", "/room", "/change", "/cancel"):
        answer = low.get(f"{PATH}/{meeting.id}{page}")
        assert answer.status_code in {303, 404}, page
        assert SUBJECT not in answer.text
    assert low.get(f"{PATH}/{meeting.id}").headers["location"].startswith("/step-up?loa=3")
    assert low.post(f"{PATH}/{meeting.id}/join").status_code == 303
    assert low.get(f"{PATH}/{open_one.id}").status_code == 200
    high = browse(colleague, Loa.THREE)
    assert SUBJECT in high.get(PATH).text
    assert SUBJECT in high.get(f"{PATH}/{meeting.id}").text


@pytest.mark.feature("ZS7")
def test_a_changed_meeting_keeps_its_level(
    meetings: Any, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Whoever types a new text has read the old one, and may have kept of it what they liked."""
    case_id = organisation.arrive("Provsvaret", loa=Loa.THREE)
    meetings.organiser = case_worker.at(Loa.THREE)
    meeting = meetings.book(case_id=case_id, subject=SUBJECT)
    with pytest.raises(StepUp):
        meetings.do(book, Booking(as_new(meeting), ()), by=case_worker.at(Loa.TWO))
    meetings.do(rebook, meeting, Booking(as_new(meeting), ()), by=meetings.organiser)
    with pytest.raises(StepUp):
        meetings.do(read_meeting, meeting.id, by=case_worker.at(Loa.TWO))
    assert meetings.do(read_meeting, meeting.id, by=meetings.organiser).text.subject == SUBJECT


@pytest.mark.feature("ZS7")
def test_a_booking_that_waits_asks_for_it_too(
    meetings: Any, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Also where the invited people need no such level: the request shows what was taken from the case."""
    set_up = mailboxes.set_needs_approval
    in_work(organisation.platform, organisation.administrator, set_up, meetings.mailbox.id, needed=True)
    case_id = organisation.arrive("Provsvaret", loa=Loa.THREE)
    meetings.organiser = case_worker.at(Loa.THREE)
    meeting = meetings.book(person(method="email"), case_id=case_id, subject=SUBJECT)
    assert meeting.request_id is not None
    with pytest.raises(StepUp):
        in_work(organisation.platform, colleague.at(Loa.TWO), find_approval, meeting.request_id)
    assert in_work(organisation.platform, colleague.at(Loa.THREE), find_approval, meeting.request_id)
