"""Destroying messages for good (gallring): plugins may hold back, and clean up afterwards.

The content keys are destroyed first, so that no copy on a disk or in a backup can be read, then the bytes. Rows remain
that say only that something was here, when, and of what kind. Everything in the database is destroyed in one
transaction. What is outside of it (files in the store, the plugins' own rows) is queued in the same transaction, and
the outbox finishes the job even if processes die.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Row, Uuid, and_, any_, delete, func, literal, or_, select, update

from budkavle.accounts.permissions import require_admin
from budkavle.approvals.dependencies import rest_on
from budkavle.cases import attachments as uploads
from budkavle.cases.owned import files as owned_files
from budkavle.cases.transitions import move_messages
from budkavle.deliveries import transitions
from budkavle.model.destruction import Destroyed, HeldCase, Hold, PlannedCase, PlannedDestruction
from budkavle.model.errors import Invalid
from budkavle.model.messages import Purpose
from budkavle.model.states import FINAL, TROUBLE, WAITING, DeliveryState, IncomingState
from budkavle.notices.asking import forget_notices
from budkavle.operations import destruction_holds, emptying, outboxes
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.plugins.protocols.transport import Backoff
from budkavle.storage import outbox
from budkavle.storage.database.plugin_roles import plugins_with_tables
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import (
    attachments,
    cases,
    deliveries,
    delivery_events,
    kept_drafts,
    messages,
    receipts,
)

BLOBS = "budkavle.destroyed-files"
"""The outbox of bytes in the store whose keys are destroyed."""
CLEAN_UP = "budkavle.clean-up."
"""Prefix, followed by a plugin's name: the outbox of what the plugin has to clean up."""
_HOOK = "budkavle_clean_up"
UNDER_WAY = "Något i ärendet är fortfarande på väg."
AWAITS_APPROVAL = "Något som väntar på godkännande hör till ärendet."
CHANGED = "Ärendet ändrades medan det skulle gallras."
_WAITING = [state.value for state in WAITING | {DeliveryState.SEND_IN_PROGRESS}]
_CLEAN_UP = Backoff(first=timedelta(seconds=30), longest=timedelta(hours=6), tries=20, deadline=timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class DestructionResult:
    """The result of a destruction.

    Attributes:
        case_ids: The cases that were destroyed completely.
        message_ids: The messages that were destroyed.
        held: What was kept, and by whom and why.
    """

    case_ids: tuple[UUID, ...]
    message_ids: tuple[UUID, ...]
    held: tuple[HeldCase, ...]


@dataclass(frozen=True, slots=True)
class _Target:
    """A planned case, and its version when the plugins were asked."""

    case: PlannedCase
    version: tuple[object, ...]


def destroy(
    work: Work, reason: str, *, case_ids: Collection[UUID] = (), message_ids: Collection[UUID] = ()
) -> DestructionResult:
    """Destroy cases, or single messages of cases, for good. Plugins are asked first, and may hold them back.

    The work is committed before plugins are asked, and again if something was destroyed. Pass a few hundred messages at
    a time: their cases are locked together.

    Args:
        work: The unit of work; its actor administers the organisation.
        reason: The reason, as a sentence for the event log; no personal data.
        case_ids: Cases to destroy completely. Unknown and already destroyed ones are skipped.
        message_ids: Messages to destroy. If nothing is left of a case, the case is destroyed too.

    Returns:
        What was destroyed, and what was held back.

    Raises:
        Forbidden: The actor is not an administrator.
        Invalid: There is no reason.

    Example:
        with host.work(host.system(organisation_id, ActorScope.ADMINISTER)) as work:
            result = destroy(work, "Tiden i planen har gått ut.", case_ids=[case_id])
    """
    require_admin(work.actor)
    if not reason.strip():
        raise Invalid("Ange varför det ska gallras.", fields={"reason": "Ange varför det ska gallras."})
    targets = _find_targets(work, case_ids, message_ids)
    if not targets:
        return DestructionResult((), (), ())
    holds = _ask(work, PlannedDestruction(work.organisation_id, tuple(target.case for target in targets), reason))
    to_destroy, held = destruction_holds.part([target.case for target in targets], holds, case_ids)
    versions = {target.case.id: target.version for target in targets}
    unchanged, changed = _lock(work, to_destroy, versions)
    destruction_holds.store(work, [target.case for target in targets], held)
    destroyed = _destroy(work, unchanged, reason)
    work.commit()
    return DestructionResult(destroyed.case_ids, destroyed.message_ids, (*held, *changed))


def would_hold(
    work: Work, reason: str, *, case_ids: Collection[UUID] = (), message_ids: Collection[UUID] = ()
) -> tuple[HeldCase, ...]:
    """Ask, as `destroy` does, what would be held back, but destroy nothing: a dry run."""
    require_admin(work.actor)
    targets = [target.case for target in _find_targets(work, case_ids, message_ids)]
    holds = _ask(work, PlannedDestruction(work.organisation_id, tuple(targets), reason)) if targets else []
    return tuple(destruction_holds.part(targets, holds, case_ids)[1])


def under_way(platform: Platform, organisation_id: UUID) -> ColumnElement[bool]:
    """Return the condition that something of a row of `messages` is still being delivered."""
    families = [transport.name for transport in platform.plugins.transports.values() if transport.capabilities.family]
    # Those that only wait for a reader, who may never come.
    unopened = and_(deliveries.c.state == DeliveryState.WAITING_FOR_RECEIPT.value, deliveries.c.transport.in_(families))
    waiting = select(deliveries.c.id).where(
        deliveries.c.organisation_id == organisation_id,
        deliveries.c.message_id == messages.c.id,
        deliveries.c.state.not_in([state.value for state in FINAL | TROUBLE]),
        ~unopened,
        # Our own receipts are never answered: once handed over they are done.
        or_(deliveries.c.purpose == Purpose.MESSAGE.value, deliveries.c.state.in_(_WAITING)),
    )
    return waiting.exists()


def core_outboxes(platform: Platform) -> dict[str, Outbox]:
    """Return the outboxes for data outside of the database: files in the store, and plugins that clean up."""

    def delete_blobs(entry: OutboxEntry) -> None:
        platform.blobs.delete(*msgspec.json.decode(entry.content, type=list[str]))

    every = timedelta(seconds=10)
    queues = {BLOBS: Outbox(BLOBS, delete_blobs, every=every, backoff=_CLEAN_UP)}
    # Also of those with tables that have nothing to clean up: what was queued while they were off must end.
    for plugin in {*platform.plugins.implementing(_HOOK), *platform.plugins.folders("migrations")}:
        queue, handle = CLEAN_UP + plugin, partial(_clean_up, platform, plugin)
        queues[queue] = Outbox(queue, handle, every=every, backoff=_CLEAN_UP)
    return queues


def plugin_off(platform: Platform, queue: str) -> str:
    """Return the name of the plugin that is off and cleans up by this outbox when it is on again, else nothing."""
    plugin = queue.removeprefix(CLEAN_UP)
    return plugin if queue.startswith(CLEAN_UP) and plugin not in platform.plugins.names else ""


def _clean_up(platform: Platform, plugin: str, entry: OutboxEntry) -> None:
    destroyed = msgspec.json.decode(entry.content, type=Destroyed)
    platform.plugins.call_one(plugin, _HOOK, destroyed=destroyed)


def _find_targets(work: Work, case_ids: Collection[UUID], message_ids: Collection[UUID]) -> list[_Target]:
    of_messages = select(messages.c.case_id).where(
        messages.c.organisation_id == work.organisation_id,
        _among(messages.c.id, message_ids),
        messages.c.state.is_distinct_from(IncomingState.DELETED.value),
    )
    by_message = set(work.connection.execute(of_messages).scalars())
    # A case whose only message was never released counts no messages; its message's retention days decide.
    live = or_(cases.c.messages > 0, _among(cases.c.id, by_message))
    these = (cases.c.organisation_id == work.organisation_id, _among(cases.c.id, by_message | {*case_ids}), live)
    rows = work.connection.execute(select(cases).where(*these).order_by(cases.c.id)).all()
    of_cases = _messages_of(work, [row.id for row in rows])
    chosen_ids = frozenset(message_ids)
    return [target for row in rows if (target := _target(row, of_cases[row.id], row.id in case_ids, chosen_ids))]


def _messages_of(work: Work, case_ids: Sequence[UUID]) -> defaultdict[UUID, dict[UUID, str | None]]:
    """Return the state of each message of some cases, by case, without messages that are already destroyed."""
    query = select(messages.c.id, messages.c.case_id, messages.c.state).where(
        messages.c.organisation_id == work.organisation_id,
        _among(messages.c.case_id, case_ids),
        messages.c.destroyed_at.is_(None),
    )
    of_cases: defaultdict[UUID, dict[UUID, str | None]] = defaultdict(dict)
    for message in work.connection.execute(query):
        of_cases[message.case_id][message.id] = message.state
    return of_cases


def _target(
    row: Row[UUID], of_case: Mapping[UUID, str | None], is_whole: bool, message_ids: frozenset[UUID]
) -> _Target | None:
    left = {message_id for message_id, state in of_case.items() if state != IncomingState.DELETED.value}
    is_whole = is_whole or left <= message_ids
    doomed = sorted(of_case if is_whole else left & message_ids)
    if not doomed:
        return None
    return _Target(PlannedCase(row.id, row.mailbox_id, tuple(doomed), is_whole), _version(row))


def _version(row: Row[UUID]) -> tuple[object, ...]:
    return row.state, row.messages, row.last_message_id, row.mailbox_id


def _ask(work: Work, planned: PlannedDestruction) -> list[tuple[str, Hold]]:
    """Return what is held back, with the holder: the core holds what is under way, and each plugin adds its own."""
    all_ids = [message_id for case in planned.cases for message_id in case.message_ids]
    holds = [("", Hold(message_id, UNDER_WAY)) for message_id in _under_way_of(work, all_ids)]
    case_ids = [case.id for case in planned.cases]
    holds += [("", Hold(thing_id, AWAITS_APPROVAL)) for thing_id in rest_on(work, [*case_ids, *all_ids])]
    work.commit()  # hold no locks while plugins answer
    return holds + destruction_holds.ask(work.platform.plugins, planned)


def _under_way_of(work: Work, message_ids: Sequence[UUID]) -> Sequence[UUID]:
    query = select(messages.c.id).where(
        messages.c.organisation_id == work.organisation_id,
        _among(messages.c.id, message_ids),
        under_way(work.platform, work.organisation_id),
    )
    return work.connection.execute(query).scalars().all()


def _lock(
    work: Work, planned: Sequence[PlannedCase], versions: dict[UUID, tuple[object, ...]]
) -> tuple[list[PlannedCase], list[HeldCase]]:
    """Lock the cases; return those unchanged since the plugins were asked, and the others as held.

    The plugins' answers took time. What a person has asked to have approved meanwhile is held too.
    """
    ids = [case.id for case in planned]
    query = select(cases).where(cases.c.organisation_id == work.organisation_id, _among(cases.c.id, ids))
    rows = work.connection.execute(query.order_by(cases.c.id).with_for_update()).all()
    now = {row.id: _version(row) for row in rows}
    all_ids = [message_id for case in planned for message_id in case.message_ids]
    moving, resting = set(_under_way_of(work, all_ids)), rest_on(work, [*ids, *all_ids])
    unchanged, changed = list[PlannedCase](), list[HeldCase]()
    for case in planned:
        if not resting.isdisjoint((case.id, *case.message_ids)):
            changed.append(HeldCase(case.id, case.message_ids, "", AWAITS_APPROVAL))
        elif now.get(case.id) != versions[case.id] or not moving.isdisjoint(case.message_ids):
            changed.append(HeldCase(case.id, case.message_ids, "", CHANGED))
        else:
            unchanged.append(case)
    return unchanged, changed


def _destroy(work: Work, planned: Sequence[PlannedCase], reason: str) -> Destroyed:
    message_ids = [message_id for case in planned for message_id in case.message_ids]
    whole = [case.id for case in planned if case.is_whole]
    if not planned:
        return Destroyed(work.organisation_id, (), (), (), reason)
    kinds = _kinds(work, message_ids)
    blobs = _destroy_messages(work, message_ids)
    blobs += uploads.delete_rows(work, _among(attachments.c.message_id, message_ids))
    delivery_ids, wires = _destroy_deliveries(work, message_ids)
    blobs += wires + owned_files.delete_with_owners(work, [*whole, *message_ids])
    _destroy_drafts(work, message_ids)
    forget_notices(work, [*whole, *message_ids, *delivery_ids])
    emptying.leave_cases(work, planned, reason, kinds)
    destroyed = Destroyed(work.organisation_id, tuple(whole), tuple(message_ids), tuple(delivery_ids), reason)
    _queue_rest(work, destroyed, blobs)
    return destroyed


def _among(column: ColumnElement[Any], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return the condition that a column is one of many ids, passed as one parameter: an IN list is far slower."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def _kinds(work: Work, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return direction and transport of each message; this is what remains known of it."""
    query = select(messages.c.id, messages.c.direction, messages.c.transport).where(
        messages.c.organisation_id == work.organisation_id, _among(messages.c.id, ids)
    )
    return {row.id: f"{row.direction} {row.transport}" for row in work.connection.execute(query)}


def _destroy_messages(work: Work, ids: Sequence[UUID]) -> list[str]:
    these_messages = (messages.c.organisation_id == work.organisation_id, _among(messages.c.id, ids))
    blobs = work.connection.execute(select(messages.c.evidence_blob).where(*these_messages)).scalars().all()
    work.vault.destroy(work.connection, work.organisation_id, *ids)
    empty = {"head": b"", "body": b"", "evidence": None, "evidence_blob": None, "attachments": 0}
    move_messages(work, _among(messages.c.id, ids), IncomingState.DELETED, **empty, destroyed_at=func.now())
    return [blob for blob in blobs if blob]


def _destroy_deliveries(work: Work, ids: Sequence[UUID]) -> tuple[list[UUID], list[str]]:
    """Destroy the deliveries of messages; return their ids, and the names of their files in the store."""
    of_messages = (deliveries.c.organisation_id == work.organisation_id, _among(deliveries.c.message_id, ids))
    rows = work.connection.execute(select(deliveries.c.id, deliveries.c.wire_blob).where(*of_messages)).all()
    empty = {"recipient": b"", "wire": None, "wire_blob": None, "failure": "", "terms": None}
    work.connection.execute(update(deliveries).where(*of_messages).values(**empty))
    transitions.delete(work, _among(deliveries.c.message_id, ids))
    gone = [row.id for row in rows]
    work.vault.destroy(work.connection, work.organisation_id, *gone)
    proofs = (receipts.c.organisation_id == work.organisation_id, _among(receipts.c.delivery_id, gone))
    work.connection.execute(update(receipts).where(*proofs).values(evidence=None, reasons=[]))
    steps = (delivery_events.c.organisation_id == work.organisation_id, _among(delivery_events.c.delivery_id, gone))
    has_detail = delivery_events.c.detail != ""
    work.connection.execute(update(delivery_events).where(*steps, has_detail).values(detail=""))
    return gone, [row.wire_blob for row in rows if row.wire_blob]


def _destroy_drafts(work: Work, ids: Sequence[UUID]) -> None:
    """Delete the drafts that reply to or forward one of the messages, or from which one was sent."""
    about = or_(kept_drafts.c.about.overlap(list(ids)), _among(kept_drafts.c.message_id, ids))
    work.connection.execute(delete(kept_drafts).where(kept_drafts.c.organisation_id == work.organisation_id, about))


def queue_clean_up(work: Work, destroyed: Destroyed) -> None:
    """Queue what plugins have to clean up, in the transaction that destroys.

    A plugin that is off but has tables here still has rows about what is destroyed. It cleans up when it is on again.
    """
    content, plugins = msgspec.json.encode(destroyed, enc_hook=str), work.platform.plugins
    off = plugins_with_tables(work.connection).difference(plugins.names)
    for plugin in (*plugins.implementing(_HOOK), *sorted(off)):
        outbox.enqueue(work, outbox.NewEntry(CLEAN_UP + plugin, content))


def _queue_rest(work: Work, destroyed: Destroyed, blobs: Iterable[str]) -> None:
    """Queue what is outside of the database, in the same transaction; the files are deleted right after the commit."""
    queue_clean_up(work, destroyed)
    if names := list(blobs):
        outbox.enqueue(work, outbox.NewEntry(BLOBS, msgspec.json.encode(names)))
        work.after_commit(lambda: _delete_at_once(work.platform))


def _delete_at_once(platform: Platform) -> None:
    """Run what the transaction has queued; what fails is retried by the outbox's job."""
    outboxes.run(platform, BLOBS, core_outboxes(platform)[BLOBS])
