"""Removing an organisation with everything: the keys first, so that nothing can be read, then files and rows.

Each step is idempotent: if a worker dies in the middle, the next one continues. What remains is the entry in the
installation's own event log, with the hash of the last entry of the organisation's.
"""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, text

from budkavle.accounts.organisations import within
from budkavle.model.people import CORE_NAME, INSTALLATION, SystemActor
from budkavle.organisation.removal_requests import RemovalRequest, approved_removals, end_removal
from budkavle.storage import audit
from budkavle.storage.database import ALL_CASES
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, run_for_each
from budkavle.storage.tables import audit_heads, content_keys, metadata, organisation_keys, organisations

BATCH = 5_000
"""Rows that are deleted in one transaction."""
LOGS = frozenset({"audit_log", "audit_heads", "audit_seals", "audit_pending"})
"""Tables that the function `remove_event_log` empties."""
log = structlog.get_logger("budkavle.organisation.removal")


class _Queries(QueryFile):
    list_tables: Statement


QUERIES = _Queries.load()


def remove_approved(platform: Platform) -> int:
    """Remove every organisation whose removal has been approved; a job. Returns how many were removed."""
    requests = {request.organisation_id: request for request in approved_removals(platform)}
    return run_for_each(requests, lambda organisation_id: remove(platform, requests[organisation_id]))


def remove(platform: Platform, request: RemovalRequest) -> int:
    """Remove one organisation with everything; returns 1.

    Raises:
        Unavailable: The database or the file store does not answer; the next run does the rest.
    """
    organisation_id = request.organisation_id
    destroy_keys(platform, organisation_id)
    files = _delete_files(platform, organisation_id)
    rows = _delete_rows(platform, organisation_id)
    chain_log(platform.database, organisation_id)
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        head = work.connection.execute(
            select(audit_heads.c.number, audit_heads.c.hash).where(audit_heads.c.organisation_id == organisation_id)
        ).one_or_none()
        exists = select(organisations.c.id).where(organisations.c.id == organisation_id)
        if work.connection.execute(exists).first() is not None:
            work.connection.execute(select(func.remove_event_log(organisation_id)))
            work.connection.execute(delete(organisations).where(organisations.c.id == organisation_id))
        # What another process has written meanwhile, while the organisation still existed for it.
        rows += _delete_rows(platform, organisation_id)
        end_removal(work, request)
        audit.record_for_installation(
            work,
            "organisation.removed",
            organisation_id,
            SystemActor(INSTALLATION, CORE_NAME),
            name=request.name,
            slug=request.slug,
            asker=request.asker,
            decider=request.decider,
            reason=request.reason,
            files=files,
            rows=rows,
            entries=head.number if head else 0,
            last_hash=head.hash.hex() if head else "",
        )
    log.warning("organisation.removed", organisation=str(organisation_id))
    return 1


def destroy_keys(platform: Platform, organisation_id: UUID) -> None:
    """Destroy the keys of an organisation: after this nothing of it can be read, in tables or in files."""
    with platform.work(within(SystemActor(organisation_id, CORE_NAME), organisation_id)) as work:
        for table in (content_keys, organisation_keys):
            work.connection.execute(delete(table).where(table.c.organisation_id == organisation_id))
    platform.vault.forget()


def _delete_files(platform: Platform, organisation_id: UUID) -> int:
    names = list(platform.blobs.names(organisation_id))
    platform.blobs.delete(*names)
    return len(names)


def _delete_rows(platform: Platform, organisation_id: UUID) -> int:
    """Delete the rows of all tables, of the core and of all plugins, also disabled ones; return how many."""
    (tables,) = platform.database.at_once(None, (QUERIES.list_tables, {}))
    count = 0
    for table in tables:
        if table.name not in LOGS:
            count += _delete_from(platform, organisation_id, table)
    return count


def _delete_from(platform: Platform, organisation_id: UUID, table: Any) -> int:
    name = f'"{table.name}"'
    batch = f"SELECT ctid FROM {name} WHERE organisation_id = :organisation LIMIT {BATCH}"  # noqa: S608 - of the catalog
    statement = text(f"DELETE FROM {name} WHERE ctid = ANY(ARRAY({batch}))")  # noqa: S608 - of the catalog
    role = "" if table.name in metadata.tables else table.role
    count, deleted = 0, BATCH
    while deleted == BATCH:
        with platform.database.transaction(organisation_id, role=role, reader=ALL_CASES) as connection:
            deleted = connection.execute(statement, {"organisation": organisation_id}).rowcount
        count += deleted
    return count
