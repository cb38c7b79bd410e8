"""The bytes that prove what was sent and what was answered, exactly as they were."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.permissions import require_overview
from budkavle.deliveries.wire import stored
from budkavle.model.errors import NotFound
from budkavle.storage.platform import Work
from budkavle.storage.tables import deliveries, receipts
from budkavle.storage.vault import Destroyed


@dataclass(frozen=True, slots=True)
class Evidence:
    """The stored evidence of one delivery.

    Attributes:
        wire: The exact bytes that were handed over; None if nothing has been handed over yet.
        receipts: The peers' receipts as received, in the order they came.
    """

    wire: bytes | None
    receipts: tuple[bytes, ...]


def evidence(work: Work, delivery_id: UUID) -> Evidence:
    """Return the stored evidence of a delivery.

    Args:
        work: The unit of work.
        delivery_id: The delivery.

    Raises:
        Forbidden: The actor neither administers the organisation nor is a system actor with READ.
        NotFound: The organisation has no such delivery.
    """
    require_overview(work.actor)
    row = work.connection.execute(
        select(deliveries.c.wire, deliveries.c.wire_blob).where(
            deliveries.c.organisation_id == work.organisation_id, deliveries.c.id == delivery_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("Försändelsen finns inte.")
    wire = stored.open_wire(work.platform, work.organisation_id, delivery_id, row.wire, row.wire_blob)
    return Evidence(wire, receipts_of(work, delivery_id))


def receipts_of(work: Work, delivery_id: UUID) -> tuple[bytes, ...]:
    """Return the peers' receipts of a delivery as received, without the sent bytes, which may be large.

    Args:
        work: The unit of work.
        delivery_id: The delivery; an unknown one has none.

    Raises:
        Forbidden: The actor neither administers the organisation nor is a system actor with READ.
    """
    require_overview(work.actor)
    stored = work.connection.execute(
        select(receipts.c.id, receipts.c.evidence)
        .where(receipts.c.organisation_id == work.organisation_id, receipts.c.delivery_id == delivery_id)
        .order_by(receipts.c.received_at)
    ).all()
    opened = (_opened(work, row.id, row.evidence) for row in stored)
    return tuple(plain for plain in opened if plain is not None)


def _opened(work: Work, receipt_id: UUID, sealed: bytes | None) -> bytes | None:
    if not sealed:
        return None
    try:
        return work.vault.open_small(work.organisation_id, f"receipt:{receipt_id}", sealed)
    except Destroyed:
        return None
