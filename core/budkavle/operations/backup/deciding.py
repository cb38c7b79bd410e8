"""What waits in an installation in quarantine, and the administrator's decisions before the quarantine ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog

from budkavle.accounts.permissions import require_platform
from budkavle.cases import case_updates
from budkavle.deliveries import queue, receipts
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.people import CORE_NAME, INSTALLATION, Actor, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.operations.backup import progress
from budkavle.operations.backup.ending import end_access
from budkavle.operations.backup.recalls import recall_again
from budkavle.operations.jobs import all_outboxes
from budkavle.operations.outboxes import tell_given_up
from budkavle.organisation.register import record_in_installation
from budkavle.storage import audit, outbox
from budkavle.storage.database import ALL_CASES
from budkavle.storage.outside import ledger, quarantine
from budkavle.storage.outside.ledger import Events, Ledger, LedgerEvent
from budkavle.storage.outside.quarantine import Cause, Quarantine
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

AT_ONCE: Final = 200
"""Deliveries that are decided in one transaction."""
CLOCKS: Final = timedelta(minutes=10)
"""How far host clocks may differ, and how long after its ledger entry a delivery's result may be stored."""
NONE: Final = "Installationen är inte i karantän."
UNSURE: Final = (
    "Installationen har återställts från en säkerhetskopia, så det här kan ha skickats redan. Fråga mottagaren innan du"
    " försöker igen."
)
GONE: Final = (
    "Det här hade skickats när installationen återställdes från en säkerhetskopia, enligt loggboken. Fråga mottagaren"
    " innan du försöker igen."
)
LEFT: Final = (
    "Installationen har återställts från en säkerhetskopia, och en administratör har bestämt att det här inte skickas."
)
LEFT_OPEN: Final = (
    "Ett tillägg har inte kunnat avsluta det som det släpper in med: {plugins}. Läs i loggen varför, eller stäng av"
    " tillägget, och försök igen."
)
_UNDECIDED = (
    "Det som väntar är inte bestämt: {names}. Ange för vart och ett om det ska skickas, är osäkert eller"
    " ska låtas vara."
)
_UNFINISHED = "Återställningen är inte klar. Kör budkavle restore igen, med samma säkerhetskopia."
_UNKNOWN = "Inget väntar som heter {names}. Det som väntar: {known}."
_WAITING = tuple(
    state.value
    for state in (
        DeliveryState.READY_TO_SEND,
        DeliveryState.SEND_IN_PROGRESS,
        DeliveryState.SEND_ATTEMPT_FAILED,
        DeliveryState.WAITING_FOR_RETRY,
    )
)
log = structlog.get_logger("budkavle.operations.backup")


class _Queries(QueryFile):
    count_waiting: Statement
    list_waiting: Statement


QUERIES = _Queries.load()


class Decision(StrEnum):
    """What happens to waiting work."""

    SEND = "send"
    """It is sent as soon as the quarantine ends, except for what the ledger says has been sent."""
    ASK = "ask"
    """It is shown under "Behöver åtgärd", or as given up in its outbox, and says that it may already have been sent."""
    LEAVE = "leave"
    """It is not sent. A delivery says so; an outbox entry is deleted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waiting work of one kind, in all organisations.

    Attributes:
        kind: `delivery` or `outbox`.
        name: The transport, or the outbox.
        oldest: When the oldest was created.
        gone: How many have been sent according to the ledger: these are not sent, whatever is decided.
    """

    kind: str
    name: str
    number: int
    oldest: datetime
    gone: int


@dataclass(frozen=True, slots=True)
class View:
    """A quarantine, and the work that waits in it."""

    quarantine: Quarantine
    waiting: Sequence[Waiting]


def begin(platform: Platform, actor: Actor) -> None:
    """Begin a quarantine: after a restore by other means, before any process is started.

    Raises:
        Forbidden: The actor does not administer the installation.
    """
    require_platform(actor)
    quarantine.begin(platform.database, Cause.ASKED)
    end_access(platform)
    record_in_installation(platform, actor, "quarantine.begun", INSTALLATION)
    log.warning("quarantine.begun", reason=Cause.ASKED.value)


def show(platform: Platform, actor: Actor) -> View | None:
    """Return the quarantine and what waits (kinds, numbers and ages only); None if there is no quarantine.

    Raises:
        Forbidden: The actor does not administer the installation.
    """
    require_platform(actor)
    note = quarantine.find(platform.database)
    return View(note, _count(platform, _forgotten(platform, note))) if note else None


