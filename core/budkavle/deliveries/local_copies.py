"""The reader's copy of a message inside the installation, and the sender's delivery that it claims."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import and_

from budkavle.cases import message_store
from budkavle.cases.transitions import move_messages
from budkavle.deliveries import delivery_facts
from budkavle.deliveries.delivery_facts import Fact
from budkavle.model.identifiers import as_uuid
from budkavle.model.messages import Address, Direction, Message
from budkavle.model.people import GuestActor, SystemActor
from budkavle.model.states import INCOMING, DeliveryState, IncomingState, before
from budkavle.storage import audit
from budkavle.storage.database import Line
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import messages as messages_table

LOCAL = "local"


class _Queries(QueryFile):
    load_states: Statement
    find_original: Statement


QUERIES = _Queries.load()

_RECALLABLE = before(INCOMING, IncomingState.RECALLED)


def organisation_of(address: Address) -> UUID | None:
    """Return whose mailbox a local address is."""
    return as_uuid(address.organisation_value)


def open_all(work: Work, messages: Iterable[Message]) -> frozenset[UUID]:
    """Claim the opening of a reader's local messages at their senders'; returns the ids of those that are recalled.

    One query for each organisation that they come from, and a transaction for each that is opened for the first time.
    """
    coming: defaultdict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    for message in messages:
        sender, delivery = organisation_of(message.sender), as_uuid(message.remote_id)
        if message.state in _RECALLABLE and message.transport == LOCAL and sender and delivery:
            coming[sender][delivery] = message.id
    if coming:
        work.commit()  # the senders' rows are locked one organisation at a time
    return frozenset(
        mine[delivery]
        for sender, mine in coming.items()
        for delivery in _unopened(work.platform, sender, list(mine))
        if not _claim(work, sender, delivery)
    )


def tell_downloaded(work: Work, attachment_id: UUID) -> None:
    """Let the sender see that a file of a message from this installation has been taken."""
    row = QUERIES.find_original.one_or_none(
        work.connection, {"organisation": work.organisation_id, "id": attachment_id}
    )
    if row is None:
        return
    heads = message_store.open_heads(work, {row.id: row.head})
    sender, delivery = organisation_of(heads[row.id].sender(LOCAL)), as_uuid(row.remote_id)
    if sender and delivery:
        work.commit()
        with work.platform.work(SystemActor(sender, LOCAL)) as theirs:
            delivery_facts.note(theirs, delivery, Fact.DOWNLOADED)


def close_copy(work: Work, delivery_id: UUID) -> None:
    """Mark the recipient's copy of a recalled message; it stays where it is, and is never opened."""
    local_in = and_(messages_table.c.transport == LOCAL, messages_table.c.direction == Direction.IN.value)
    this = and_(local_in, messages_table.c.remote_id == str(delivery_id))
    for _, mailbox_id, case_id in move_messages(work, this, IncomingState.RECALLED):
        actor = SystemActor(work.organisation_id, LOCAL)
        payload = {"o": work.organisation_id, "m": mailbox_id, "c": case_id, "k": "recalled"}
        audit.record_and_tell(work, "message.recalled", delivery_id, payload, actor, case=str(case_id))


def _unopened(platform: Platform, sender: UUID, ids: list[UUID]) -> list[UUID]:
    with platform.work(SystemActor(sender, LOCAL)) as work:
        rows = _states(work, ids)
    return [row.id for row in rows if row.opened_at is None]


def _states(work: Work, ids: list[UUID]) -> Sequence[Line]:
    return QUERIES.load_states.all(work.connection, {"organisation": work.organisation_id, "ids": ids})


def _claim(work: Work, sender: UUID, delivery: UUID) -> bool:
    """Open one message; False where it has been recalled. What its sender has destroyed is still the reader's."""
    # The sender's log must not name a user of another organisation.
    reader = GuestActor(sender, LOCAL, work.actor.loa, work.actor.method)
    with work.platform.work(SystemActor(sender, LOCAL)) as theirs:
        if delivery_facts.note(theirs, delivery, Fact.OPENED, by=reader):
            return True
        states = {row.state for row in _states(theirs, [delivery])}
    if DeliveryState.RECALLED.value not in states:
        return True
    close_copy(work, delivery)
    return False
