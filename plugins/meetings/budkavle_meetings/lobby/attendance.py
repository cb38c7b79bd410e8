"""When each participant came to a meeting and left it, for the page of the meeting and of its case."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from budkavle import Host, Work
from budkavle_meetings.booking.participants import Participant
from budkavle_meetings.tables import attendance


@dataclass(frozen=True, slots=True)
class Visit:
    """A time that somebody was in a meeting; `left_at` None while they are."""

    participant_id: UUID
    came_at: datetime
    left_at: datetime | None


def note_coming(host: Host, work: Work, participant: Participant) -> None:
    """Note that somebody has come in."""
    values = {
        "organisation_id": work.organisation_id,
        "participant_id": participant.id,
        "meeting_id": participant.meeting_id,
        "came_at": datetime.now(UTC),
    }
    with host.tables(work) as connection:
        connection.execute(insert(attendance).values(values))


def note_going(host: Host, work: Work, participant: Participant) -> None:
    """Note that somebody has gone; nothing where they were not in."""
    this = (attendance.c.organisation_id == work.organisation_id, attendance.c.participant_id == participant.id)
    with host.tables(work) as connection:
        connection.execute(
            update(attendance).where(*this, attendance.c.left_at.is_(None)).values(left_at=datetime.now(UTC))
        )


def list_visits(host: Host, work: Work, meeting_id: UUID) -> list[Visit]:
    """Return who was in a meeting and when, in the order in which they came."""
    this = (attendance.c.organisation_id == work.organisation_id, attendance.c.meeting_id == meeting_id)
    with host.tables(work) as connection:
        rows = connection.execute(select(attendance).where(*this).order_by(attendance.c.came_at)).all()
    return [Visit(row.participant_id, row.came_at, row.left_at) for row in rows]