def release(platform: Platform, actor: Actor, decisions: Mapping[str, Decision]) -> None:
    """Carry out the decisions about everything that waits, then end the quarantine.

    Args:
        platform: The installation.
        actor: Who has decided.
        decisions: One for each transport and outbox of `show`, by name.

    Raises:
        Forbidden: The actor does not administer the installation.
        Conflict: There is no quarantine, the restore is not finished, or a plugin has not ended the access it granted.
        Invalid: A decision is missing for something that waits, or is given for something that does not.
    """
    require_platform(actor)
    end_access(platform)  # retries what a plugin could not end before
    note = quarantine.find(platform.database)
    if note is None:
        raise Conflict(NONE)
    if progress.find(platform.database) is not None:
        raise Conflict(_UNFINISHED)
    if note.left:
        raise Conflict(LEFT_OPEN, plugins=", ".join(note.left))
    recall_again(platform)
    noted = _forgotten(platform, note)
    waiting = _count(platform, noted)
    names = {lane.name for lane in waiting}
    if undecided := sorted(names - decisions.keys()):
        raise Invalid(_UNDECIDED, names=", ".join(undecided))
    if unknown := sorted(decisions.keys() - names):
        raise Invalid(_UNKNOWN, names=", ".join(unknown), known=", ".join(sorted(names)) or "–")
    for lane in waiting:
        decide = _decide_outbox if lane.kind == "outbox" else _decide_deliveries
        for organisation in platform.organisations(leaving=True):
            decide(platform, organisation.id, lane.name, decisions[lane.name], noted.get(organisation.id, {}))
    with platform.database.transaction(None) as connection:
        quarantine.lift(connection)
        platform.database.notify(connection, {"w": True})
    facts = {
        decision.value: ", ".join(sorted(name for name, given in decisions.items() if given is decision)) or "–"
        for decision in Decision
    }
    record_in_installation(platform, actor, "quarantine.released", INSTALLATION, **facts)
    log.warning("quarantine.released")


def _forgotten(platform: Platform, note: Quarantine) -> Ledger:
    """Return ledger entries that the backup may lack; deliveries in older ones may have been refused and still wait."""
    return ledger.read(platform.settings, note.made_at and note.made_at - CLOCKS)


def _count(platform: Platform, noted: Ledger) -> list[Waiting]:
    by_name: dict[tuple[str, str], Waiting] = {}
    for organisation in platform.organisations(leaving=True):
        events = noted.get(organisation.id, {})
        values = {
            "organisation": organisation.id,
            "states": list(_WAITING),
            "handed_over": list(events.get(LedgerEvent.HANDED_OVER, ())),
            "handled": list(events.get(LedgerEvent.HANDLED, ())),
        }
        (rows,) = platform.database.at_once(organisation.id, (QUERIES.count_waiting, values), reader=ALL_CASES)
        for row in rows:
            lane = Waiting(row.kind, row.name, row.number, row.oldest, row.gone)
            if (before := by_name.get((row.kind, row.name))) is not None:
                number, gone = lane.number + before.number, lane.gone + before.gone
                lane = Waiting(row.kind, row.name, number, min(lane.oldest, before.oldest), gone)
            by_name[row.kind, row.name] = lane
    return [by_name[key] for key in sorted(by_name)]


def _decide_outbox(platform: Platform, organisation_id: UUID, queue: str, decision: Decision, events: Events) -> None:
    outbox.forget(platform.database, organisation_id, events.get(LedgerEvent.HANDLED, ()))
    if decision is Decision.SEND:
        return
    words = Sentence(UNSURE if decision is Decision.ASK else LEFT)
    handler = all_outboxes(platform).get(queue)
    for entry in outbox.give_up_waiting(platform.database, platform.vault, organisation_id, queue, words):
        if handler is not None:
            tell_given_up(platform, queue, handler, entry, words)
        if decision is Decision.LEAVE or (handler is not None and not handler.keeps_parked):
            outbox.finish(platform.database, entry)


def _decide_deliveries(
    platform: Platform,
    organisation_id: UUID,
    transport: str,
    decision: Decision,
    events: Events,
) -> None:
    _park(platform, organisation_id, transport, GONE, list(events.get(LedgerEvent.HANDED_OVER, ())))
    if decision is not Decision.SEND:
        _park(platform, organisation_id, transport, UNSURE if decision is Decision.ASK else LEFT)


def _park(
    platform: Platform, organisation_id: UUID, transport: str, words: str, only: Sequence[UUID] | None = None
) -> None:
    """Mark a transport's waiting deliveries, or only some of them, as needing action, with a sentence why."""
    states = list(_WAITING)
    values = {"organisation": organisation_id, "transport": transport, "states": states, "most": AT_ONCE, "only": only}
    while True:
        with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
            rows = QUERIES.list_waiting.all(work.connection, values)
            for row in rows:
                settle(work, row.id, row.state, DeliveryState.SEND_FAILURE, words)
        if len(rows) < AT_ONCE:
            return


def settle(work: Work, delivery_id: UUID, old: str, new: DeliveryState, words: str) -> None:
    """Move a waiting delivery to its new state, with a sentence in its timeline.

    Args:
        work: In the delivery's organisation.
        delivery_id: The delivery.
        old: Its state.
        new: Its new state.
        words: The reason.
    """
    if old == DeliveryState.READY_TO_SEND.value:  # from there, the table allows only an attempt
        queue.advance(work, delivery_id, Transition(DeliveryState.SEND_IN_PROGRESS, ()))
    failure = words if new is DeliveryState.SEND_FAILURE else ""
    state_change = StateChange(datetime.now(UTC), new, words)
    moved = queue.advance(work, delivery_id, Transition(new, (state_change,), failure))
    if moved is not None:
        receipts.apply_consequences(work, moved, new, DeliveryState(old))
        place = audit.of_mailbox(case_updates.mailbox_of(work, moved.case_id))
        audit.record(work, f"{moved.purpose}.parked", delivery_id, transport=moved.transport, **place)
        receipts.announce_after_commit(work, moved, new, released=False)
