"""The meetings of a case follow it to another mailbox."""

from typing import Any

import pytest

from budkavle import NotFound
from budkavle.accounts import mailboxes
from budkavle.cases.teamwork.moving import move_to_mailbox, undo_move
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_meetings.booking import booking
from budkavle_meetings.booking.lists import list_meetings, meetings_of_case
from budkavle_meetings.booking.meetings import find_meeting
from budkavle_meetings.room.people import gathering


@pytest.mark.feature("V1")
def test_a_meeting_follows_its_case(
    meetings: Any, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Those of the other mailbox see it and may host it, and those of the first no more; until it is moved back."""
    platform, here = organisation.platform, organisation.mailbox.id
    other = in_work(platform, organisation.administrator, mailboxes.create_mailbox, "Skolan")
    in_work(platform, organisation.system, mailboxes.remove_members, here, [colleague.id])
    in_work(platform, organisation.system, mailboxes.add_members, other.id, [colleague.id])
    case_id = organisation.arrive("Skolskjuts")
    meeting, without_case = meetings.book(case_id=case_id), meetings.book()

    def sees(user: SampleUser) -> bool:
        page = in_work(platform, user, lambda work: list_meetings(meetings.host, work, past=False, page=1))
        listed = {each.id for each in page.meetings}
        assert page.total == len(page.meetings)
        assert (without_case.id in listed) is (user is case_worker)
        try:
            found = meetings.do(find_meeting, meeting.id, by=user)
        except NotFound:
            assert meeting.id not in listed
            return False
        assert meeting.id in listed
        assert [one.id for one in meetings.do(meetings_of_case, case_id, by=user)] == [meeting.id]
        return bool(found)

    assert (sees(case_worker), sees(colleague)) == (True, False)
    in_work(platform, case_worker, move_to_mailbox, [case_id], other.id)
    assert (sees(case_worker), sees(colleague)) == (False, True)
    assert meetings.do(gathering, meeting.id).meeting.mailbox_id == other.id
    in_work(platform, case_worker, undo_move, [case_id], here)
    assert (sees(case_worker), sees(colleague)) == (True, False)
    in_work(platform, case_worker, move_to_mailbox, [case_id], other.id)
    cancelled = meetings.do(booking.cancel, meetings.do(find_meeting, meeting.id, by=colleague), by=colleague)
    assert (cancelled.is_cancelled, cancelled.mailbox_id) == (True, other.id)
