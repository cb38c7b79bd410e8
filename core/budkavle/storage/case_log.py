"""The log of a case: writes the case's row, an event log entry, and a notification to pages, in one transaction."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import func, insert

from budkavle.model.people import Actor
from budkavle.storage import audit
from budkavle.storage.database import CHANNEL, Database
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.events.traces import record_not_there, record_once
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import case_events


class _Queries(QueryFile):
    write_events: Statement
    find_refused: Statement
    find_not_readable: Statement
    find_unknown: Statement


QUERIES = _Queries.load()
MOST = 50
"""The most cases that one attempt leaves entries for."""


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A change of a case; `kind` as in `mailboxes.CaseEvent`, or `PLUGIN.WORD` for a plugin's own."""

    mailbox_id: UUID
    case_id: UUID
    kind: str

    @property
    def event(self) -> str:
        """The kind of its event log entry."""
        return self.kind if "." in self.kind else f"case.{self.kind}"


def write(work: Work, change: CaseChange, **details: str) -> None:
    """Record what happened, in the transaction that did it.

    Args:
        work: The unit of work; its actor is who did it.
        change: The case, and what happened.
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


def write_all(work: Work, entries: Sequence[tuple[CaseChange, Mapping[str, str]]]) -> None:
    """Record what happened to many cases, as `write` does, with one statement for their logs.

    Args:
        work: The unit of work; its actor is who did it.
        entries: Each case's change with its details.
    """
    if not entries:
        return
    changes = [change for change, _ in entries]
    parameters = {
        "organisation": work.organisation_id,
        "user": work.actor.user_id,
        "cases": [change.case_id for change in changes],
        "kinds": [change.kind for change in changes],
        "facts": [json.dumps(dict(details), ensure_ascii=False) for _, details in entries],
        "channel": CHANNEL,
        "payloads": [json.dumps(_payload(work, change), default=str, separators=(",", ":")) for change in changes],
    }
    QUERIES.write_events.enqueue(work.connection, parameters)
    for change, details in entries:
        facts = {"mailbox": str(change.mailbox_id), **details}
        audit.record(work, f"case.{change.kind}", change.case_id, **facts)


def notify_pages(work: Work, change: CaseChange) -> None:
    """Notify the open pages once the transaction is committed; ids only."""
    Database.notify(work.connection, _payload(work, change))


def _payload(work: Work, change: CaseChange) -> dict[str, object]:
    return {"o": work.organisation_id, "m": change.mailbox_id, "c": change.case_id, "k": change.kind}


def note_refused(work: Work, ids: Collection[UUID] = (), number: str = "") -> None:
    """Record an attempt to open a case that the actor may not read; the actor is told only that there is no such case.

    A restricted case is logged differently from one in a mailbox that they cannot read. Something that does not exist
    or belongs to another organisation (which cannot be known here) is logged too, up to a limit.

    Args:
        work: The unit of work, which ends with an error; its actor made the attempt.
        ids: What was asked for: cases, messages, attachments or deliveries.
        number: A case number that was searched for; recorded for restricted cases only, since anybody may search.
    """
    if work.actor.user_id is None:
        return
    record = partial(_record_refused, work.platform, work.actor, list(ids), number)
    if number:
        work.after_commit(record)
    else:
        work.after_rollback(record)


def _record_refused(platform: Platform, actor: Actor, ids: Sequence[UUID], number: str) -> None:
    values = {"organisation": actor.organisation_id, "ids": ids, "number": number, "reader": actor.user_id}
    with platform.work(actor) as work:
        with with_all_cases(work.connection, work.reader):
            restricted = QUERIES.find_refused.all(work.connection, values)
            others = QUERIES.find_not_readable.all(work.connection, values | {"most": MOST}) if ids else []
            unknown = QUERIES.find_unknown.all(work.connection, values | {"most": MOST}) if ids else []
        for row in restricted:
            audit.record(work, "case.refused", row.case_id, mailbox=str(row.mailbox_id))
        for row in others:
            record_once(work, "case.not-readable", row.case_id, str(actor.user_id), mailbox=str(row.mailbox_id))
        for row in unknown:
            record_not_there(work, "case.not-there", row.id)
