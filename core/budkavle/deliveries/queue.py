"""Rows of deliveries: loading many for a worker, and every way in which their state may change.

A state changes only where the table in `states` allows it, and the row itself is asked (`WHERE state = ...`), so
that two workers, or a worker and a receipt, cannot both win.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from budkavle.cases import message_store
from budkavle.deliveries import transitions
from budkavle.deliveries.transitions import Change, Step, clean
from budkavle.model.messages import Delivery, Message, Purpose, Terms
from budkavle.model.states import DELIVERY, DeliveryState, before
from budkavle.plugins.protocols import Backoff
from budkavle.storage.database import CHANNEL, Line, Statement, together
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import messages

SMALL = 256_000
"""Bytes of the wire or of evidence up to this size lie sealed in their row, larger ones among the attachments."""

_HELD = (DeliveryState.SEND_IN_PROGRESS, DeliveryState.WAITING_FOR_RETRY)
_JITTER = random.SystemRandom()
_CLAIMED = "SELECT organisation_id, id, fence, crashes, died, kept FROM"
_CLAIM = Statement(f"{_CLAIMED} claim_lane(:lane, :most, CAST(:lease AS interval))")
_CLAIM_OTHERS = Statement(f"{_CLAIMED} claim_others(CAST(:known AS text[]), :most, CAST(:lease AS interval))")
_LOAD = Statement(  # columns by name, here and below: a newer version may add some while this one runs
    "SELECT id, organisation_id, message_id, purpose, transport, recipient, state, attempt, fence, remote_id,"
    " created_at, failure, wire, wire_blob, terms"
    " FROM deliveries WHERE organisation_id = :organisation AND id = ANY(:ids) AND state = 'SEND_IN_PROGRESS'"
)
_LETTERS = Statement(
    f"SELECT {', '.join(f'm.{one.name}' for one in messages.c)}, u.name AS author FROM messages m"  # noqa: S608 - ours
    " LEFT JOIN users u ON u.organisation_id = m.organisation_id AND u.id = m.author_id"
    # An array, not IN: then the messages are fetched by their key whatever the planner believes of the tables.
    " WHERE m.organisation_id = :organisation AND m.id = ANY(ARRAY(SELECT d.message_id FROM deliveries d"
    "  WHERE d.organisation_id = :organisation AND d.id = ANY(:ids) AND d.purpose = 'message'))"
)
_RENEW = Statement(
    "UPDATE deliveries d SET lease_until = now() + CAST(:lease AS interval), due_at = now() + CAST(:lease AS interval)"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:fences AS bigint[])) AS mine(id, fence)"
    " WHERE d.organisation_id = :organisation AND d.id = mine.id AND d.fence = mine.fence"
    " AND d.state = 'SEND_IN_PROGRESS' RETURNING d.id"
)
_BEGIN = Statement(  # the lease lasts for at least half of itself from here on
    "UPDATE deliveries SET begun_at = clock_timestamp(),"
    " lease_until = CASE WHEN lease_until < half.over THEN half.over + CAST(:lease AS interval) / 2"
    " ELSE lease_until END,"
    " due_at = CASE WHEN lease_until < half.over THEN half.over + CAST(:lease AS interval) / 2 ELSE due_at END"
    " FROM (SELECT clock_timestamp() + CAST(:lease AS interval) / 2 AS over) half"
    " WHERE organisation_id = :organisation AND id = :id AND fence = :fence AND state = 'SEND_IN_PROGRESS'"
    " RETURNING id"
)
_TELL_SQL = (  # the pages of its mailbox, of where a message of ours is now
    "SELECT pg_notify(:channel, CAST(json_build_object('o', c.organisation_id, 'm', c.mailbox_id, 'c', c.id,"
    " 'd', d.id, 'k', 'state') AS text))"
    " FROM deliveries d JOIN cases c ON c.organisation_id = d.organisation_id AND c.id = d.case_id"
    " WHERE d.organisation_id = :organisation AND d.id = :id"
)
_TELL = Statement(_TELL_SQL)
_TELL_OWN = Statement(f"{_TELL_SQL} AND d.fence = :fence")
_NAME = Statement(
    "UPDATE deliveries SET remote_id = :remote_id"
    " WHERE organisation_id = :organisation AND id = :id AND fence = :fence AND remote_id IS NULL"
    " RETURNING id, message_id, case_id, purpose, transport"
)
_KEEP = Statement(
    "UPDATE deliveries SET wire = :wire, wire_blob = :blob WHERE organisation_id = :organisation AND id = :id"
    " AND fence = :fence AND state = 'SEND_IN_PROGRESS' AND wire IS NULL AND wire_blob IS NULL RETURNING id"
)
_NOTE = Statement(
    "INSERT INTO delivery_events (organisation_id, delivery_id, at, state, detail)"
    " SELECT organisation_id, id, :at, :state, :detail FROM deliveries"
    " WHERE organisation_id = :organisation AND id = :id AND fence = :fence AND state = 'SEND_IN_PROGRESS' RETURNING id"
)
_KEPT = Statement(
    "SELECT id, organisation_id, wire, wire_blob FROM deliveries"
    " WHERE organisation_id = :organisation AND id = :id AND fence = :fence AND state = 'SEND_IN_PROGRESS'"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this worker holds until its lease ends.

    Attributes:
        fence: The lease's number.
        crashes: How many workers in a row have ended in the middle of handing it over.
        died: Whether the last one that held it did.
        kept: Whether an earlier try has kept its bytes, so that handing it over again doubles nothing.
    """

    organisation_id: UUID
    id: UUID
    fence: int
    crashes: int = 0
    died: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """A claimed delivery with its message, and the bytes of an earlier try as they lie in the row."""

    claim: Claim
    delivery: Delivery
    message: Message | None
    wire: bytes | None
    wire_blob: str | None
    terms: Terms = Terms()  # noqa: RUF009 - a frozen value

    @property
    def has_wire(self) -> bool:
        """Whether an earlier try has kept its bytes."""
        return self.wire is not None or self.wire_blob is not None


