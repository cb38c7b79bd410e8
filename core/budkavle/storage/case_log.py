"""The log of a case: one row for people, one in the event log, and a word to the pages, in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, insert

from budkavle.model.people import Actor
from budkavle.storage import audit
from budkavle.storage.database import Database
from budkavle.storage.platform import Platform
from budkavle.storage.tables import case_events


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to a case; `kind` as in `mailboxes.CaseEvent`."""

    mailbox_id: UUID
    case_id: UUID
    kind: str


def write(connection: Connection, actor: Actor, happened: Happened, **facts: str) -> None:
    """Record what happened, inside the transaction that did it.

    Args:
        connection: That transaction.
        actor: Who did it.
        happened: To which case, and what.
        facts: Ids and names of colleagues; never content of a message.
    """
    row = {
        "organisation_id": actor.organisation_id,
        "case_id": happened.case_id,
        "at": func.clock_timestamp(),
        "user_id": actor.user_id,
        "kind": happened.kind,
        "facts": facts,
    }
    connection.execute(insert(case_events).values(row))
    tell(connection, actor, happened)
    audit.record(connection, actor, f"case.{happened.kind}", happened.case_id, **facts)


def tell(connection: Connection, actor: Actor, happened: Happened) -> None:
    """Tell the open pages, once the transaction has been committed; ids only."""
    payload = {
        "o": actor.organisation_id,
        "m": happened.mailbox_id,
        "c": happened.case_id,
        "k": happened.kind,
    }
    Database.notify(connection, payload)


def emit(platform: Platform, actor: Actor, happened: Happened) -> None:
    """Tell the plugins, after the commit."""
    platform.plugins.emit(
        "case_changed", organisation_id=actor.organisation_id, case_id=happened.case_id, kind=happened.kind
    )
