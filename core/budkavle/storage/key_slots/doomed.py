"""Destroys the slots that transactions have doomed: grouped by block, many at a time, and repeatable after a crash."""

from datetime import timedelta

import structlog
from sqlalchemy import Connection

from budkavle.storage.database import Database
from budkavle.storage.key_slots import watch
from budkavle.storage.key_slots.store import KeyStore
from budkavle.storage.pipeline import QueryFile, Statement

BATCH = 50_000
"""Slots that are destroyed in one run: the more, the fewer times a block is written."""
KEPT = timedelta(days=30)
"""How much longer than copies of the key store exist the database remembers destroyed slots."""
log = structlog.get_logger("budkavle.storage.keys")


class _Queries(QueryFile):
    list_doomed: Statement
    mark_destroyed: Statement
    forget_destroyed: Statement
    count_doomed: Statement


QUERIES = _Queries.load()


def destroy_doomed(store: KeyStore | None, database: Database, backup_days: int) -> int:
    """Destroy doomed slots, at most `BATCH` of them; a job. Returns how many.

    The database marks them after the store has destroyed them. If a process dies in between, the next run repeats them;
    destroying a slot twice does nothing.

    Raises:
        KeysUnavailable: The key store does not answer; they are destroyed in the next run.
    """
    if store is None or watch.look(store, database) is None:
        return 0
    (rows,) = database.at_once(None, (QUERIES.list_doomed, {"most": BATCH}))
    slots = [row.slot for row in rows]
    if not slots:
        database.at_once(None, (QUERIES.forget_destroyed, {"kept": KEPT + timedelta(days=backup_days)}))
        return 0
    generation = store.destroy(slots)
    database.at_once(None, (QUERIES.mark_destroyed, {"slots": slots, "generation": generation}))
    store.sweep()
    watch.look(store, database)
    log.info("keys.slots-destroyed", count=len(slots))
    return len(slots)


def waiting(connection: Connection, late: timedelta) -> int:
    """Return how many slots have been doomed for longer than `late` and are not destroyed yet."""
    (row,) = QUERIES.count_doomed.all(connection, {"late": late})
    return int(row.count)
