"""The link of somebody who is invited: whom it opens to, and where they stand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from budkavle import Host, Loa
from budkavle.web import Guest
from budkavle_meetings.booking.participants import Admission
from budkavle_meetings.lobby.doors import Door, find_door
from budkavle_meetings.tables import meetings as meetings_table
from budkavle_meetings.tables import participants


def door_of(host: Host, meetings: Any, meeting: Any) -> Door:
    request: Any = SimpleNamespace(client=None)
    return find_door(host, request, meetings.participant(meeting).invitee.token)


def test_it_opens_to_who_was_asked_for(host: Host, meetings: Any, invite: Callable[..., Any]) -> None:
    """By the way and at the level that the organiser chose, with this link alone."""
    door = door_of(host, meetings, meetings.book(invite(method="eid")))
    right = Guest(door.of.organisation_id, door.of.ref, Loa.THREE, "eid", "Svensk e-legitimation", "Anna Ek", "")
    assert door.is_for(right)
    assert not door.is_for(None)
    wrong: dict[str, Any] = {"loa": Loa.TWO, "provider": "freja", "ref": "meeting:x", "organisation_id": uuid4()}
    for name, value in wrong.items():
        assert not door.is_for(replace(right, **{name: value})), name


def test_it_tells_of_the_time_that_is_open(host: Host, meetings: Any) -> None:
    """Who was let in last week is invited today; what is cancelled or not booked is open to nobody."""
    meeting = meetings.book(repeats="weekly", times=2)
    start = meeting.schedule.starts_at
    for at, state in ((start, Admission.ADMITTED), (start - timedelta(days=7), Admission.INVITED)):
        values = {"state": Admission.ADMITTED, "occurrence_at": at}
        with host.transaction(meeting.organisation_id) as connection:
            connection.execute(participants.update().where(participants.c.meeting_id == meeting.id).values(values))
        door = door_of(host, meetings, meeting)
        assert (door.is_open, door.state) == (True, state)
    for change in ({"is_booked": False}, {"is_booked": True, "cancelled_at": datetime.now(UTC)}):
        with host.transaction(meeting.organisation_id) as connection:
            connection.execute(meetings_table.update().where(meetings_table.c.id == meeting.id).values(change))
        assert not door_of(host, meetings, meeting).is_open
