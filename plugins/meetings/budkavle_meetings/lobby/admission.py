"""Admission: who waits, is admitted or has left. It is decided in the database, so all processes agree."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update

from budkavle import Conflict, Host, Work
from budkavle.accounts import read_settings
from budkavle_meetings.booking.meetings import Meeting
from budkavle_meetings.booking.participants import (
    Admission,
    Participant,
    VerifiedIdentity,
    as_participant,
    find_participant,
    seal_identity,
)
from budkavle_meetings.booking.times import Occurrence, may_join
from budkavle_meetings.settings import MeetingSettings
from budkavle_meetings.tables import participants

NOT_OPEN = "Mötet är inte öppet nu. Det öppnar fem minuter före starten."


def require_open(work: Work, meeting: Meeting, now: datetime | None = None) -> Occurrence:
    """Return the time of a meeting that may be joined now; the organiser cannot join earlier than others.

    Raises:
        Conflict: It is too early, too late, or the meeting is cancelled or not booked yet.
    """
    open_after = read_settings(work, MeetingSettings).open_after
    occurrence = may_join(meeting.schedule, now or datetime.now(UTC), open_after)
    if not meeting.is_held or occurrence is None:
        raise Conflict(NOT_OPEN)
    return occurrence


def wait_in_lobby(
    host: Host, work: Work, meeting: Meeting, participant: Participant, identity: VerifiedIdentity
) -> Participant:
    """Put somebody who has identified in the lobby; a person already admitted for this time stays admitted.

    Raises:
        Conflict: The meeting is not open, or they have been refused.
    """
    occurrence = require_open(work, meeting)
    same_time = participant.occurrence_at == occurrence.starts_at
    if same_time and participant.state is Admission.REFUSED:
        raise Conflict("Mötets värd har inte släppt in dig. Kontakta den som bjöd in dig.")
    if same_time and participant.state is Admission.ADMITTED:
        return participant
    values = {
        "state": Admission.WAITING,
        "occurrence_at": occurrence.starts_at,
        "waiting_at": datetime.now(UTC),
        "admitted_at": None,
        "left_at": None,
        "identity": seal_identity(host, work.organisation_id, participant.id, identity),
    }
    return _update(host, work, participant, values)


def admit(host: Host, work: Work, meeting: Meeting, participant: Participant) -> Participant:
    """Admit a participant; hosts are admitted without waiting.

    Raises:
        Conflict: The meeting is not open, or the participant is not waiting.
    """
    occurrence = require_open(work, meeting)
    values = {
        "state": Admission.ADMITTED,
        "occurrence_at": occurrence.starts_at,
        "admitted_at": datetime.now(UTC),
        "left_at": None,
    }
    waits = () if participant.is_host else (participants.c.state == Admission.WAITING,)
    return _update(host, work, participant, values, *waits)


def refuse(host: Host, work: Work, participant: Participant) -> Participant:
    """Refuse entry to a participant, or remove them, for this time of the meeting."""
    return _update(host, work, participant, {"state": Admission.REFUSED, "left_at": datetime.now(UTC)})


def leave(host: Host, work: Work, participant: Participant) -> Participant:
    """Record that somebody has left; when they return they wait in the lobby, unless they are hosts."""
    values = {"state": Admission.LEFT, "left_at": datetime.now(UTC)}
    return _update(host, work, participant, values, participants.c.state == Admission.ADMITTED)


def admitted(host: Host, work: Work, meeting: Meeting, participant: Participant) -> bool:
    """Tell whether somebody may be in the room now, according to the database."""
    open_after = read_settings(work, MeetingSettings).open_after
    occurrence = may_join(meeting.schedule, datetime.now(UTC), open_after)
    if not meeting.is_held or occurrence is None:
        return False
    current = find_participant(host, work, participant.id)
    return current.state is Admission.ADMITTED and current.occurrence_at == occurrence.starts_at


def _update(host: Host, work: Work, participant: Participant, values: dict[str, Any], *only: Any) -> Participant:
    this = (participants.c.organisation_id == work.organisation_id, participants.c.id == participant.id)
    with host.tables(work) as connection:
        row = connection.execute(
            update(participants).where(*this, *only).values(values).returning(participants)
        ).one_or_none()
    if row is None:
        raise Conflict("Det gick inte, för något har ändrats under tiden. Läs in sidan på nytt.")
    return as_participant(host, row)
