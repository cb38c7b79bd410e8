"""What must be true after a run: nothing lost, doubled unsaid or readable too early, and no state backwards."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import structs

from budkavle.deliveries.results import CRASHED, TWICE, UNSURE
from budkavle.model.states import DELIVERY, HANDED_OVER, INCOMING, TROUBLE, DeliveryState, IncomingState
from budkavle.storage.events.verifying import verify
from budkavle.storage.outside import ledger
from budkavle.storage.outside.ledger import LedgerEvent
from simulate.acts import Book
from simulate.errands import Errands
from simulate.files import RunDisk
from simulate.network import CUT_OFF, Network
from simulate.scheduling import Scheduler
from simulate.stage import Brought, RunDatabase, Stage
from simulate.world import BEGINS, LEASE

CHANGES = "SELECT number, of, id::text, old, new, fence, begun, by FROM simulated.changes ORDER BY number"
_WAITING = """
SELECT (SELECT count(*) FROM deliveries
        WHERE state IN ('READY_TO_SEND', 'SEND_IN_PROGRESS', 'SEND_ATTEMPT_FAILED', 'WAITING_FOR_RETRY'))
    + (SELECT count(*) FROM messages m WHERE m.state = 'HELD' AND NOT EXISTS (
           SELECT FROM deliveries d WHERE d.message_id = m.id AND d.purpose = 'receipt' AND d.state = 'SEND_FAILURE'))
    + (SELECT count(*) FROM audit_pending) + (SELECT count(*) FROM outbox WHERE state <> 'PARKED')
