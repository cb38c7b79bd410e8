"""The reader's copy of a message inside the installation, and the sender's delivery that it claims."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Connection

from budkavle.cases import message_store
from budkavle.deliveries import delivery_facts
from budkavle.deliveries.delivery_facts import Fact
from budkavle.model.identifiers import as_uuid
from budkavle.model.messages import Address, Message
from budkavle.model.people import Actor
from budkavle.model.states import DeliveryState, IncomingState
from budkavle.storage import audit
from budkavle.storage.database import Line, Statement
from budkavle.storage.platform import Platform

LOCAL = "local"
_STATES = Statement(
    "SELECT id, state, opened_at FROM deliveries WHERE organisation_id = :organisation AND id = ANY(:ids)"
)
_COPY = Statement(
    "UPDATE messages SET state = 'RECALLED' WHERE organisation_id = :organisation AND transport = 'local'"
    " AND remote_id = :remote_id AND direction = 'in' AND state IN ('RECEIVED', 'RECEIVED_WITH_WARNINGS')"
    " RETURNING mailbox_id, case_id"
)
_FILE = Statement(
    "SELECT m.id, m.head, m.remote_id FROM attachments a"
    " JOIN messages m ON m.organisation_id = a.organisation_id AND m.id = a.message_id"
    " WHERE a.organisation_id = :organisation AND a.id = :id AND m.transport = 'local' AND m.direction = 'in'"
)
_UNOPENED = frozenset({IncomingState.RECEIVED, IncomingState.RECEIVED_WITH_WARNINGS})


def organisation_of(address: Address) -> UUID | None:
    """Return whose mailbox a local address is."""
    return as_uuid(address.organisation_value)


def open_all(platform: Platform, actor: Actor, messages: Iterable[Message]) -> frozenset[UUID]:
    """Claim the opening of a reader's local messages at their senders'; returns the ids of those that are recalled.

    One query for each organisation that they come from, and a transaction for each that is opened for the first time.
    """
    coming: defaultdict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    for message in messages:
        sender, delivery = organisation_of(message.sender), as_uuid(message.remote_id)
        if message.state in _UNOPENED and message.transport == LOCAL and sender and delivery:
            coming[sender][delivery] = message.id
    return frozenset(
        mine[delivery]
        for sender, mine in coming.items()
        for delivery in _unopened(platform, sender, list(mine))
        if not _claim(platform, actor, sender, delivery)
    )


def tell_downloaded(platform: Platform, organisation_id: UUID, attachment_id: UUID) -> None:
    """Let the sender see that a file of a message from this installation has been taken (feature S19)."""
    with platform.database.transaction(organisation_id) as connection:
        row = _FILE.one_or_none(connection, {"organisation": organisation_id, "id": attachment_id})
        if row is None:
            return
        heads = message_store.open_heads(platform, connection, organisation_id, {row.id: row.head})
    sender, delivery = organisation_of(heads[row.id].sender(LOCAL)), as_uuid(row.remote_id)
    if sender and delivery:
        delivery_facts.note(platform, sender, delivery, Fact.DOWNLOADED)


def close_copy(platform: Platform, organisation_id: UUID, delivery_id: UUID) -> None:
    """Mark the recipient's copy of a recalled message; it stays where it is, and is never opened (feature Y3)."""
    with platform.database.transaction(organisation_id) as connection:
        row = _COPY.one_or_none(connection, {"organisation": organisation_id, "remote_id": str(delivery_id)})
        if row is not None:
            actor = Actor(organisation_id, name=LOCAL)
            payload = {"o": organisation_id, "m": row.mailbox_id, "c": row.case_id, "k": "recalled"}
            audit.record_and_tell(connection, actor, "message.recalled", delivery_id, payload, case=str(row.case_id))


def _unopened(platform: Platform, organisation_id: UUID, ids: list[UUID]) -> list[UUID]:
    with platform.database.transaction(organisation_id) as connection:
        rows = _states(connection, organisation_id, ids)
    return [row.id for row in rows if row.opened_at is None]


def _states(connection: Connection, organisation_id: UUID, ids: list[UUID]) -> Sequence[Line]:
    return _STATES.all(connection, {"organisation": organisation_id, "ids": ids})


def _claim(platform: Platform, actor: Actor, sender: UUID, delivery: UUID) -> bool:
    """Open one message; False where it has been recalled. What its sender has destroyed is still the reader's."""
    if delivery_facts.note(platform, sender, delivery, Fact.OPENED, method=actor.method, loa=actor.loa):
        return True
    with platform.database.transaction(sender) as connection:
        states = {row.state for row in _states(connection, sender, [delivery])}
    if DeliveryState.RECALLED.value not in states:
        return True
    close_copy(platform, actor.organisation_id, delivery)
    return False
