"""Destroying files whose days have passed; a job. What a case holds back that they were saved from stays."""

from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from uuid import UUID

from sqlalchemy import func, update

from budkavle import Host, Job, record
from budkavle.operations import believed_now
from budkavle_files.disposal.due import find_due, lock_due
from budkavle_files.retention.holds import held_entries
from budkavle_files.tables import origins
from budkavle_files.tree.retention_rules import lock_rules
from budkavle_files.tree.versions import destroy_entries

BATCH = 500
"""Files that are destroyed in one transaction."""
TURN = 5.0
"""Seconds after which a run gives way; the job goes on at once where it has found something."""
PAUSE = timedelta(days=1)
"""After so long whoever holds a file back is asked again."""


def jobs(host: Host) -> list[Job]:
    """Return the regular work."""
    return [Job("retention", lambda: destroy_old(host), every=timedelta(minutes=10))]


def destroy_old(host: Host) -> int:
    """Destroy files whose days have passed, for some seconds; returns how many.

    Nothing is destroyed while the database's clock is doubted, or while an organisation is paused.
    """
    now = believed_now(host.platform)
    return 0 if now is None else destroy_due(host, now)


def destroy_due(host: Host, now: datetime) -> int:
    """Destroy what is due at a moment, as `destroy_old` does."""
    end = monotonic() + TURN
    return host.platform.in_each_organisation(partial(_destroy_in, host, now=now, end=end), paused=False)


def _destroy_in(host: Host, organisation_id: UUID, now: datetime, end: float) -> int:
    destroyed = 0
    while True:
        with host.work(host.system(organisation_id)) as work:
            ids = {due.id for due in find_due(host, work, now, BATCH)}
            held = held_entries(host, work, ids) if ids else set()
            if held:
                mine = (origins.c.organisation_id == organisation_id, origins.c.entry_id.in_(list(held)))
                with host.tables(work) as connection:
                    connection.execute(update(origins).where(*mine).values(ask_again_at=func.now() + PAUSE))
        count = _destroy(host, organisation_id, now, ids - held) if ids - held else 0
        destroyed += count
        if not (count or held) or monotonic() > end:  # nothing is due, or somebody is at it
            return destroyed


def _destroy(host: Host, organisation_id: UUID, now: datetime, ids: set[UUID]) -> int:
    with host.work(host.system(organisation_id)) as work:
        with host.tables(work) as connection:
            connection.execute(lock_rules(work))
        due = lock_due(host, work, now, ids)
        destroy_entries(host, work, [each.id for each in due])
        for each in due:
            place = {"catalogue": str(each.catalogue_id)} if each.catalogue_id else {}
            record(work, "files.disposed", each.id, what=each.kind, days=each.days, **place)
    return len(due)
