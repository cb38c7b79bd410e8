"""The table behind the outboxes of plugins: due entries are claimed under a lease, and end as done or parked.

The content is sealed under its entry's id. An entry is deleted when it is done. One that is given up is parked: it
stays until it is retried, or is swept after `KEPT`.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from budkavle.model import sources
from budkavle.model.errors import Damaged
from budkavle.model.sentences import Sentence
from budkavle.storage.database import Database, ResultRow
from budkavle.storage.keys import Destroyed
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.vault import Vault

KEPT = timedelta(days=30)
"""How long a parked entry of a plugin stays."""
CORE = "budkavle."
"""The prefix of the core's own outboxes. Their entries stay until they are done."""


class _Queries(QueryFile):
    enqueue: Statement
    claim: Statement
    renew: Statement
    finish: Statement
    postpone: Statement
    park: Statement
    retry_parked: Statement
    count: Statement
    sweep: Statement
    give_up_waiting: Statement
    forget: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A new entry, for `enqueue`.

    Attributes:
        queue: The outbox, as `PLUGIN.NAME`.
        content: What the handler needs. It is stored sealed.
        key: What it is about; while there is an entry with this key, no second one is queued. Empty: any number.
        delay: How long it waits first.
    """

    queue: str
    content: bytes
    key: str = ""
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class ClaimedEntry:
    """An entry that this worker holds during a lease; if another worker claims it, it gets another `fence`.

    Attributes:
        fault: Why its content cannot be opened, if so; then `content` is empty.
    """

    organisation_id: UUID
    id: UUID
    fence: int
    key: str
    content: bytes
    attempt: int
    is_unsure: bool
    queued_at: datetime
    fault: Exception | None = None


@dataclass(frozen=True, slots=True)
class OutboxCount:
    """How many entries of an organisation are in an outbox.

    Attributes:
        queue: The outbox, as `PLUGIN.NAME`.
        waiting: Entries not yet done.
        late: Those of them that are long overdue.
        parked: Entries that were given up.
    """

    queue: str
    waiting: int
    late: int
    parked: int


def enqueue(work: Work, entry: NewEntry) -> bool:
    """Put an entry into an outbox; it exists only if the unit of work is committed.

    Args:
        work: In the organisation of the entry.
        entry: The entry.

    Returns:
        Whether it was queued; False if there is already an entry with its key.
    """
    entry_id = sources.new_id()
    sealed = work.vault.seal_small(work.organisation_id, _label(entry_id), entry.content, work.connection)
    parameters = {
        "organisation": work.organisation_id,
        "id": entry_id,
        "queue": entry.queue,
        "key": entry.key or None,
        "sealed": sealed,
        "delay": entry.delay,
    }
    return bool(QUERIES.enqueue.all(work.connection, parameters))


def claim(database: Database, vault: Vault, queue: str, limit: int, lease: timedelta) -> list[ClaimedEntry]:
    """Claim entries that are due, in all organisations, for one attempt.

    Args:
        database: The database.
        vault: Opens the content.
        queue: The outbox, as `PLUGIN.NAME`.
        limit: The most to claim.
        lease: Time until another worker may claim them.

    Returns:
        The entries, the longest due first; also those that cannot be opened, which must not hold up the others.
    """
    # Not durable: if the server crashes, the claim is undone, and the entry due again.
    (rows,) = database.at_once(None, (QUERIES.claim, {"queue": queue, "most": limit, "lease": lease}), durable=False)
    return [_opened_or_judged(vault, row) for row in rows]


def give_up_waiting(
    database: Database, vault: Vault, organisation_id: UUID, queue: str, failure: Sentence
) -> Iterator[ClaimedEntry]:
    """Park everything that waits in an organisation's outbox, the oldest first, and yield what can be opened of it."""
    parameters = {"organisation": organisation_id, "queue": queue, "failure": failure.to_text()}
    rows: list[ResultRow] = []
    while batch := database.at_once(organisation_id, (QUERIES.give_up_waiting, parameters))[0]:
        rows += batch  # read all of them first: the handler of one may queue another
    for row in rows:
        with suppress(Damaged, Destroyed):
            yield _opened(vault, row)


def forget(database: Database, organisation_id: UUID, entry_ids: Collection[UUID]) -> None:
    """Delete entries of an organisation, in any state."""
    database.at_once(organisation_id, (QUERIES.forget, {"organisation": organisation_id, "ids": list(entry_ids)}))