"""
_DELIVERIES = """
SELECT d.id, d.message_id, d.purpose, d.transport, d.state, d.failure, d.lease_until, c.trouble
FROM deliveries d LEFT JOIN cases c ON c.organisation_id = d.organisation_id AND c.id = d.case_id ORDER BY d.id
"""
_WORDS = "SELECT delivery_id, string_agg(state || ' ' || detail, E'\n' ORDER BY id) FROM delivery_events GROUP BY 1"
_MESSAGES = "SELECT id, direction, remote_id, state FROM messages ORDER BY id"
_STEPS = "SELECT of, id, old, new, at FROM simulated.changes WHERE NOT begun ORDER BY number"
_WORK = """
SELECT id, old, new, fence, begun, by, at FROM simulated.changes
WHERE of = 'deliveries' AND old = 'SEND_IN_PROGRESS' OR new = 'SEND_IN_PROGRESS' ORDER BY number
"""
_SAID = (TWICE, UNSURE, CRASHED, "kan ha kommit fram", "kan ha skickats")


class Ended(Protocol):
    """A run that has ended, as it is judged."""

    stage: Stage
    database: RunDatabase
    scheduler: Scheduler
    network: Network
    errands: Errands
    disk: RunDisk
    book: Book

    @property
    def brings(self) -> Brought:
        """The hooks of the plugin, which every process has."""
        ...


def waiting(database: RunDatabase) -> bool:
    """Tell whether something is still on its way."""
    return bool(database.rows(_WAITING)[0][0])


def faults(run: Ended) -> list[str]:
    """Return everything that is wrong, in words."""
    steps = run.database.rows(_STEPS)
    return [
        *_states(steps),
        *_leases(steps),
        *_owners(run),
        *_again(run),
        *unwritten(run.network, run.database.rows(_WORK)),
        *_sent(run),
        *_deliveries(run),
        *_received(run),
        *_receipts(run, steps),
        *_undone(run),
        *_log(run),
        *_files(run),
        *_ledger(run),
        *_later(run),
    ]


def _states(steps: list[Any]) -> Iterator[str]:
    """States move only as the tables say."""
    tables: dict[str, Any] = {"deliveries": (DELIVERY, DeliveryState), "messages": (INCOMING, IncomingState)}
    for of, thing, old, new, _ in steps:
        table, state = tables[of]
        if old is None:
            continue
        if old == new:
            if new != DeliveryState.SEND_IN_PROGRESS:
                yield f"{of} {thing}: claimed in {new}"
        elif new not in table[state(old)]:
            yield f"{of} {thing}: {old} became {new}"


def _leases(steps: list[Any]) -> Iterator[str]:
    """What a worker has claimed is claimed by another only when the lease has run out."""
    claimed: dict[UUID, datetime] = {}
    for of, thing, old, new, at in steps:
        if of != "deliveries":
            continue
        if old == new == DeliveryState.SEND_IN_PROGRESS and at - claimed[thing] < LEASE / 2:
            yield f"{of} {thing}: claimed again after {at - claimed[thing]}"
        claimed[thing] = at


def _owners(run: Ended) -> Iterator[str]:
    """What a worker has claimed is begun, and ended, by no other worker, and by none that it was before it died."""
    owners: dict[UUID, tuple[int, str]] = {}
    for thing, old, new, fence, begun, by, _ in run.database.rows(_WORK):
        claimed, owner = owners.get(thing, (0, ""))
        if fence > claimed:
            owners[thing] = fence, by
        elif begun and by != owner:
            yield f"deliveries {thing}: begun by {by}, and {owner} has claimed it"
        elif old != new and by.startswith("worker") and by != owner:
            yield f"deliveries {thing}: became {new} by {by}, and {owner} has claimed it"


def _again(run: Ended) -> Iterator[str]:
    """What has been handed over, and the worker heard so, is not handed over again by another attempt."""
    for delivery_id, handover in run.network.handovers.items():
        if handover.again:
            yield f"{delivery_id}: handed over again, and nothing had befallen the worker that knew"


def unwritten(network: Network, work: list[Any]) -> Iterator[str]:
    """What a worker heard of an attempt is written down before it claims anything else, however often it is cut off."""
    held: dict[UUID, tuple[str, int, float]] = {}
    for thing, _, new, fence, _, by, at in work:
        now = (at - BEGINS).total_seconds()
        if new != DeliveryState.SEND_IN_PROGRESS:
            held.pop(thing, None)
            continue
        if thing in held and fence <= held[thing][1]:
            continue
        held[thing] = by, fence, now
        for other in [other for other, (owner, *_) in held.items() if owner == by and other != thing]:
            since = held[other][2]
            if any(since <= began and heard < now and hearer == by for began, heard, hearer in network.heard[other]):
                del held[other]
                yield f"deliveries {other}: {by} knew what came of it, and went on without writing it down"


def _sent(run: Ended) -> Iterator[str]:
    """What a person was told is sent is there once, with a delivery for each recipient; and nothing else is."""
    stored = [row for row in run.database.rows(_MESSAGES) if row[1] == "out"]
    ids = [row[0] for row in stored]
    for message_id in run.book.confirmed - set(ids):
        yield f"message {message_id}: sent, said the page, and it is not there"
    for message_id in set(ids) - run.book.tried.keys():
        yield f"message {message_id}: nobody sent it"
    of_message = defaultdict(list)
    for row in run.database.rows(_DELIVERIES):
        if row[2] == "message":
            of_message[row[1]].append(row)
    for message_id in ids:
        number, recipients = len(of_message[message_id]), run.book.tried.get(message_id)
        if number != recipients:
            yield f"message {message_id}: {number} deliveries, {recipients} recipients"


def _deliveries(run: Ended) -> Iterator[str]:
    """Each delivery has ended; where it has, the peer has it, once, or the person is told."""
    words = dict(run.database.rows(_WORDS))
    for delivery_id, _, purpose, transport, state, failure, lease, needs_action in run.database.rows(_DELIVERIES):
        handover, name = run.network.handovers.get(delivery_id), f"{transport} {purpose} {delivery_id} in {state}"
        times = len(handover.times) if handover else 0
        if lease is not None:
            yield f"{name}: a lease is held by nobody"
        if (
            state in {DeliveryState.ACKNOWLEDGED, DeliveryState.WAITING_FOR_RECEIPT, DeliveryState.REJECTED}
            and not times
        ):
            yield f"{name}: the peer has never got it"
        if state in TROUBLE and (not failure or (purpose == "message" and not needs_action)):
            yield f"{name}: nobody is told that it failed"
        if state == DeliveryState.WAITING_FOR_RECEIPT and delivery_id in run.network.answered:
            yield f"{name}: the peer has answered"
        if state not in {*_ENDED, DeliveryState.WAITING_FOR_RECEIPT}:
            yield f"{name}: it has not ended"
        if handover and transport == "kept" and len(handover.wires) > 1:
            yield f"{name}: {len(handover.wires)} different contents were handed over"
        timeline = words.get(delivery_id, "")
        is_told = any(word in f"{timeline} {failure}" for word in _SAID)
        # A worker that stood still past its deadline hears the transport's own word, that it failed, and believes it.
        excused = timeline.count(CUT_OFF) + (handover.excused if handover else 0)
        if transport == "plain" and times > 1 + excused and not is_told:
            yield f"{name}: handed over {times} times, and nobody is told"


_ENDED = frozenset(
    {
        DeliveryState.ACKNOWLEDGED,
        DeliveryState.ACKNOWLEDGED_WITH_WARNING,
        DeliveryState.REJECTED,
        DeliveryState.SEND_FAILURE,
        DeliveryState.RECALLED,
        DeliveryState.DELETED,
    }
)


def _received(run: Ended) -> Iterator[str]:
    """What we said that we have is stored, and once."""
    came: defaultdict[str, list[Any]] = defaultdict(list)
    for row in run.database.rows(_MESSAGES):
        if row[1] == "in":
            came[row[2]].append(row)
    states = {row[1]: row[4] for row in run.database.rows(_DELIVERIES) if row[2] == "receipt"}
    for name in sorted({incoming.remote_id for incoming in run.book.waiting}):
        yield f"{name}: its peer sends it again and again, and is never told that it is here"
    for name in run.book.offered:
        if name in run.book.accepted and len(came[name]) != 1:
            yield f"{name}: accepted, and stored {len(came[name])} times"
        elif len(came[name]) > 1:
            yield f"{name}: stored {len(came[name])} times"
        elif name not in run.book.accepted:
            yield f"{name}: never accepted"
        elif came[name][0][3] == IncomingState.HELD and states.get(came[name][0][0]) != DeliveryState.SEND_FAILURE:
            yield f"{name}: still held"


def _receipts(run: Ended, steps: list[Any]) -> Iterator[str]:
    """Nothing that is held is readable before its receipt has been handed over."""
    message_ids = {row[2]: row[0] for row in run.database.rows(_MESSAGES) if row[1] == "in"}
    released: dict[UUID, datetime] = {
        thing: at for of, thing, old, _, at in steps if of == "messages" and old == IncomingState.HELD
    }
    begun = {
        thing for of, thing, old, new, _ in steps if of == "messages" and old is None and new != IncomingState.HELD
    }
    for name, incoming in run.book.offered.items():
        message_id = message_ids.get(name)
        if incoming.receipt is None or message_id is None:
            continue
        if message_id in begun:
            yield f"{name}: readable from the beginning, before its receipt"
        handover = run.network.handovers.get(incoming.receipt.id)
        at = released.get(message_id)
        if at and (handover is None or handover.times[0] > (at - BEGINS).total_seconds() + 1):
            yield f"{name}: readable before its receipt had been handed over"


def _undone(run: Ended) -> Iterator[str]:
    """What was taken back before it began is never handed over."""
    for delivery_id, message_id, _, transport, state, *_ in run.database.rows(_DELIVERIES):
        if message_id in run.book.undone and state != DeliveryState.DELETED:
            yield f"{transport} {delivery_id}: undone, said the page, and it is {state}"
        if state == DeliveryState.DELETED and run.network.handovers.get(delivery_id):
            yield f"{transport} {delivery_id}: undone, and handed over"


def _log(run: Ended) -> Iterator[str]:
    """The event log is whole, and tells of each message and each delivery's end."""
    platform, organisation_id = run.database.open(run.brings), run.stage.organisation_id
    try:
        report = verify(platform.database, platform.vault, organisation_id)
        if not report.ok:
            yield f"event log: {report}"
    finally:
        platform.close()
    counted = dict(run.database.rows("SELECT kind, count(*) FROM audit_log GROUP BY kind"))
    for kind, direction in (("message.sent", "out"), ("message.received", "in")):
        stored = sum(row[1] == direction for row in run.database.rows(_MESSAGES))
        if counted.get(kind, 0) != stored:
            yield f"event log: {counted.get(kind, 0)} {kind}, {stored} messages"


