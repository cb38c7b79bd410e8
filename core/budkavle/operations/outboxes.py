"""Runs the outboxes of plugins: each is a separate job, so that one that hangs does not block the others."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from budkavle.deliveries.queue import pause_after
from budkavle.logs import describe
from budkavle.measures import catalogue
from budkavle.model.errors import BudkavleError, NotYet, Permanent, Temporary, Unavailable, Unresponsive
from budkavle.model.sentences import Sentence
from budkavle.notices.asking import QUEUES
from budkavle.operations.leases import Leases
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import call_within
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.storage import corruption
from budkavle.storage import outbox as table
from budkavle.storage.outbox import ClaimedEntry
from budkavle.storage.outside import ledger
from budkavle.storage.outside.ledger import LedgerEvent
from budkavle.storage.platform import Platform, run_for_each

AT_ONCE = 50
"""Entries that one run handles, one after the other."""
LEASE = timedelta(seconds=60)
"""Time until another worker may claim the entries of one that has crashed. It is renewed while an attempt lasts."""
UNREADABLE = "Posten går inte att läsa ur databasen. Be er IT-avdelning titta i loggen."
UNREADABLE_PAUSE = timedelta(minutes=1)
"""How long an entry is postponed that this worker cannot open; another worker may be able to."""
PAUSED = timedelta(seconds=30)
"""How long an entry is postponed when its plugin is paused or hangs and was therefore not called."""
FAULT = "Tillägget svarade inte som det ska."
log = structlog.get_logger("budkavle.operations.outboxes")


def jobs(platform: Platform, queues: Mapping[str, Outbox]) -> dict[str, Job]:
    """Return the jobs that run outboxes, by their names in the schedule.

    Args:
        platform: The installation.
        queues: The outboxes by their full names: the plugins', as `PLUGIN.NAME`, and the core's own.
    """
    return {
        f"outbox.{queue}": Job(f"outbox.{queue}", partial(run, platform, queue, outbox), outbox.every)
        for queue, outbox in queues.items()
    }


def run(platform: Platform, queue: str, outbox: Outbox, *, lease: timedelta = LEASE) -> int:
    """Handle entries that are due; return how many.

    Args:
        platform: The installation.
        queue: The outbox's name, as `PLUGIN.NAME`.
        outbox: The plugin's outbox.
        lease: Time until another worker may claim the entries of one that has crashed.
    """
    handled = 0
    with contextlib.closing(Leases(lease)) as leases:
        while handled < AT_ONCE:
            # Claim only what is started now: another worker can then take what would wait behind a slow entry.
            claimed = table.claim(platform.database, platform.vault, queue, outbox.at_once, lease)
            if not claimed:
                break
            with leases.hold(partial(_renew, platform, claimed, lease)):
                _handle_together(platform, queue, outbox, claimed)
            handled += len(claimed)
    return handled


def sweep(platform: Platform) -> int:
    """Delete entries that were parked long ago, in all organisations."""
    return platform.in_each_organisation(partial(_sweep, platform))


def _sweep(platform: Platform, organisation_id: UUID) -> int:
    table.sweep(platform.database, organisation_id)
    return 0


def _handle_together(platform: Platform, queue: str, outbox: Outbox, claimed: Sequence[ClaimedEntry]) -> None:
    if len(claimed) == 1:
        _handle(platform, queue, outbox, claimed[0])
        return
    with ThreadPoolExecutor(len(claimed)) as threads:
        handling = [threads.submit(_handle, platform, queue, outbox, entry) for entry in claimed]
    for task in handling:
        task.result()


def _renew(platform: Platform, claimed: Sequence[ClaimedEntry], lease: timedelta) -> None:
    """Renew the leases of entries; an organisation in which that fails takes no lease from the others."""
    entries = defaultdict[UUID, list[ClaimedEntry]](list)
    for entry in claimed:
        entries[entry.organisation_id].append(entry)
    run_for_each(entries, lambda one: sum(table.renew(platform.database, entry, lease) for entry in entries[one]))


def _handle(platform: Platform, queue: str, outbox: Outbox, claimed: ClaimedEntry) -> None:
    if claimed.fault is not None:
        _set_aside(platform, queue, outbox, claimed, claimed.fault)
        return
    try:
        _call(platform, queue, outbox, partial(outbox.handle, _entry(claimed)))
    except NotYet as error:
        table.postpone(platform.database, claimed, error.pause, _words(error), counts=False)
    except Permanent as error:
        _give_up(platform, queue, outbox, claimed, _words(error))
    except Unavailable:
        raise  # from the database: the lease expires, and the entry is retried
    except Unresponsive as error:
        log.warning("outbox.failed", queue=queue, entry=str(claimed.id), attempt=claimed.attempt, **describe(error))
        if error.asked:
            _again(platform, queue, outbox, claimed, error.sentence, unsure=True)  # it may still do it
        else:  # nothing was tried
            table.postpone(platform.database, claimed, PAUSED, error.sentence, counts=False)
    except Exception as error:  # noqa: BLE001 - a plugin's handler may raise anything, and fails alone
        log.warning("outbox.failed", queue=queue, entry=str(claimed.id), attempt=claimed.attempt, **describe(error))
        _again(platform, queue, outbox, claimed, _words(error) if isinstance(error, Temporary) else Sentence(FAULT))
    else:
        catalogue.OUTBOX.count(queue, "done")
        ledger.note(platform.settings, LedgerEvent.HANDLED, claimed.organisation_id, claimed.id)
        ledger.keep()
        table.finish(platform.database, claimed)


def _set_aside(platform: Platform, queue: str, outbox: Outbox, claimed: ClaimedEntry, error: Exception) -> None:
    """Let an entry wait that this worker cannot open, or give it up if its own bytes are damaged."""
    why = corruption.cause(platform, claimed.organisation_id, error)
    log.error("outbox.unreadable", queue=queue, entry=str(claimed.id), reason=why or "spoilt", **describe(error))
    if why:
        table.postpone(platform.database, claimed, UNREADABLE_PAUSE, Sentence(UNREADABLE), counts=False)
    else:
        _give_up(platform, queue, outbox, claimed, Sentence(UNREADABLE))


def _again(
    platform: Platform, queue: str, outbox: Outbox, claimed: ClaimedEntry, failure: Sentence, *, unsure: bool = False
) -> None:
    """Schedule a retry if attempts are left, otherwise give up."""
    if claimed.attempt < outbox.backoff.tries:
        catalogue.OUTBOX.count(queue, "failed")
        pause = pause_after(outbox.backoff, claimed.attempt)
        table.postpone(platform.database, claimed, pause, failure, unsure=unsure)
    else:
        _give_up(platform, queue, outbox, claimed, failure, unsure=unsure)


def _give_up(
    platform: Platform, queue: str, outbox: Outbox, claimed: ClaimedEntry, failure: Sentence, *, unsure: bool = False
) -> None:
    keep = table.park if outbox.keeps_parked else table.drop
    if not keep(platform.database, claimed, failure, unsure=unsure):
        return
    if outbox.keeps_parked:
        catalogue.OUTBOX.count(queue, "parked")
        log.error("outbox.parked", queue=queue, entry=str(claimed.id), attempt=claimed.attempt)
    else:
        catalogue.OUTBOX.count(queue, "given-up")
        log.error("outbox.given-up", queue=queue, entry=str(claimed.id), attempt=claimed.attempt)
    tell_given_up(platform, queue, outbox, claimed, failure)


def tell_given_up(platform: Platform, queue: str, outbox: Outbox, claimed: ClaimedEntry, failure: Sentence) -> None:
    """Tell the owner of an outbox that an entry has been given up, and why; an error there is only logged."""
    if outbox.gave_up is None:
        return
    try:
        _call(platform, queue, outbox, partial(outbox.gave_up, _entry(claimed), failure))
    except Exception as error:  # noqa: BLE001 - the entry is given up in any case
        log.error("outbox.not_told", queue=queue, entry=str(claimed.id), **describe(error))  # noqa: TRY400 - the error may hold content


def _call(platform: Platform, queue: str, outbox: Outbox, function: Callable[[], object]) -> None:
    # For the core's outboxes and notices, the last part names the owner: a plugin's late threads block no other's.
    seconds, name = outbox.backoff.deadline.total_seconds(), queue.rpartition(".")[2]
    if queue.startswith((table.CORE, QUEUES)):
        call_within(seconds, name, function)
    else:
        platform.plugins.walls.ask(Called(queue.partition(".")[0], "outboxes", name), seconds, function)


def _entry(claimed: ClaimedEntry) -> OutboxEntry:
    return OutboxEntry(
        organisation_id=claimed.organisation_id,
        id=claimed.id,
        key=claimed.key,
        content=claimed.content,
        attempt=claimed.attempt,
        is_unsure=claimed.is_unsure,
        queued_at=claimed.queued_at,
    )


def _words(error: BudkavleError) -> Sentence:
    return error.sentence
