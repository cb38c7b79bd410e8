"""The messages that an API client can see: those sent to its function addresses, and those sent from them.

An incoming message appears once, with our id. A sent message appears once for each recipient, with its delivery's id,
which is also its `messageId`. Incoming messages that are still held, because their receipt is not sent, are hidden.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import ActorScope, Address, DeliveryEvent, Direction, Host, Message, NotFound, Reason, Sentence
from budkavle.deliveries import DeliveryHistory, delivery_histories
from budkavle.identification import record_refused_program
from budkavle.messaging import (
    ListedMessage,
    MessageFilter,
    MessageMark,
    existing_messages,
    find_messages,
    messages_named,
    messages_since,
)
from budkavle_message_api import status
from budkavle_message_api.access import clients
from budkavle_message_api.access.tokens import Access
from budkavle_message_api.problems import NOT_HERE, BadRequest
from budkavle_message_api.server.filters import Selection
from budkavle_message_api.tables import removed

BATCH = 200
SWEPT = 5_000
"""Records of hidden messages that are read at a time; a system that deletes what it has fetched makes one of each."""


@dataclass(frozen=True, slots=True)
class Item:
    """A message in the API.

    Attributes:
        id: Its id in the API.
        sender: The sending function.
        recipient: The receiving function.
        events: The events of a sent message, the oldest first.
        reasons: Why the recipient rejected it.
        ref_to: The id on the network of what it answers or completes, as its recipient gets it.
    """

    id: UUID
    message: Message
    status: str
    sender: Address
    recipient: Address
    failure: str = ""
    events: tuple[DeliveryEvent, ...] = ()
    reasons: tuple[Reason, ...] = ()
    ref_to: str | None = None

    @property
    def message_id(self) -> str:
        """Its id on the network."""
        return self.message.remote_id or str(self.id)


def page(host: Host, access: Access, selection: Selection) -> tuple[list[Item], bool]:
    """Return a page of the messages a client can see, the oldest first, and whether there are more after it."""
    first, items, more = (selection.number - 1) * selection.size, list[Item](), False
    for number, item in enumerate(_matching(host, access, selection)):
        more = number >= first + selection.size
        if more:
            break
        if number >= first:
            items.append(item)
    clients.has_read(host, access.client, "api.listed", access.client.id, count=len(items))
    return items, more


def read(host: Host, access: Access, name: str, kind: str, selection: Selection | None = None) -> Item:
    """Find a message as `find` does, and record in the event log that it was read, as `kind`."""
    item = find(host, access, name, selection)
    clients.has_read(host, access.client, kind, item.id, item.message.case_id, message=str(item.id))
    return item


def find(host: Host, access: Access, name: str, selection: Selection | None = None) -> Item:
    """Return a message by its id, or by its `messageId`.

    Args:
        host: The plugin's host.
        access: The client's access.
        name: The id.
        selection: Filters that it must also match.

    Raises:
        NotFound: There is no such message, the client may not see it, or it does not match the filters.
    """
    visible = _visible(host, access.mailboxes(host))
    with host.work(host.system(access.organisation_id, ActorScope.READ)) as work:
        named = messages_named(work, visible, name)
    first = next(iter(_not_removed(host, access.organisation_id, named)), None)
    item = next(iter(_items(host, access.organisation_id, [first])), None) if first else None
    if item is None or (selection is not None and not _meets(item, selection)):
        refuse(host, access, NOT_HERE)
        raise NotFound(NOT_HERE)
    return item


def refuse(host: Host, access: Access, why: str) -> None:
    """Record in the event log that a client was refused."""
    client = access.client
    record_refused_program(host.platform, "message_api", why, organisation_id=client.organisation_id, program=client.id)


def delete(host: Host, access: Access, name: str) -> None:
    """Hide a message from the API if its status is final; its case stays in its mailbox (feature MT3).

    Raises:
        NotFound: There is no such message, or the client may not see it.
        BadRequest: Its status is not final.
    """
    item = find(host, access, name)
    if item.status not in status.FINAL:
        sentence = Sentence(
            "Meddelandet har status {status}. Bara NEW, ACCEPTED och {failed} kan tas bort.",
            status=item.status,
            failed=status.FAILED,
        )
        raise BadRequest(sentence, "messageId")
    row = {"organisation_id": access.organisation_id, "id": item.id, "removed_at": datetime.now(UTC)}
    with host.work(access.client.acting(host)) as work:
        with host.tables(work) as connection:
            connection.execute(upsert(removed).values(row).on_conflict_do_nothing())
        clients.used(host, work, access.client, "api.deleted", str(item.id))


def _matching(host: Host, access: Access, selection: Selection) -> Iterator[Item]:
    """Yield matching messages. Addresses are sealed, so messages are opened and compared here, as many as needed."""
    boxes = access.mailboxes(host)
    states = {state for one in selection.statuses for state in status.states_of(one)} if selection.statuses else None
    visible = replace(_visible(host, boxes), states=states, since=selection.start, until=selection.stop)
    size, mark, more = min(BATCH, selection.number * selection.size + 1), MessageMark(), bool(boxes)
    while more:
        with host.work(host.system(access.organisation_id, ActorScope.READ)) as work:
            page = messages_since(work, visible, mark, size)
        for item in _items(host, access.organisation_id, _not_removed(host, access.organisation_id, page)):
            if selection.takes(item.sender.value, item.recipient.value):
                yield item
        more = len(page) == size
        mark = page[-1].mark if page else mark


def sweep(host: Host, organisation_id: UUID) -> int:
    """Delete the records of hidden messages that no longer exist, some at a time, and return the number."""
    here, last, count = removed.c.organisation_id == organisation_id, UUID(int=0), 0
    while True:
        query = select(removed.c.id).where(here, removed.c.id > last).order_by(removed.c.id).limit(SWEPT)
        with host.work(host.system(organisation_id, ActorScope.READ)) as work:
            with host.tables(work) as connection:
                ids = connection.execute(query).scalars().all()
            gone = set(ids) - existing_messages(work, ids)
            with host.tables(work) as connection:
                count += connection.execute(delete_rows(removed).where(here, removed.c.id.in_(gone))).rowcount
        if len(ids) < SWEPT:
            return count
        last = ids[-1]


def _meets(item: Item, selection: Selection) -> bool:
    at = item.message.created_at
    early, late = selection.start and at < selection.start, selection.stop and at > selection.stop
    right = not selection.statuses or item.status in selection.statuses
    return right and not early and not late and selection.takes(item.sender.value, item.recipient.value)


def _visible(host: Host, boxes: Collection[UUID]) -> MessageFilter:
    return MessageFilter(mailboxes=boxes, transports=host.settings.transports)


def _not_removed(host: Host, organisation_id: UUID, listed: Sequence[ListedMessage]) -> list[ListedMessage]:
    """Leave out messages that are hidden from the API."""
    if not listed:
        return []
    query = select(removed.c.id).where(
        removed.c.organisation_id == organisation_id, removed.c.id.in_([one.id for one in listed])
    )
    with host.transaction(organisation_id) as connection:
        gone = set(connection.execute(query).scalars())
    return [one for one in listed if one.id not in gone]


def _items(host: Host, organisation_id: UUID, listed: Sequence[ListedMessage]) -> list[Item]:
    """Open the messages, in order."""
    ids = [one.message_id for one in listed]
    sent = [one.id for one in listed if one.direction is Direction.OUT]
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        messages = {one.id: one for one in find_messages(work, ids)} if ids else {}
        histories = delivery_histories(work, sent)
    return [
        _item(one, messages[one.message_id], histories.get(one.id, DeliveryHistory()))
        for one in listed
        if one.message_id in messages
    ]


def _item(listed: ListedMessage, message: Message, history: DeliveryHistory) -> Item:
    incoming = listed.direction is Direction.IN
    place = 0 if incoming else min(listed.place, len(message.recipients) - 1)
    nobody = Address(message.transport, "")
    return Item(
        id=listed.id,
        message=message,
        status=status.status_of(listed.state, incoming=incoming),
        sender=message.sender,
        recipient=message.recipients[place] if message.recipients else nobody,
        failure=listed.failure,
        events=history.events,
        reasons=history.rejection,
        ref_to=str(history.completes) if history.completes else message.ref_to,
    )
