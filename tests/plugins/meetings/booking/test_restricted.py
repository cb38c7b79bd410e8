"""The meetings of a restricted case are for those who are named for it."""

from typing import Any

import pytest

from budkavle import NotFound
from budkavle.cases.teamwork.restricting import lift, restrict
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_meetings.booking.lists import list_meetings, meetings_of_case
from budkavle_meetings.booking.meetings import find_meeting
from budkavle_meetings.pages.list_pages import PATH


@pytest.mark.feature("E22")
def test_a_meeting_of_a_restricted_case_is_hidden_with_it(
    meetings: Any, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, browse: Any
) -> None:
    """From colleagues: in the list, in its count, at its address. Those who are named go on seeing it."""
    platform = organisation.platform
    case_id = organisation.arrive("Hemlig plats")
    meeting = meetings.book(case_id=case_id, subject="Möte om skyddet")
    open_one = meetings.book(subject="Vanligt möte")

    def listed(user: SampleUser) -> set[Any]:
        page = in_work(platform, user, lambda work: list_meetings(meetings.host, work, past=False, page=1))
        assert page.total == len(page.meetings)
        return {one.id for one in page.meetings}

    assert listed(colleague) == {meeting.id, open_one.id}
    in_work(platform, case_worker, restrict, case_id, [case_worker.id], "Skyddade uppgifter")
    assert listed(case_worker) == {meeting.id, open_one.id}
    assert meetings.do(find_meeting, meeting.id, by=case_worker).id == meeting.id
    assert [one.id for one in meetings.do(meetings_of_case, case_id, by=case_worker)] == [meeting.id]
    assert listed(colleague) == {open_one.id}
    with pytest.raises(NotFound, match="Mötet finns inte"):
        meetings.do(find_meeting, meeting.id, by=colleague)
    assert browse(colleague).get(f"{PATH}/{meeting.id}").status_code == 404
    in_work(platform, case_worker, lift, case_id)
    assert listed(colleague) == {meeting.id, open_one.id}
