"""When the case system confirmed that it has a message: it answered 2xx, or removed the folder."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from budkavle import Host
from budkavle_case_system.events import ARRIVED
from budkavle_case_system.tables import deliveries

BATCH = 5_000


def receipts(host: Host, organisation_id: UUID, message_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when the case system first confirmed each message. Those not confirmed are omitted."""
    ids, columns, confirmed = list(message_ids), deliveries.c, dict[UUID, datetime]()
    with host.transaction(organisation_id) as connection:
        for first in range(0, len(ids), BATCH):
            query = select(columns.message_id, func.min(columns.acknowledged_at)).where(
                columns.organisation_id == organisation_id,
                columns.message_id.in_(ids[first : first + BATCH]),
                columns.kind == ARRIVED,
                columns.acknowledged_at.is_not(None),
            )
            confirmed.update((row[0], row[1]) for row in connection.execute(query.group_by(columns.message_id)))
    return confirmed
