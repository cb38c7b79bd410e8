"""The chat: stored sealed during the meeting, then kept for the case or deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from budkavle import Host
from budkavle.storage import QueryFile, Statement
from budkavle_meetings.room import seats
from budkavle_meetings.room.messages import Line
from budkavle_meetings.room.seats import Seat

MOST_LINES = 2_000


class _Queries(QueryFile):
    add_line: Statement
    read_lines: Statement
    kept_lines: Statement
    newest_lines: Statement
    remove_lines: Statement
    quiet_meetings: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class ChatLine:
    """A line that somebody has written."""

    number: int
    participant_id: UUID
    at: datetime
    text: str


def add_line(host: Host, seat: Seat, line: Line, *, kept: bool) -> None:
    """Write a line; `kept` is what the writer was told. Lines beyond a meeting's maximum are dropped."""
    sealed = host.vault.seal_small(seat.organisation_id, _label(seat.meeting_id), line.text.encode())
    values = {
        "organisation_id": seat.organisation_id,
        "meeting_id": seat.meeting_id,
        "participant_id": seat.participant_id,
        "key": line.key,
        "is_kept": kept,
        "sealed": sealed,
        "most": MOST_LINES,
    }
    with host.transaction(seat.organisation_id) as connection:
        seats.QUERIES.hold_room.enqueue(connection, {"meeting_id": seat.meeting_id})
        QUERIES.add_line.enqueue(connection, values)
        seats.wake(connection, seat.organisation_id, seat.meeting_id)


def newest_lines(host: Host, organisation_id: UUID, meetings: Sequence[UUID]) -> dict[UUID, int]:
    """Return the number of the newest line of each meeting that has a chat."""
    with host.transaction(organisation_id) as connection:
        rows = QUERIES.newest_lines.all(connection, {"meetings": list(meetings)})
    return {row.meeting_id: row.number for row in rows}


def read_lines(host: Host, organisation_id: UUID, meeting_id: UUID, after: int = 0) -> list[ChatLine]:
    """Return the lines after a number."""
    with host.transaction(organisation_id) as connection:
        rows = QUERIES.read_lines.all(connection, {"meeting_id": meeting_id, "after": after})
    return _opened(host, organisation_id, rows)


def kept_lines(host: Host, organisation_id: UUID, meeting_id: UUID) -> list[ChatLine]:
    """Return the lines of a meeting that are kept for its case."""
    with host.transaction(organisation_id) as connection:
        rows = QUERIES.kept_lines.all(connection, {"meeting_id": meeting_id})
    return _opened(host, organisation_id, rows)


def _opened(host: Host, organisation_id: UUID, rows: Sequence[Any]) -> list[ChatLine]:
    return [
        ChatLine(
            row.number,
            row.participant_id,
            row.at,
            host.vault.open_small(organisation_id, _label(row.meeting_id), row.sealed).decode(),
        )
        for row in rows
    ]


def quiet_meetings(host: Host, organisation_id: UUID) -> list[UUID]:
    """Return the meetings whose chat may be due for deletion: nobody has written there for a while."""
    with host.transaction(organisation_id) as connection:
        return [row.meeting_id for row in QUERIES.quiet_meetings.all(connection, {})]


def remove_lines(host: Host, organisation_id: UUID, meeting_id: UUID, *, everything: bool = False) -> None:
    """Delete the lines that a meeting does not keep, or `everything`, for example when its case is destroyed."""
    with host.transaction(organisation_id) as connection:
        QUERIES.remove_lines.enqueue(connection, {"meeting_id": meeting_id, "everything": everything})


def _label(meeting_id: UUID) -> str:
    return f"meeting-chat:{meeting_id}"
