"""The job that destroys files after their retention. A file saved from a case is kept if the case holds it back."""

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
"""Seconds after which a run yields; the job continues at once if it has found something."""
PAUSE = timedelta(days=1)
"""How long until the holders of a file are asked again."""


def jobs(host: Host) -> list[Job]:
    """Return the periodic job."""
    return [Job("retention", lambda: destroy_old(host), every=timedelta(minutes=10))]


def destroy_old(host: Host) -> int:
    """Destroy due files, for some seconds; return how many.

    Nothing is destroyed while the database's clock is in doubt, or while an organisation is paused.
    """
    now = believed_now(host.platform)
    return 0 if now is None else destroy_due(host, now)


def destroy_due(host: Host, now: datetime) -> int:
    """Destroy the files that are due at a given time, as `destroy_old` does."""
    end = monotonic() + TURN
    return host.platform.in_each_organisation(partial(_destroy_in, host, now=now, end=end), paused=False)


def _destroy_in(host: Host, organisation_id: UUID, now: datetime, end: float) -> int:
    destroyed = 0
    while True:
        with host.work(host.system(organisation_id)) as work:
            ids = {due.id for due in find_due(host, work, now, BATCH)}
            held_ids = held_entries(host, work, ids) if ids else set()
            if held_ids:
                of_held = (origins.c.organisation_id == organisation_id, origins.c.entry_id.in_(list(held_ids)))
                with host.tables(work) as connection:
                    connection.execute(update(origins).where(*of_held).values(ask_again_at=func.now() + PAUSE))
        count = _destroy(host, organisation_id, now, ids - held_ids) if ids - held_ids else 0
        destroyed += count
        if not (count or held_ids) or monotonic() > end:  # nothing is due, or another process is at it
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
