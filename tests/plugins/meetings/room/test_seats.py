"""Seats and decisions of a room, without a socket: what holds when many come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from budkavle import NotFound
from budkavle_meetings.booking.meetings import NewMeeting, create_meeting
from budkavle_meetings.booking.participants import Invitee, NewParticipant, host_participant, invite_participant
from budkavle_meetings.booking.times import Schedule
from budkavle_meetings.lobby.admission import admit
from budkavle_meetings.room import seats
from budkavle_meetings.room.messages import Hello, State
from budkavle_meetings.room.people import Person, decide, gathering
from budkavle_meetings.room.seats import Seat, Taken, Why


def sit(room: Any, seat: Seat | None = None) -> tuple[Seat, Taken | Why]:
    """Let somebody sit down, or sit down again after a reload."""
    mine = seat or Seat(room.organisation.id, room.meeting.id, uuid4(), uuid4(), uuid4())
    mine = Seat(mine.organisation_id, mine.meeting_id, mine.participant_id, mine.id, uuid4())
    person = Person(mine.participant_id, "Bo", "BankID", 3, is_host=False)
    return mine, seats.take_seat(room.host, mine, person, Hello("", mine.id, mine.instance, State()))


def test_of_many_who_come_at_once_one_gets_the_last_seat(room: Any) -> None:
    """And who is in a full room comes back into it."""
    first, _ = sit(room)
    for _ in range(seats.MOST_SEATS - 2):
        sit(room)
    with ThreadPoolExecutor(8) as pool:
        outcomes = [outcome for _, outcome in pool.map(lambda _: sit(room), range(8))]
    assert sorted(isinstance(outcome, Taken) for outcome in outcomes) == [False] * 7 + [True]
    assert {outcome for outcome in outcomes if not isinstance(outcome, Taken)} == {Why.FULL}
    assert isinstance(sit(room, first)[1], Taken)


def test_nobody_sits_down_while_another_does(room: Any) -> None:
    """The room is held until whoever sits down has a seat: counts and places are those of one at a time."""
    sit(room)
    with ThreadPoolExecutor(1) as pool:
        with room.host.transaction(room.organisation.id) as connection:
            seats.QUERIES.hold_room.one(connection, {"meeting_id": room.meeting.id})
            waiting = pool.submit(sit, room)
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
        assert isinstance(waiting.result(20)[1], Taken)


@pytest.mark.parametrize("admit", [True, False])
def test_hosts_decide_of_guests_of_this_meeting_alone(room: Any, mailbox: Any, admit: bool) -> None:
    """Of nobody who waits for another meeting, and of no host."""
    start = datetime.now(UTC) - timedelta(minutes=1)
    new = NewMeeting(mailbox.id, "room", "Ett annat", "", Schedule(start, start + timedelta(hours=1)))
    other = room.do(create_meeting, new, by=room.leader)
    stranger = room.do(invite_participant, other, NewParticipant(Invitee("x@exempel.example", "X")), by=room.leader)
    leader = room.do(host_participant, room.meeting, by=room.leader)
    for participant in (stranger, leader):
        with pytest.raises(NotFound):
            room.do(lambda host, work, who=participant: decide(host, work, room.meeting, who.id, admit=admit))


@pytest.mark.parametrize("act", ["leaves", "closed"])
def test_a_host_who_has_left_the_mailbox_is_in_the_room_no_more(room: Any, organisation: Any, act: str) -> None:
    """Nor one whose account is closed; a ticket of before lets them in as little, and they decide of nobody."""
    participant = room.do(admit, room.meeting, room.do(host_participant, room.meeting, by=room.leader))
    guest = room.do(admit, room.meeting, room.waits("Bo"))
    assert room.do(gathering, room.meeting.id).person(participant.id)
    statements = {
        "leaves": "DELETE FROM memberships WHERE user_id = :user AND mailbox_id = :box",
        "closed": "UPDATE users SET active = false WHERE id = :user AND :box = :box",
    }
    organisation.rows(f"{statements[act]}", user=room.leader.id, box=room.meeting.mailbox_id)
    people = room.do(gathering, room.meeting.id)
    assert [one.id for one in people.admitted] == [guest.id]
