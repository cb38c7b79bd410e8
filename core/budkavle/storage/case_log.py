"""The log of a case: one row for people, one in the event log, and a word to the pages, in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert

from budkavle.storage import audit
from budkavle.storage.database import Database
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_events


@dataclass(frozen=True, slots=True)
class CaseChange:
    """Something that happened to a case; `kind` as in `mailboxes.CaseEvent`, or `PLUGIN.WORD` for a plugin's own."""

    mailbox_id: UUID
    case_id: UUID
    kind: str

    @property
    def event(self) -> str:
        """What the event log calls it."""
        return self.kind if "." in self.kind else f"case.{self.kind}"


def write(work: Work, change: CaseChange, **details: str) -> None:
    """Record what happened, inside the transaction that did it.

    Args:
        work: The unit of work; its actor is who did it.
        change: To which case, and what.
        details: Ids and names of colleagues; never content of a message.
    """
    row = {
        "organisation_id": work.organisation_id,
        "case_id": change.case_id,
        "at": func.clock_timestamp(),
        "user_id": work.actor.user_id,
        "kind": change.kind,
        "facts": details,
    }
    work.connection.execute(insert(case_events).values(row))
    notify_pages(work, change)
    audit.record(work, change.event, change.case_id, **{"mailbox": str(change.mailbox_id)} | details)


def notify_pages(work: Work, change: CaseChange) -> None:
    """Tell the open pages, once the transaction has been committed; ids only."""
    payload = {
        "o": work.organisation_id,
        "m": change.mailbox_id,
        "c": change.case_id,
        "k": change.kind,
    }
    Database.notify(work.connection, payload)