def claim(platform: Platform, lane: str, most: int, lease: timedelta) -> list[Claim]:
    """Take one transport's deliveries that are due, over all organisations, under a lease.

    What is new comes first. One that a crash of the server has made undone is made again.

    Returns:
        The deliveries in the order in which they were due, those that may have ended a worker last.
    """
    return _claimed(platform, (_CLAIM, {"lane": lane, "most": most, "lease": lease}))


def claim_others(platform: Platform, known: Sequence[str], most: int, lease: timedelta) -> list[Claim]:
    """Take what is due by transports that are not among the known ones."""
    return _claimed(platform, (_CLAIM_OTHERS, {"known": list(known), "most": most, "lease": lease}))


def _claimed(platform: Platform, asked: tuple[Statement, Mapping[str, object]]) -> list[Claim]:
    (rows,) = platform.database.at_once(None, asked, durable=False)
    found = [Claim(row.organisation_id, row.id, row.fence, row.crashes, row.died, row.kept) for row in rows]
    return sorted(found, key=lambda one: one.crashes)


def renew(work: Work, claims: Sequence[Claim], lease: timedelta) -> set[UUID]:
    """Lengthen the leases of deliveries that take their time; return the ids of those that are still held."""
    ids, fences = [one.id for one in claims], [one.fence for one in claims]
    facts = {"organisation": work.organisation_id, "ids": ids, "fences": fences, "lease": lease}
    return {row.id for row in _RENEW.all(work.connection, facts)}


def beginning(claim: Claim, lease: timedelta) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that marks a delivery as under way; it gives a row where the lease is still ours."""
    facts = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence, "lease": lease}
    return _BEGIN, facts


def load(work: Work, claims: Sequence[Claim]) -> list[Loaded]:
    """Read claimed deliveries with their messages, with a few queries however many they are.

    What somebody else has claimed or settled since is left out; the order stays.
    """
    mine = {one.id: one for one in claims}
    facts = {"organisation": work.organisation_id, "ids": list(mine)}
    rows, letters = together(work.connection, (_LOAD, facts), (_LETTERS, facts))
    found = {row.id: row for row in rows if row.fence == mine[row.id].fence}
    opened = {one.id: one for one in message_store.open_rows(work, letters)}
    own = [(one, found[one.id]) for one in claims if one.id in found]
    return [_loaded(work, row, one, opened.get(row.message_id)) for one, row in own]


def settle(work: Work, claim: Claim, change: Change, *, late: bool = False) -> Line | None:
    """Write how a try ended, if the lease is still ours and no receipt has overtaken it.

    Args:
        work: A unit of work in the delivery's organisation.
        claim: The delivery.
        change: How it ended.
        late: Whether the try had been given up, so that the delivery may wait for the next one.

    Returns:
        The delivery's id, message, case, purpose and transport; None where the state was left alone.
    """
    statement, facts = settling(claim, change, late=late)
    return statement.one_or_none(work.connection, facts)


def settling(claim: Claim, change: Change, *, late: bool = False) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that `settle` executes."""
    held = _HELD[: 1 + late]
    return transitions.moving(claim.organisation_id, claim.id, change, held=held, fence=claim.fence)


