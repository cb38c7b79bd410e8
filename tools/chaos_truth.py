"""What must be true after the killing: nothing lost, nothing duplicated, nothing left half done."""

import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from chaos_load import Letter
from sqlalchemy import text

from budkavle.cases import attachments, message_store
from budkavle.deliveries.wire import stored
from budkavle.model.errors import BudkavleError, Unavailable
from budkavle.model.messages import Message
from budkavle.storage import tables
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor

_UNDONE = text(
    "SELECT purpose || ' ' || state AS what, count(*) AS number FROM deliveries"
    " WHERE state <> 'ACKNOWLEDGED' OR lease_until IS NOT NULL GROUP BY 1 UNION ALL"
    " SELECT 'held', count(*) FROM messages WHERE state = 'HELD' HAVING count(*) > 0"
)
_DELIVERIES = text("SELECT id, purpose, wire, wire_blob FROM deliveries")
_JOBS_HELD = text("SELECT count(*) FROM schedule WHERE lease_until IS NOT NULL")
_EVENTS = text("SELECT kind, count(*) AS number FROM audit_log GROUP BY kind")


@dataclass(frozen=True, slots=True)
class Side:
    """One organisation after the killing: the messages reported as sent to its people, and those that may have been."""

    organisation_id: UUID
    name: str
    confirmed: Mapping[str, Letter]
    doubtful: Mapping[str, Letter]


def wait_until_quiet(platform: Platform, sides: Sequence[Side], spool: Path, seconds: float) -> dict[str, int]:
    """Wait until everything is acknowledged and fetched, and return what is not in the end."""
    until = time.monotonic() + seconds
    while True:
        try:
            left = _left(platform, sides, spool)
        except Unavailable:
            left = {"database down": 1}
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.5)


def _left(platform: Platform, sides: Sequence[Side], spool: Path) -> dict[str, int]:
    left: Counter[str] = Counter()
    for side in sides:
        with platform.database.transaction(side.organisation_id) as connection:
            left.update({row.what: row.number for row in connection.execute(_UNDONE)})
    left["pending"] = len(_names(spool, "pending"))
    return {what: number for what, number in left.items() if number}


def faults(platform: Platform, one: Side, other: Side, spool: Path) -> Iterator[str]:
    """Yield a sentence about each error."""
    for sender, recipient in ((one, other), (other, one)):
        yield from _messages(platform, sender, recipient)
    for side in (one, other):
        yield from _deliveries(platform, side)
        report = verify(platform.database, platform.vault, side.organisation_id)
        if not report.ok:
            yield f"{side.name}: {report}"
    yield from _parcels(platform, (one, other), spool)
    with platform.database.transaction(None) as connection:
        if held := connection.execute(_JOBS_HELD).scalar_one():
            yield f"{held} jobs are held by nobody"


def events(platform: Platform, sides: Sequence[Side]) -> dict[str, int]:
    """Count the kinds of event in the logs."""
    found: Counter[str] = Counter()
    for side in sides:
        with platform.database.transaction(side.organisation_id) as connection:
            found.update({row.kind: row.number for row in connection.execute(_EVENTS)})
    return dict(found)


def _messages(platform: Platform, sender: Side, recipient: Side) -> Iterator[str]:
    """Compare what people wrote with what the sender and the recipient have."""
    kept, came = _by_subject(platform, sender, "out"), _by_subject(platform, recipient, "in")
    for subject, letter in (*sender.confirmed.items(), *sender.doubtful.items()):
        here, there = kept.get(subject, []), came.get(subject, [])
        if subject in sender.confirmed and not here:
            yield f"{subject}: confirmed to its writer and not stored"
        if len(here) > 1 or len(there) != len(here):
            yield f"{subject}: {len(here)} times at {sender.name}, {len(there)} times at {recipient.name}"
        for place, message in ((sender, here), (recipient, there)):
            for one in message:
                yield from _differences(platform, place, one, letter)
    for subject in came.keys() - sender.confirmed.keys() - sender.doubtful.keys():
        yield f"{subject}: stands at {recipient.name} and nobody wrote it"


def _by_subject(platform: Platform, side: Side, direction: str) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    with platform.work(system_actor(side.organisation_id)) as work:
        wanted = tables.messages.c.direction == direction
        for message in message_store.messages(work, wanted):
            found.setdefault(message.subject, []).append(message)
    return found


def _differences(platform: Platform, side: Side, message: Message, letter: Letter) -> Iterator[str]:
    where = f"{letter.subject} at {side.name}"
    if message.body.strip() != letter.body.strip():
        yield f"{where}: the text is not what was written"
    try:
        files = [file.content for file in attachments.read(platform, side.organisation_id, message.attachments)]
    except (BudkavleError, OSError) as error:
        yield f"{where}: an attachment cannot be read: {type(error).__name__}"
        return
    if files != ([letter.file] if letter.file else []):
        yield f"{where}: the attachments are not what was sent"


def _deliveries(platform: Platform, side: Side) -> Iterator[str]:
    with platform.database.transaction(side.organisation_id) as connection:
        rows = connection.execute(_DELIVERIES).all()
    for row in rows:
        try:
            wire = stored.open_wire(platform, side.organisation_id, row.id, row.wire, row.wire_blob)
        except (BudkavleError, OSError) as error:
            yield f"{side.name}: the wire of {row.id} cannot be read: {type(error).__name__}"
            continue
        if not wire:
            yield f"{side.name}: {row.purpose} {row.id} was sent without its bytes being kept"


def _names(spool: Path, place: str) -> list[str]:
    """Return the parcels in a place of the spool. For an access point by SOAP, by their reported status."""
    if not spool.name.endswith(".db"):
        return [path.name for path in spool.glob(f"{place}/*/*")]
    states = {"pending": "('RECEIVED')", "downloaded": "('DELETED', 'DOWNLOADED')", "failed": "()"}[place]
    query = f"SELECT id FROM messages WHERE role = 'RECEIVING' AND status IN {states}"  # noqa: S608 - our own words
    with contextlib.closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True)) as database:
        return [str(row[0]) for row in database.execute(query)]


def _parcels(platform: Platform, sides: Sequence[Side], spool: Path) -> Iterator[str]:
    """Check that each delivery was sent once, under its own id, and that nothing else exists."""
    names = Counter(name for place in ("pending", "downloaded", "failed") for name in _names(spool, place))
    yield from (f"parcel {name} is there {number} times" for name, number in names.items() if number > 1)
    ids: set[str] = set()
    for side in sides:
        with platform.database.transaction(side.organisation_id) as connection:
            rows: Sequence[Any] = connection.execute(_DELIVERIES).all()
        ids |= {str(row.id) for row in rows}
    yield from (f"parcel {name} belongs to no delivery" for name in names.keys() - ids)
    yield from (f"delivery {one} has no parcel" for one in ids - names.keys())
