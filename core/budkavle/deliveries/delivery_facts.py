"""Facts of a delivery besides its state, such as notified, opened and answered, each with its time.

A fact comes from an action, never from a transport's receipt. Opening is also a claim: if an opening and a recall come
at the same time, exactly one wins, since both lock the delivery's row.
"""

from enum import StrEnum
from uuid import UUID

from budkavle.cases import case_updates
from budkavle.deliveries import queue
from budkavle.deliveries.transitions import Transition
from budkavle.model import sources
from budkavle.model.errors import Invalid
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, TROUBLE, DeliveryState, may_follow
from budkavle.plugins.transport_calls import transport_actor
from budkavle.storage import audit
from budkavle.storage.database import ResultRow
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class Fact(StrEnum):
    """The core's facts; the word is also the state in the delivery's timeline.

    Attributes:
        NOT_NOTIFIED: A mail about a message in an account's inbox bounced.
        UNNOTIFIED: It is in an account's inbox whose owner gets no notices.
    """

    NOTIFIED = "NOTIFIED"
    OPENED = "OPENED"
    ANSWERED = "ANSWERED"
    DOWNLOADED = "DOWNLOADED"
    REMINDED = "REMINDED"
    BOUNCED = "BOUNCED"
    DELAYED = "DELAYED"
    NOT_NOTIFIED = "NOT_NOTIFIED"
    EXPIRED = "EXPIRED"
    UNNOTIFIED = "UNNOTIFIED"


_MOVES: dict[str, DeliveryState] = {
    Fact.OPENED: DeliveryState.ACKNOWLEDGED,
    Fact.BOUNCED: DeliveryState.SEND_FAILURE,
    Fact.EXPIRED: DeliveryState.SEND_FAILURE,
}
_GONE = frozenset({DeliveryState.RECALLED, DeliveryState.DELETED})


class _Queries(QueryFile):
    lock_delivery: Statement
    store_fact: Statement


QUERIES = _Queries.load()

_COLUMNS: dict[str, str] = {
    Fact.NOTIFIED: "notified",
    Fact.OPENED: "opened",
    Fact.ANSWERED: "answered",
    Fact.DOWNLOADED: "downloaded",
}
"""Facts that are stored once, in their own column; others may be repeated."""


def note(
    work: Work,
    delivery_id: UUID,
    fact: Fact | str,
    *,
    detail: str = "",
    by: Actor | None = None,
) -> bool:
    """Store a fact of a delivery, once: its time, a row of its timeline, and a notification to open pages.

    OPENED moves the state to ACKNOWLEDGED; BOUNCED and EXPIRED move it to SEND_FAILURE, with `detail` as the reason.

    Args:
        work: The unit of work.
        delivery_id: The delivery.
        fact: What happened: one of the core's facts, or a word that a plugin has texts for (`FactWords`).
        detail: More for the timeline, as text; no content and no personal data.
        by: Who opened or received it, with method and level; the delivery's transport by default.

    Raises:
        Invalid: No plugin has texts for the fact.

    Returns:
        Whether it was stored now. For OPENED, whether the message may be shown, also at later openings: False if it has
        been recalled or destroyed, or does not exist. Then nothing of it may be shown.
    """
    if fact not in set(Fact) and fact not in work.platform.plugins.delivery_facts:
        raise Invalid("Inget tillägg har ord för {fact}, så det kan inte noteras.", fact=str(fact))
    row = QUERIES.lock_delivery.one_or_none(work.connection, {"organisation": work.organisation_id, "id": delivery_id})
    if row is None or DeliveryState(row.state) in _GONE:
        return False
    if fact in _COLUMNS and getattr(row, f"{_COLUMNS[fact]}_at") is not None:
        return fact == Fact.OPENED
    teller = by or transport_actor(work.platform.plugins, work.organisation_id, row.transport)
    moved = _write(work, row, fact, teller, detail)
    if moved is not None:
        event = {"organisation_id": work.organisation_id, "delivery_id": delivery_id, "state": moved.value}
        work.after_commit(lambda: work.platform.plugins.emit("state_changed", **event))
    return True


def _write(work: Work, row: ResultRow, fact: Fact | str, actor: Actor, detail: str) -> DeliveryState | None:
    """Write a fact of a locked delivery; returns its new state if that changed."""
    at = sources.now()
    old, new = DeliveryState(row.state), _MOVES.get(fact)
    moved = new if new is not None and may_follow(DELIVERY, old, new) else None
    values: dict[str, object] = {name: at if _COLUMNS.get(fact) == name else None for name in _COLUMNS.values()}
    values |= {
        "organisation": work.organisation_id,
        "id": row.id,
        "method": actor.method,
        "loa": int(actor.loa),
        "at": at,
        "fact": str(fact),
        "detail": Sentence(detail).to_text(),
    }
    QUERIES.store_fact.run(work.connection, values)
    if moved is not None:
        failure = detail if moved is DeliveryState.SEND_FAILURE else ""
        queue.advance_locked(work, row, Transition(moved, (), failure))
    if moved is not None and (moved in TROUBLE or old in TROUBLE):
        case_updates.update_needs_action(work, row.case_id, moved.value)
    audit.record_and_tell(
        work,
        f"delivery.{fact.lower()}",
        row.id,
        {"o": work.organisation_id, "m": row.mailbox_id, "c": row.case_id, "d": row.id, "k": "state"},
        actor,
        method=actor.method,
        loa=int(actor.loa),
    )
    return moved