def telling(claim: Claim) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that tells the pages of a settled message."""
    facts = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence, "channel": CHANNEL}
    return _TELL_OWN, facts


def tell_pages(work: Work, delivery_id: UUID) -> None:
    """Tell open pages of the message's mailbox, with the commit, that its delivery has another state."""
    _TELL.later(work.connection, {"organisation": work.organisation_id, "id": delivery_id, "channel": CHANNEL})


def naming(claim: Claim, remote_id: str) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that `name` executes."""
    facts = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence, "remote_id": remote_id}
    return _NAME, facts


def name(work: Work, claim: Claim, remote_id: str) -> Line | None:
    """Note the peer's identifier alone, where a receipt has been faster than the outcome."""
    statement, facts = naming(claim, remote_id)
    return statement.one_or_none(work.connection, facts)


def advance_locked(work: Work, delivery: Line, change: Change) -> bool:
    """Do `advance`, together with what comes next, for a row that this transaction has locked."""
    if delivery.state not in before(DELIVERY, change.state):
        return False
    statement, values = transitions.moving(work.organisation_id, delivery.id, change)
    statement.later(work.connection, values)
    return True


def advance(work: Work, delivery_id: UUID, change: Change) -> Line | None:
    """Move a delivery to a state where the table allows it, whoever holds it; None where it does not."""
    statement, values = transitions.moving(work.organisation_id, delivery_id, change)
    return statement.one_or_none(work.connection, values)


def noting(claim: Claim, step: Step) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that adds a row to the timeline of a delivery that is still held."""
    facts = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence}
    return _NOTE, {**facts, "at": step.at, "state": step.state.value, "detail": clean(step.detail)}


def keep(connection: Connection, claim: Claim, sealed: bytes | None, blob: str | None) -> bool:
    """Store the bytes of the wire, once; False where the lease is lost or bytes are there already."""
    statement, facts = keeping(claim, sealed, blob)
    return statement.one_or_none(connection, facts) is not None


def keeping(claim: Claim, sealed: bytes | None, blob: str | None) -> tuple[Statement, Mapping[str, object]]:
    """Return the statement that `keep` executes; it gives a row where it has stored the bytes."""
    facts = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence, "wire": sealed, "blob": blob}
    return _KEEP, facts


def kept(connection: Connection, claim: Claim) -> Line | None:
    """Return the row's wire, or None where the lease is lost."""
    facts = {"organisation": claim.organisation_id, "id": claim.id, "fence": claim.fence}
    return _KEPT.one_or_none(connection, facts)


def pause_after(backoff: Backoff, attempt: int) -> timedelta:
    """Return how long to wait after a failed try: doubled each time up to the longest, and a fifth by chance."""
    doublings = min((attempt - 1) % max(1, backoff.tries), 30)
    pause: timedelta = min(backoff.first * 2**doublings, backoff.longest)
    return pause * _JITTER.uniform(0.8, 1.2)


def _loaded(work: Work, row: Line, claim: Claim, message: Message | None) -> Loaded:
    delivery = Delivery(
        id=row.id,
        organisation_id=row.organisation_id,
        message_id=row.message_id,
        purpose=Purpose(row.purpose),
        transport=row.transport,
        recipient=message_store.open_address(work, row.id, row.recipient),
        state=DeliveryState(row.state),
        attempt=row.attempt,
        fence=row.fence,
        remote_id=row.remote_id,
        created_at=row.created_at,
        failure=row.failure,
    )
    terms = message_store.open_terms(work, row.id, row.terms)
    return Loaded(claim, delivery, message, row.wire, row.wire_blob, terms)