def renew(database: Database, claimed: ClaimedEntry, lease: timedelta) -> bool:
    """Renew a lease while the entry is handled; False if it is done, or the lease was lost."""
    # Not durable, like the claim.
    statement = (QUERIES.renew, {**_entry_key(claimed), "lease": lease})
    (rows,) = database.at_once(claimed.organisation_id, statement, durable=False)
    return bool(rows)


def finish(database: Database, claimed: ClaimedEntry) -> bool:
    """Delete an entry that is done; False if the lease was lost."""
    (rows,) = database.at_once(claimed.organisation_id, (QUERIES.finish, _entry_key(claimed)))
    return bool(rows)


def postpone(
    database: Database,
    claimed: ClaimedEntry,
    pause: timedelta,
    failure: Sentence,
    *,
    counts: bool = True,
    unsure: bool = False,
) -> bool:
    """Postpone an entry to another attempt; False if the lease was lost.

    Args:
        database: The database.
        claimed: The entry.
        pause: How long.
        failure: Why, in a sentence.
        counts: Whether this counts as an attempt.
        unsure: Whether this attempt may have handled it.
    """
    values = {"pause": pause, "failure": failure.to_text(), "counts": counts, "unsure": unsure}
    parameters = {**_entry_key(claimed), **values}
    (rows,) = database.at_once(claimed.organisation_id, (QUERIES.postpone, parameters))
    return bool(rows)


def park(database: Database, claimed: ClaimedEntry, failure: Sentence, *, unsure: bool = False) -> bool:
    """Give an entry up, with a sentence that says why; False if the lease was lost. `unsure`: see `postpone`."""
    parameters = {**_entry_key(claimed), "failure": failure.to_text(), "unsure": unsure}
    (rows,) = database.at_once(claimed.organisation_id, (QUERIES.park, parameters))
    return bool(rows)


def drop(database: Database, claimed: ClaimedEntry, failure: Sentence, *, unsure: bool = False) -> bool:
    """Give an entry up and delete it, if it would never be retried; False if the lease was lost."""
    del failure, unsure  # the failure is reported, but nothing is stored
    return finish(database, claimed)


def retry_parked(database: Database, organisation_id: UUID, queue: str) -> int:
    """Retry the parked entries of an organisation's outbox; return how many there were."""
    (rows,) = database.at_once(
        organisation_id, (QUERIES.retry_parked, {"organisation": organisation_id, "queue": queue})
    )
    return len(rows)


def counts(database: Database, organisation_id: UUID, late: timedelta) -> Sequence[OutboxCount]:
    """Return the counts of each outbox of an organisation; an entry that has been due longer than `late` is late."""
    (rows,) = database.at_once(organisation_id, (QUERIES.count, {"organisation": organisation_id, "late": late}))
    return [OutboxCount(row.queue, row.waiting, row.late, row.parked) for row in rows]


def sweep(database: Database, organisation_id: UUID) -> None:
    """Delete what plugins parked long ago."""
    parameters = {"organisation": organisation_id, "kept": KEPT, "core": CORE}
    database.at_once(organisation_id, (QUERIES.sweep, parameters))


def _opened_or_judged(vault: Vault, row: ResultRow) -> ClaimedEntry:
    try:
        return _opened(vault, row)
    except Exception as error:  # noqa: BLE001 - the caller judges every kind
        return _entry(row, b"", error)


def _opened(vault: Vault, row: ResultRow) -> ClaimedEntry:
    return _entry(row, vault.open_small(row.organisation_id, _label(row.id), row.sealed))


def _entry(row: ResultRow, content: bytes, fault: Exception | None = None) -> ClaimedEntry:
    return ClaimedEntry(
        organisation_id=row.organisation_id,
        id=row.id,
        fence=row.fence,
        key=row.key or "",
        content=content,
        attempt=row.attempt,
        is_unsure=row.is_unsure,
        queued_at=row.queued_at,
        fault=fault,
    )


def _entry_key(claimed: ClaimedEntry) -> dict[str, object]:
    return {"organisation": claimed.organisation_id, "id": claimed.id, "fence": claimed.fence}


def _label(entry_id: UUID) -> str:
    return f"outbox:{entry_id}"
