"""Who opened which case, and who worked in which mailbox, according to the event log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from budkavle import as_uuid
from budkavle.storage import EventEntry

ZONE = ZoneInfo("Europe/Stockholm")
OPENINGS = ("case.viewed", "disclosure.case-read")
"""Entries about opening a case."""
ACTS = (
    *("case.taken", "case.taken-over", "case.released", "case.answered", "case.closed", "case.reopened"),
    *("case.binned", "case.restored", "message.sent"),
)
"""Entries about working in a mailbox."""


@dataclass(frozen=True, slots=True)
class Access:
    """An opening of a case.

    Attributes:
        number: The number of the event log entry.
        mailbox_id: The mailbox of the case; None in old entries, which did not name it.
        protected: Whether the case is confidential or requires a level of assurance.
    """

    number: int
    at: datetime
    reader_id: UUID
    reader: str
    case_id: UUID
    mailbox_id: UUID | None
    protected: bool

    @property
    def week(self) -> date:
        """The Monday of its week, in Swedish time."""
        day = self.day
        return day - timedelta(days=day.weekday())

    @property
    def day(self) -> date:
        """The day, in Swedish time."""
        return self.at.astimezone(ZONE).date()


def as_accesses(entries: Iterable[EventEntry]) -> Iterable[Access]:
    """Return the openings by users among event log entries."""
    for entry in entries:
        reader_id, case_id = as_uuid(entry.actor_id or ""), as_uuid(entry.thing or "")
        if reader_id and case_id:
            mailbox_id = mailbox_of(entry)
            protected = bool(entry.facts.get("protected"))
            yield Access(entry.number, entry.at, reader_id, entry.actor, case_id, mailbox_id, protected)


def mailbox_of(entry: Any) -> UUID | None:
    """Return the mailbox that an entry names."""
    return as_uuid(str(entry.facts.get("mailbox") or ""))
