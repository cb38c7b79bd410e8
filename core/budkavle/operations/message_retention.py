"""Destroying messages after the mailbox's or the organisation's number of days (gallring by days)."""

from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from uuid import UUID

from budkavle.cases.retention import DuePlace, find_due
from budkavle.model.people import ActorScope, SystemActor
from budkavle.operations import clock
from budkavle.operations.destruction import destroy
from budkavle.plugins.protocols.job import Job
from budkavle.storage.platform import Platform

BATCH = 500
"""Messages that are destroyed in one transaction."""
TURN = 5.0
"""Seconds after which a run yields to other jobs; the job runs again at once if it has found something."""
REASON = "Meddelandet har funnits så många dagar som det ska."
NAME = "Gallring"


def jobs(platform: Platform) -> list[Job]:
    """Return the regular jobs: checking the clock, and destroying what is due."""
    return [
        Job("clock", partial(_look, platform), clock.EVERY),
        Job("retention", partial(destroy_old, platform), timedelta(minutes=10)),
    ]


def _look(platform: Platform) -> int:
    clock.believed_now(platform)
    return 0


def destroy_old(platform: Platform) -> int:
    """Destroy messages whose days have passed, for a few seconds; returns how many.

    Nothing is destroyed while the database's clock is doubted, or while an organisation is paused. Messages under way
    wait until they are done, and messages that a plugin holds back wait for the plugin.
    """
    now = clock.believed_now(platform)
    return 0 if now is None else destroy_due(platform, now)


def destroy_due(platform: Platform, now: datetime) -> int:
    """Destroy what is due at a given time, as `destroy_old` does."""
    end = monotonic() + TURN
    return platform.in_each_organisation(partial(_destroy_in, platform, now=now, end=end), paused=False)


def _destroy_in(platform: Platform, organisation_id: UUID, now: datetime, end: float) -> int:
    destroyed = 0
    place: DuePlace | None = DuePlace()
    actor = SystemActor(organisation_id, NAME, frozenset({ActorScope.ADMINISTER}))
    while place is not None and not (destroyed and monotonic() > end):
        with platform.work(actor) as work:
            batch = find_due(work, now, place, BATCH)
            work.commit()
            if batch.message_ids:
                destroyed += len(destroy(work, REASON, message_ids=batch.message_ids).message_ids)
        place = batch.next
    return destroyed
