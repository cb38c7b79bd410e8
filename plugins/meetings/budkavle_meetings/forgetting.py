"""Meetings are deleted a year after they are over, and together with their case."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import delete, select

from budkavle import Host
from budkavle.operations import Destroyed
from budkavle_meetings.appointments.tables import appointments
from budkavle_meetings.room.chat import remove_lines
from budkavle_meetings.tables import attendance, meetings, participants

KEPT = timedelta(days=365)
"""How long a meeting is kept after it is over."""
MOST = 500


def forget_old(host: Host) -> int:
    """Delete the meetings that were over a year ago, in every organisation; a job."""
    return host.platform.in_each_organisation(partial(_forget_old, host))


def forget_destroyed(host: Host, destroyed: Destroyed) -> None:
    """Delete the meetings of destroyed cases."""
    this = (meetings.c.organisation_id == destroyed.organisation_id, meetings.c.case_id.in_(destroyed.case_ids))
    with host.transaction(destroyed.organisation_id) as connection:
        ids = list(connection.execute(select(meetings.c.id).where(*this)).scalars())
    _forget(host, destroyed.organisation_id, ids)


def _forget_old(host: Host, organisation_id: UUID) -> int:
    this = (meetings.c.organisation_id == organisation_id, meetings.c.over_at < datetime.now(UTC) - KEPT)
    with host.transaction(organisation_id) as connection:
        ids = list(connection.execute(select(meetings.c.id).where(*this).limit(MOST)).scalars())
    return _forget(host, organisation_id, ids)


def _forget(host: Host, organisation_id: UUID, ids: Collection[UUID]) -> int:
    for meeting_id in ids:
        remove_lines(host, organisation_id, meeting_id, everything=True)
    with host.transaction(organisation_id) as connection:
        for table in (attendance, participants, appointments):
            connection.execute(
                delete(table).where(table.c.organisation_id == organisation_id, table.c.meeting_id.in_(ids))
            )
        statement = delete(meetings).where(meetings.c.organisation_id == organisation_id, meetings.c.id.in_(ids))
        return connection.execute(statement).rowcount
