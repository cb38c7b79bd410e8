"""Admission: who waits, who is let in, and when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle import Conflict, Host, NotFound
from budkavle.testing import SampleOrganisation, SampleUser, in_work, system_actor
from budkavle_meetings.booking.meetings import Meeting, NewMeeting, create_meeting, find_meeting, load_meeting
from budkavle_meetings.booking.participants import (
    Admission,
    Invitee,
    NewParticipant,
    Participant,
    VerifiedIdentity,
    find_by_token,
    host_participant,
    invite_participant,
)
from budkavle_meetings.booking.times import Schedule
from budkavle_meetings.lobby.admission import admit, admitted, leave, refuse, wait_in_lobby
from budkavle_meetings.tables import meetings, participants

ANNA = VerifiedIdentity("Anna Ek", "BankID", 3)


@pytest.fixture
def do(host: Host, organisation: SampleOrganisation) -> Callable[..., Any]:
    """Call a function of the plugin in a unit of work, of the plugin itself unless said otherwise."""

    def call(function: Callable[..., Any], *arguments: Any, by: SampleUser | None = None) -> Any:
        actor = by or system_actor(organisation.id)
        return in_work(organisation.platform, actor, lambda work: function(host, work, *arguments))

    return call


@pytest.fixture
def meeting(do: Callable[..., Any], case_worker: SampleUser, mailbox: Any) -> Meeting:
    start = datetime.now(UTC) + timedelta(minutes=4)
    new = NewMeeting(mailbox.id, "room", "Uppföljning", "Välkommen.", Schedule(start, start + timedelta(hours=1)))
    made: Meeting = do(create_meeting, new, by=case_worker)
    return made


@pytest.fixture
def anna(do: Callable[..., Any], meeting: Meeting, case_worker: SampleUser) -> Participant:
    new = NewParticipant(Invitee("anna@exempel.example", "Anna"), method="email")
    made: Participant = do(invite_participant, meeting, new, by=case_worker)
    return made


def test_somebody_waits_is_admitted_and_leaves(do: Callable[..., Any], meeting: Meeting, anna: Participant) -> None:
    """Nobody is in the room before a host has let them in, nor after they have gone."""
    assert not do(admitted, meeting, anna)
    waiting = do(wait_in_lobby, meeting, anna, ANNA)
    assert (waiting.state, waiting.name, waiting.identity) == (Admission.WAITING, "Anna Ek", ANNA)
    assert not do(admitted, meeting, anna)
    do(admit, meeting, waiting)
    assert do(admitted, meeting, anna)
    assert do(leave, waiting).state is Admission.LEFT
    assert not do(admitted, meeting, anna)


def test_who_is_refused_does_not_come_back(do: Callable[..., Any], meeting: Meeting, anna: Participant) -> None:
    """Refused is refused, for this time of the meeting."""
    waiting = do(wait_in_lobby, meeting, anna, ANNA)
    refused = do(refuse, waiting)
    with pytest.raises(Conflict):
        do(wait_in_lobby, meeting, refused, ANNA)


def test_nobody_is_admitted_who_does_not_wait(do: Callable[..., Any], meeting: Meeting, anna: Participant) -> None:
    """A host admits those who have identified, and no others; and nobody leaves who was not let in."""
    with pytest.raises(Conflict):
        do(admit, meeting, anna)
    with pytest.raises(Conflict):
        do(leave, anna)


def test_a_host_is_in_once_the_meeting_is_open(
    do: Callable[..., Any], meeting: Meeting, case_worker: SampleUser
) -> None:
    """A member of the mailbox has one row, and waits for nobody."""
    mine = do(host_participant, meeting, by=case_worker)
    assert mine.id == do(host_participant, meeting, by=case_worker).id
    assert mine.is_host
    assert not do(admitted, meeting, mine)
    do(admit, meeting, mine, by=case_worker)
    assert do(admitted, meeting, mine)


@pytest.mark.parametrize("state", [Admission.REFUSED, Admission.ADMITTED])
def test_another_time_of_a_series_begins_anew(
    host: Host, do: Callable[..., Any], meeting: Meeting, anna: Participant, state: Admission
) -> None:
    """Who was refused last week may wait again, and who was let in last week waits again."""
    waiting = do(wait_in_lobby, meeting, anna, ANNA)
    last_week = {"state": state, "occurrence_at": waiting.occurrence_at - timedelta(days=7)}
    with host.transaction(meeting.organisation_id) as connection:
        connection.execute(participants.update().where(participants.c.id == anna.id).values(last_week))
    back = find_by_token(host, anna.invitee.token)
    assert not do(admitted, meeting, back)
    again = do(wait_in_lobby, meeting, back, ANNA)
    assert (again.state, again.occurrence_at) == (Admission.WAITING, waiting.occurrence_at)


@pytest.mark.parametrize("why", ["cancelled", "not booked"])
def test_nobody_waits_or_is_let_in_where_nothing_is_held(
    host: Host, do: Callable[..., Any], meeting: Meeting, anna: Participant, why: str
) -> None:
    """Its time has come, but it is cancelled, or a second person has not said yes; who was in is so no more."""
    waiting = do(wait_in_lobby, meeting, anna, ANNA)
    do(admit, meeting, waiting)
    change = {"cancelled_at": datetime.now(UTC)} if why == "cancelled" else {"is_booked": False}
    with host.transaction(meeting.organisation_id) as connection:
        connection.execute(meetings.update().where(meetings.c.id == meeting.id).values(change))
    now = do(load_meeting, meeting.id)
    assert not do(admitted, now, waiting)
    for step in (lambda: do(wait_in_lobby, now, anna, ANNA), lambda: do(admit, now, waiting)):
        with pytest.raises(Conflict, match="inte öppet"):
            step()


def test_the_organiser_is_no_earlier_than_others(do: Callable[..., Any], case_worker: SampleUser, mailbox: Any) -> None:
    """Six minutes before, nobody gets in."""
    start = datetime.now(UTC) + timedelta(minutes=6)
    new = NewMeeting(mailbox.id, "room", "Uppföljning", "", Schedule(start, start + timedelta(hours=1)))
    meeting = do(create_meeting, new, by=case_worker)
    mine = do(host_participant, meeting, by=case_worker)
    with pytest.raises(Conflict):
        do(admit, meeting, mine, by=case_worker)


def test_a_token_finds_its_participant(host: Host, anna: Participant) -> None:
    """Only the whole token does."""
    token = anna.invitee.token
    found = find_by_token(host, token)
    assert found == anna
    assert find_by_token(host, token[:-2] + "AA") is None
    assert find_by_token(host, "å") is None
    assert find_by_token(host, "") is None


def test_a_meeting_of_others_is_not_found(do: Callable[..., Any], meeting: Meeting, outsider: SampleUser) -> None:
    """Who is no member of its mailbox learns nothing of it."""
    with pytest.raises(NotFound):
        do(find_meeting, meeting.id, by=outsider)


def test_an_export_has_people_and_no_tokens(organisation: SampleOrganisation, anna: Participant) -> None:
    """The receiver learns who was invited, and gets nobody's link."""
    rows = repr([organisation.exported("meetings_meetings"), organisation.exported("meetings_participants")])
    assert "anna@exempel.example" in rows
    assert "Uppföljning" in rows
    assert anna.invitee.token not in rows


def test_nothing_lies_in_clear(host: Host, meeting: Meeting, anna: Participant) -> None:
    """Subject, text, addresses, names and tokens are sealed."""
    with host.transaction(meeting.organisation_id) as connection:
        rows = [*connection.execute(meetings.select()), *connection.execute(participants.select())]
    stored = repr(rows)
    for secret in ("Uppföljning", "Välkommen", "anna@", "Anna", anna.invitee.token):
        assert secret not in stored
