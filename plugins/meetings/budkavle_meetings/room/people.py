"""Who belongs to a room, according to booking and admission."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from budkavle import ActorScope, Host, NotFound, UserActor, Work
from budkavle.accounts import find_user, read_settings
from budkavle.cases import mailbox_members
from budkavle_meetings.booking.meetings import Meeting, find_meeting, load_meeting
from budkavle_meetings.booking.participants import (
    NO_PARTICIPANT,
    Admission,
    Participant,
    find_participant,
    list_participants,
)
from budkavle_meetings.booking.times import may_join
from budkavle_meetings.lobby import arrivals
from budkavle_meetings.room.room_settings import RoomSettings
from budkavle_meetings.settings import MeetingSettings


@dataclass(frozen=True, slots=True)
class Person:
    """A participant, or somebody who waits for admission.

    Attributes:
        id: The participant.
        name: The verified name.
        method: The display name of the identification method, a Swedish sentence; or empty.
        loa: The level that was reached; 0 for hosts, who are identified by their account.
        is_host: Whether this person is a host.
    """

    id: UUID
    name: str
    method: str
    loa: int
    is_host: bool


@dataclass(frozen=True, slots=True)
class Gathering:
    """A meeting as it is now.

    Attributes:
        admitted: Those who may be in the room.
        waiting: Those who wait in the lobby.
        ends_at: When the meeting ends, as booked.
        closes_at: When the room closes.
        keeps_chat: Whether the chat is kept in the case.
    """

    meeting: Meeting
    admitted: Sequence[Person]
    waiting: Sequence[Person]
    ends_at: datetime
    closes_at: datetime
    keeps_chat: bool

    def person(self, participant_id: UUID) -> Person | None:
        """Return an admitted person; None if there is none with this id."""
        return next((person for person in self.admitted if person.id == participant_id), None)


def gathering(host: Host, work: Work, meeting_id: UUID) -> Gathering | None:
    """Return who is in a meeting and its lobby; None if the meeting does not exist or is not open now.

    A host who is no longer a member of the mailbox, whose account is closed, or for whom the meeting's case has been
    restricted, is not in it.
    """
    try:
        meeting = load_meeting(host, work, meeting_id)
    except NotFound:
        return None
    settings = read_settings(work, MeetingSettings)
    time = may_join(meeting.schedule, datetime.now(UTC), settings.open_after)
    if not meeting.is_held or time is None:
        return None
    arrived = [
        participant
        for participant in list_participants(host, work, meeting_id)
        if participant.occurrence_at == time.starts_at
    ]
    hosts = _hosts(host, meeting, {participant.user_id for participant in arrived if participant.user_id})
    present = [participant for participant in arrived if participant.user_id is None or participant.user_id in hosts]
    waiting = sorted(_in(present, Admission.WAITING), key=lambda participant: participant.waiting_at or time.starts_at)
    return Gathering(
        meeting,
        [_person(participant) for participant in _in(present, Admission.ADMITTED)],
        [_person(participant) for participant in waiting],
        time.ends_at,
        time.closes_at(settings.open_after),
        meeting.case_id is not None and read_settings(work, RoomSettings).keep_chat,
    )


def _hosts(host: Host, meeting: Meeting, user_ids: set[UUID]) -> set[UUID]:
    """Return those of some users who may host the meeting now; nobody if its mailbox has been deleted."""
    with host.work(host.system(meeting.organisation_id, ActorScope.READ)) as work:
        try:
            members = {member.user_id for member in mailbox_members(work, meeting.mailbox_id)}
        except NotFound:
            return set()
        users = [find_user(work, user_id).acting() for user_id in user_ids & members]
    return {user.user_id for user in users if _finds(host, user, meeting)}


def _finds(host: Host, user: UserActor, meeting: Meeting) -> bool:
    """Tell whether a user still finds the meeting: its case may have been restricted to others."""
    with host.work(user) as work:
        try:
            find_meeting(host, work, meeting.id)
        except NotFound:
            return False
    return True


def decide(host: Host, work: Work, meeting: Meeting, participant_id: UUID, *, admit: bool) -> None:
    """Admit or refuse a participant of this meeting, in the lobby or the room; hosts cannot decide about hosts.

    Raises:
        NotFound: The meeting has no such participant.
        Conflict: Something has changed meanwhile.
    """
    participant = find_participant(host, work, participant_id)
    if participant.meeting_id != meeting.id or participant.is_host:
        raise NotFound(NO_PARTICIPANT)
    change = arrivals.let_in if admit else arrivals.turn_away
    change(host, work, meeting, participant)


def _in(participants: Sequence[Participant], state: Admission) -> list[Participant]:
    return [one for one in participants if one.state is state]


def _person(participant: Participant) -> Person:
    identity = participant.identity
    return Person(
        participant.id,
        participant.name,
        identity.method if identity else "",
        identity.loa if identity and not participant.is_host else 0,
        participant.is_host,
    )
