"""Meetings go a year after they are over, and with their case; switched off, the plugin leaves nothing in the pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from budkavle import Host
from budkavle.operations import Destroyed
from budkavle.testing import SampleUser, do_job
from budkavle.testing.browsing import browsing
from budkavle_meetings.forgetting import forget_destroyed
from budkavle_meetings.tables import meetings as table
from budkavle_meetings.tables import participants


def left(host: Host, meeting: Any) -> tuple[int, int]:
    """How many meetings and participants there are."""
    with host.transaction(meeting.organisation_id) as connection:
        return len(connection.execute(table.select()).all()), len(connection.execute(participants.select()).all())


def test_a_meeting_goes_a_year_after_it_is_over(meetings: Any, host: Host) -> None:
    """With those who were invited; a day less and it stays."""
    old, _ = meetings.book(), meetings.book()
    for days, expected in ((364, (2, 2)), (366, (1, 1))):
        over = datetime.now(UTC) - timedelta(days=days)
        with host.transaction(old.organisation_id) as connection:
            connection.execute(table.update().where(table.c.id == old.id).values(over_at=over))
        do_job(host.platform, "meetings.forget")
        assert left(host, old) == expected


def test_a_meeting_goes_with_its_case(meetings: Any, host: Host) -> None:
    """And no other; a second call is no error."""
    gone, _ = meetings.book(), meetings.book()
    destroyed = Destroyed(gone.organisation_id, (gone.case_id,), (), (), "Gallring")
    forget_destroyed(host, destroyed)
    forget_destroyed(host, destroyed)
    assert left(host, gone) == (1, 1)


def test_switched_off_it_leaves_nothing(
    meetings: Any, budkavle_open: Callable[..., Any], case_worker: SampleUser
) -> None:
    """No line, icon or page; the case has its message and its history still."""
    meeting = meetings.book()
    with browsing(budkavle_open(enabled=())) as new:
        browser = new(case_worker)
        for path in ("/", f"/m/{meeting.mailbox_id}", f"/c/{meeting.case_id}"):
            page = browser.get(path)
            assert page.status_code in {200, 303}, path
            assert "plugin/meetings" not in page.text, path
        assert browser.get("/plugin/meetings").status_code == 404
        assert browser.get(f"/plugin/meetings/join/{meetings.participant(meeting).invitee.token}").status_code == 404
