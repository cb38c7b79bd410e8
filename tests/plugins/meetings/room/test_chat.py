"""What becomes of the chat: it is thrown away, or kept with the meeting in its case."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from budkavle.accounts import write_settings
from budkavle_meetings.forgetting import forget_old
from budkavle_meetings.room import chat
from budkavle_meetings.room.room_settings import RoomSettings
from budkavle_meetings.room.sweeping import RoomSweep
from budkavle_meetings.tables import meetings


def write(room: Any, **changes: Any) -> None:
    """Write a line in the room while it is open, then let the meeting and the line be old."""
    anna = room.lead()
    anna.hear("in")
    anna.say("chat", text="Vi hörs på fredag")
    anna.hear("chat")
    ago = datetime.now(UTC) - changes.pop("ago", timedelta(hours=3))
    with room.host.transaction(room.organisation.id) as connection:
        connection.execute(update(meetings).values(starts_at=ago, ends_at=ago + timedelta(hours=1), over_at=ago))
        connection.exec_driver_sql("UPDATE meetings_chat SET at = now() - INTERVAL '1 hour'")


def lines(room: Any) -> list[str]:
    return [line.text for line in chat.read_lines(room.host, room.organisation.id, room.meeting.id)]


@pytest.mark.parametrize("kept", [False, True])
def test_the_chat_goes_when_the_meeting_is_over_unless_it_is_kept(
    room: Any, organisation: Any, administrator: Any, kept: bool
) -> None:
    """What was said beforehand holds: a line that is to be kept stays when the settings change."""
    case_id = organisation.arrive()
    with room.host.transaction(organisation.id) as connection:
        connection.execute(update(meetings).values(case_id=case_id))
    with organisation.platform.work(administrator) as work:
        write_settings(work, RoomSettings, {"keep_chat": kept})
    write(room)
    with organisation.platform.work(administrator) as work:
        write_settings(work, RoomSettings, {"keep_chat": not kept})
    RoomSweep(room.host).run()
    assert lines(room) == (["Vi hörs på fredag"] if kept else [])
    found = chat.kept_lines(room.host, organisation.id, room.meeting.id)
    assert [line.text for line in found] == lines(room)


def test_the_chat_stays_while_the_meeting_goes_on(room: Any) -> None:
    """The job throws nothing away under people's hands."""
    anna = room.lead()
    anna.hear("in")
    anna.say("chat", text="Strax", key=uuid4())
    anna.hear("chat")
    with room.host.transaction(room.organisation.id) as connection:
        connection.exec_driver_sql("UPDATE meetings_chat SET at = now() - INTERVAL '1 hour'")
    RoomSweep(room.host).run()
    assert lines(room) == ["Strax"]


def test_the_chat_goes_with_the_meeting(room: Any) -> None:
    """A meeting that is forgotten leaves nothing of its chat."""
    write(room, ago=timedelta(days=400))
    forget_old(room.host)
    assert lines(room) == []
