"""When each participant joined and left a meeting, for the pages of the meeting and its case."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from budkavle import Host, Work
from budkavle_meetings.booking.participants import Participant
from budkavle_meetings.tables import attendance


@dataclass(frozen=True, slots=True)
class Visit:
    """A period that somebody was in a meeting; `left_at` is None while they are there."""

    participant_id: UUID
    came_at: datetime
    left_at: datetime | None


def note_coming(host: Host, work: Work, participant: Participant) -> bool:
    """Record that somebody has joined, and tell whether they were not in the meeting already."""
    this = (attendance.c.organisation_id == work.organisation_id, attendance.c.participant_id == participant.id)
    is_in = select(attendance.c.came_at).where(*this, attendance.c.left_at.is_(None))
    values = {
        "organisation_id": work.organisation_id,
        "participant_id": participant.id,
        "meeting_id": participant.meeting_id,
        "came_at": datetime.now(UTC),
    }
    with host.tables(work) as connection:
        if connection.execute(is_in).first() is not None:
            return False
        connection.execute(insert(attendance).values(values))
        return True


def note_going(host: Host, work: Work, participant: Participant) -> bool:
    """Record that somebody has left, and tell whether they were in the meeting."""
    this = (attendance.c.organisation_id == work.organisation_id, attendance.c.participant_id == participant.id)
    with host.tables(work) as connection:
        write = update(attendance).where(*this, attendance.c.left_at.is_(None)).values(left_at=datetime.now(UTC))
        return connection.execute(write).rowcount > 0


def list_visits(host: Host, work: Work, meeting_id: UUID) -> list[Visit]:
    """Return who was in a meeting and when, in order of arrival."""
    this = (attendance.c.organisation_id == work.organisation_id, attendance.c.meeting_id == meeting_id)
    with host.tables(work) as connection:
        rows = connection.execute(select(attendance).where(*this).order_by(attendance.c.came_at)).all()
    return [Visit(row.participant_id, row.came_at, row.left_at) for row in rows]
