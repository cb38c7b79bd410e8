"""The messages that an API client sees: what came to its function addresses, and what was sent from them.

A message that came in is one, by our id; one that was sent is one for each recipient, by its delivery's id, which is
also its `messageId`. What is still held (its receipt has not gone) is not seen.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import (
    ActorScope,
    Address,
    DeliveryEvent,
    Host,
    Message,
    NotFound,
    Reason,
    Statement,
    as_uuid,
    find_messages,
)
from budkavle_message_api import status
from budkavle_message_api.access import clients
from budkavle_message_api.access.tokens import Access
from budkavle_message_api.problems import NOT_HERE, BadRequest
from budkavle_message_api.server.filters import Selection
from budkavle_message_api.tables import removed

BATCH = 200
_BEGINNING = datetime.min.replace(year=1900, tzinfo=UTC)
_SEEN = (
    "SELECT x.* FROM ("
    " SELECT d.id, d.message_id, 'out' AS direction, d.state, m.mailbox_id, m.created_at, d.failure, d.transport,"
    "  CAST(NULL AS text) AS remote_id"
    " FROM deliveries d JOIN messages m ON m.organisation_id = d.organisation_id AND m.id = d.message_id"
    " WHERE d.organisation_id = :organisation AND d.purpose = 'message' AND m.direction = 'out'"
    " UNION ALL"
    " SELECT i.id, i.id, 'in', i.state, i.mailbox_id, i.created_at, '', i.transport, i.remote_id FROM messages i"
    " WHERE i.organisation_id = :organisation AND i.direction = 'in' AND i.state NOT IN ('HELD', 'DELETED')"
    ") x WHERE x.transport = ANY(CAST(:transports AS text[])) AND x.mailbox_id = ANY(CAST(:boxes AS uuid[]))"
    " AND NOT EXISTS (SELECT 1 FROM message_api_removed r WHERE r.organisation_id = :organisation AND r.id = x.id)"
)
_PLACED = (
    "SELECT y.*, (SELECT count(*) FROM deliveries e WHERE e.organisation_id = :organisation"
    " AND e.message_id = y.message_id AND e.purpose = 'message' AND e.id < y.id) AS place FROM ("
)
"""`place` is which of the message's recipients it went to: they stand in the order of their deliveries' ids."""
_LIST = Statement(
    f"{_PLACED}{_SEEN} AND (CAST(:states AS text[]) IS NULL"
    " OR x.direction || ':' || x.state = ANY(CAST(:states AS text[])))"
    " AND x.created_at >= coalesce(CAST(:start AS timestamptz), '-infinity')"
    " AND x.created_at <= coalesce(CAST(:stop AS timestamptz), 'infinity')"
    " AND (x.created_at, x.id) > (CAST(:at AS timestamptz), CAST(:after AS uuid))"
    " ORDER BY x.created_at, x.id LIMIT :size) y ORDER BY y.created_at, y.id"
)
_BY_ID = Statement(f"{_PLACED}{_SEEN} AND x.id = :id) y")
_BY_NAME = Statement(
    f"{_PLACED}{_SEEN} AND x.direction = 'in' AND x.remote_id = :name) y ORDER BY y.created_at LIMIT 1"
)
_EVENTS = Statement(
    "SELECT delivery_id, at, state, detail FROM delivery_events WHERE organisation_id = :organisation"
    " AND delivery_id = ANY(CAST(:ids AS uuid[])) ORDER BY delivery_id, at, id"
)
_REASONS = Statement(
    "SELECT DISTINCT ON (delivery_id) delivery_id, reasons FROM receipts WHERE organisation_id = :organisation"
    " AND delivery_id = ANY(CAST(:ids AS uuid[])) AND applied AND state = 'REJECTED'"
    " ORDER BY delivery_id, received_at DESC"
)


@dataclass(frozen=True, slots=True)
class Item:
    """MessageDocument message as the API has it.

    Attributes:
        id: What we call it in the API.
        sender: The function that it came from.
        recipient: The one function that it went to.
        events: Its steps, the oldest first, for one that was sent.
        reasons: Why its receiver rejected it.
    """

    id: UUID
    message: Message
    status: str
    sender: Address
    recipient: Address
    failure: str = ""
    events: tuple[DeliveryEvent, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @property
    def message_id(self) -> str:
        """What it is called on the network."""
        return self.message.remote_id or str(self.id)


def page(host: Host, access: Access, selection: Selection) -> tuple[list[Item], bool]:
    """Return a page of what a client sees, the oldest first, and whether there is more after it."""
    first, items, more = (selection.number - 1) * selection.size, list[Item](), False
    for number, item in enumerate(_matching(host, access, selection)):
        more = number >= first + selection.size
        if more:
            break
        if number >= first:
            items.append(item)
    _note(host, access, "api.listed", count=len(items))
    return items, more


def read(host: Host, access: Access, name: str, kind: str, selection: Selection | None = None) -> Item:
    """Do what `find` does, and note in the event log that it was done as `kind`."""
    item = find(host, access, name, selection)
    _note(host, access, kind, str(item.id))
    return item


def find(host: Host, access: Access, name: str, selection: Selection | None = None) -> Item:
    """Return one message by its id, or by its `messageId`.

    Args:
        host: The plugin's.
        access: Who asks.
        name: The id.
        selection: Filters that it must also meet.

    Raises:
        NotFound: There is none, or the client may not see it, or a filter leaves it out.
    """
    parameters = {**_parameters(host, access, access.mailboxes(host)), "id": as_uuid(name), "name": name}
    with host.transaction(access.organisation_id) as connection:
        row = _BY_ID.one_or_none(connection, parameters) if parameters["id"] else None
        row = row or _BY_NAME.one_or_none(connection, parameters)
    item = next(iter(_items(host, access.organisation_id, [row])), None) if row else None
    if item is None or (selection is not None and not _meets(item, selection)):
        raise NotFound(NOT_HERE)
    return item


def delete(host: Host, access: Access, name: str) -> None:
    """Take a message away from the API, where its status is final; its case stays in its mailbox (feature MT3).

    Raises:
        NotFound: There is none, or the client may not see it.
        BadRequest: Its status is not final.
    """
    item = find(host, access, name)
    if item.status not in status.FINAL:
        sentence = f"Meddelandet har status {item.status}. Bara NEW, ACCEPTED och {status.FAILED} kan tas bort."
        raise BadRequest(sentence, "messageId")
    row = {"organisation_id": access.organisation_id, "id": item.id, "removed_at": datetime.now(UTC)}
    with host.work(access.client.acting(host)) as work:
        with host.tables(work) as connection:
            connection.execute(upsert(removed).values(row).on_conflict_do_nothing())
        clients.used(host, work, access.client, "api.deleted", str(item.id))


def _matching(host: Host, access: Access, selection: Selection) -> Iterator[Item]:
    """Yield what is asked for, opening as many as it takes: addresses are sealed, and compared here."""
    boxes = access.mailboxes(host)
    states = (
        sorted({state for shown in selection.statuses for state in status.states_of(shown)})
        if selection.statuses
        else None
    )
    parameters = {
        **_parameters(host, access, boxes),
        "states": states,
        "start": selection.start,
        "stop": selection.stop,
    }
    size = min(BATCH, selection.number * selection.size + 1)
    parameters |= {"size": size, "at": _BEGINNING, "after": UUID(int=0)}
    more = bool(boxes)
    while more:
        with host.transaction(access.organisation_id) as connection:
            rows = _LIST.all(connection, parameters)
        for item in _items(host, access.organisation_id, rows):
            if selection.takes(item.sender.value, item.recipient.value):
                yield item
        more = len(rows) == size
        if more:
            parameters |= {"at": rows[-1].created_at, "after": rows[-1].id}


def _meets(item: Item, selection: Selection) -> bool:
    at = item.message.created_at
    early, late = selection.start and at < selection.start, selection.stop and at > selection.stop
    right = not selection.statuses or item.status in selection.statuses
    return right and not early and not late and selection.takes(item.sender.value, item.recipient.value)


def _parameters(host: Host, access: Access, boxes: Collection[UUID]) -> dict[str, Any]:
    return {
        "organisation": access.organisation_id,
        "transports": list(host.settings.transports),
        "boxes": list(boxes),
    }


def _items(host: Host, organisation_id: UUID, rows: Sequence[Any]) -> list[Item]:
    """Open rows of `_SEEN`, in their order."""
    ids = [row.message_id for row in rows]
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        messages = {message.id: message for message in find_messages(work, ids)} if ids else {}
    parameters = {"organisation": organisation_id, "ids": [row.id for row in rows if row.direction == "out"]}
    events: defaultdict[UUID, list[DeliveryEvent]] = defaultdict(list)
    reasons: dict[UUID, tuple[Reason, ...]] = {}
    if parameters["ids"]:
        with host.transaction(organisation_id) as connection:
            for event in _EVENTS.all(connection, parameters):
                events[event.delivery_id].append(DeliveryEvent(event.at, event.state, event.detail))
            for receipt in _REASONS.all(connection, parameters):
                reasons[receipt.delivery_id] = tuple(Reason(**reason) for reason in receipt.reasons)
    items = (_item(row, messages[row.message_id], tuple(events[row.id])) for row in rows if row.message_id in messages)
    return [_with_reasons(item, reasons.get(item.id, ())) for item in items]


def _item(row: Any, message: Message, events: tuple[DeliveryEvent, ...]) -> Item:
    incoming = row.direction == "in"
    place = 0 if incoming else min(row.place, len(message.recipients) - 1)
    nobody = Address(message.transport, "")
    return Item(
        id=row.id,
        message=message,
        status=status.status_of(row.state, incoming=incoming),
        sender=message.sender,
        recipient=message.recipients[place] if message.recipients else nobody,
        failure=row.failure,
        events=events,
    )


def _with_reasons(item: Item, reasons: tuple[Reason, ...]) -> Item:
    return replace(item, reasons=reasons) if reasons else item


def _note(host: Host, access: Access, kind: str, thing: str = "", **details: str | int) -> None:
    with host.work(access.client.acting(host)) as work:
        clients.used(host, work, access.client, kind, thing, **details)
