"""Who leads a meeting that is going on: whoever may read its case, as long as they may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from budkavle.accounts import mailboxes
from budkavle.cases.teamwork.restricting import restrict
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_meetings.booking.meetings import NewMeeting, create_meeting
from budkavle_meetings.booking.participants import host_participant
from budkavle_meetings.booking.times import Schedule
from budkavle_meetings.lobby.admission import admit
from budkavle_meetings.room.people import gathering


@pytest.fixture
def led(room: Any, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser) -> Any:
    """A meeting about a case, with two hosts in it."""
    start = datetime.now(UTC) - timedelta(minutes=1)
    schedule = Schedule(start, start + timedelta(hours=1))
    case_id = organisation.arrive("Hemlig plats")
    new = NewMeeting(organisation.mailbox.id, "room", "Om skyddet", "", schedule, case_id)
    room.meeting = room.do(lambda host, work: create_meeting(host, work, new), by=case_worker)
    for leader in (case_worker, colleague):
        room.do(admit, room.meeting, room.do(host_participant, room.meeting, by=leader))
    return room


def leaders(led: Any) -> set[str]:
    """Return the names of the hosts in the meeting."""
    here = led.do(gathering, led.meeting.id)
    return {person.name for person in here.admitted if person.is_host}


@pytest.mark.feature("E22")
def test_a_case_that_is_restricted_meanwhile_takes_its_meeting_along(
    led: Any, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """A host who is not named is out of the meeting as out of the case; it goes on for the others."""
    assert leaders(led) == {case_worker.name, colleague.name}
    in_work(organisation.platform, case_worker, restrict, led.meeting.case_id, [case_worker.id], "Skyddade uppgifter")
    assert leaders(led) == {case_worker.name}


def test_who_is_no_longer_a_member_leads_nothing(
    led: Any, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Taken out of the mailbox, or a stand-in whose day has come."""
    platform = organisation.platform
    over = text("UPDATE memberships SET until = now() - interval '1 minute' WHERE user_id = :user")
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(over, {"user": colleague.id})
    assert leaders(led) == {case_worker.name}
    in_work(platform, organisation.administrator, mailboxes.remove_members, led.meeting.mailbox_id, [case_worker.id])
    assert leaders(led) == set()
