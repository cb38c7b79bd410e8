"""The log of a case: one row for people, one in the event log, and a word to the pages, in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, insert

from budkavle.storage import audit
from budkavle.storage.database import Database
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_events


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to a case; `kind` as in `mailboxes.CaseEvent`."""

    mailbox_id: UUID
    case_id: UUID
    kind: str


def write(work: Work, happened: Happened, **details: str) -> None:
    """Record what happened, inside the transaction that did it.

    Args:
        work: The unit of work; its actor is who did it.
        happened: To which case, and what.
        details: Ids and names of colleagues; never content of a message.
    """
    row = {
        "organisation_id": work.organisation_id,
        "case_id": happened.case_id,
        "at": func.clock_timestamp(),
        "user_id": work.actor.user_id,
        "kind": happened.kind,
        "facts": details,
    }
    work.connection.execute(insert(case_events).values(row))
    tell(work, happened)
    audit.record(work, f"case.{happened.kind}", happened.case_id, **details)


def tell(work: Work, happened: Happened) -> None:
    """Tell the open pages, once the transaction has been committed; ids only."""
    payload = {
        "o": work.organisation_id,
        "m": happened.mailbox_id,
        "c": happened.case_id,
        "k": happened.kind,
    }
    Database.notify(work.connection, payload)