def _files(run: Ended) -> Iterator[str]:
    """What is attached comes whole with each hand-over, and nothing half written is left."""
    for delivery_id, message_id, purpose, *_ in run.database.rows(_DELIVERIES):
        came = run.network.handovers[delivery_id].files if delivery_id in run.network.handovers else set()
        if purpose == "message" and came - {run.book.files.get(message_id, b"")}:
            yield f"{delivery_id}: handed over with another file than was attached"
    for part in run.stage.settings.blob_folder.rglob("*#*"):
        part.unlink()
        yield "a half file is left in the store"


def _ledger(run: Ended) -> Iterator[str]:
    """What a worker wrote down as handed over is in the ledger, but for the lines that the disk did not take."""
    settings = structs.replace(run.stage.settings, outside=run.database.outside)
    noted = ledger.read(settings).get(run.stage.organisation_id, {}).get(LedgerEvent.HANDED_OVER, set())
    known = {
        thing
        for thing, old, new, _, _, by, _ in run.database.rows(_WORK)
        if old == DeliveryState.SEND_IN_PROGRESS and new in HANDED_OVER and by.startswith("worker")
    }
    if len(known - noted) > run.disk.unkept:
        yield f"ledger: {len(known - noted)} handed over are not in it, and {run.disk.unkept} lines were not taken"


def _later(run: Ended) -> Iterator[str]:
    """What was queued is done, and not begun after it was forgotten; jobs go on, and one at a time."""
    gone = {row[0]: (row[1] - BEGINS).total_seconds() for row in run.database.rows("SELECT id, at FROM simulated.gone")}
    parked = {row[0] for row in run.database.rows("SELECT id FROM outbox WHERE state = 'PARKED'")}
    yield from run.errands.faults(gone, parked, run.scheduler.time)
