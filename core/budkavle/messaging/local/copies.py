"""The reader's copy of a message inside the installation, and the sender's delivery that it claims."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import and_

from budkavle.cases.transitions import move_messages
from budkavle.deliveries import delivery_facts
from budkavle.deliveries.delivery_facts import Fact
from budkavle.model.identifiers import as_uuid
from budkavle.model.messages import Address, Direction, Message
from budkavle.model.people import Actor, GuestActor, SystemActor
from budkavle.model.states import DeliveryState, IncomingState
from budkavle.storage import audit
from budkavle.storage.database import ResultRow
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import messages as messages_table

LOCAL = "local"


class _Queries(QueryFile):
    load_states: Statement


QUERIES = _Queries.load()


def organisation_of(address: Address) -> UUID | None:
    """Return whose mailbox a local address is."""
    return as_uuid(address.organisation_value)


def open_messages(platform: Platform, actor: Actor, messages: Iterable[Message]) -> frozenset[UUID]:
    """Claim the opening of a reader's local messages at their senders'; returns the ids of those that are recalled.

    One query for each organisation that they come from, and a transaction for each that is opened for the first time.
    """
    coming: defaultdict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    for message in messages:
        sender, delivery = organisation_of(message.sender), as_uuid(message.remote_id)
        if sender and delivery:
            coming[sender][delivery] = message.id
    return frozenset(
        mine[delivery]
        for sender, mine in coming.items()
        for delivery in _unopened(platform, sender, list(mine))
        if not _claim(platform, actor, sender, delivery)
    )


def note_downloaded(platform: Platform, sender: Address, remote_id: str) -> None:
    """Let the sender see that a file of a message from this installation has been taken."""
    organisation_id, delivery_id = organisation_of(sender), as_uuid(remote_id)
    if organisation_id and delivery_id:
        with platform.work(SystemActor(organisation_id, LOCAL)) as work:
            delivery_facts.note(work, delivery_id, Fact.DOWNLOADED)


def close_copy(platform: Platform, organisation_id: UUID, delivery_id: UUID) -> None:
    """Mark the recipient's copy of a recalled message; it stays where it is, and is never opened."""
    with platform.work(SystemActor(organisation_id, LOCAL)) as work:
        _close_copy(work, delivery_id)


def _close_copy(work: Work, delivery_id: UUID) -> None:
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


def _states(work: Work, ids: list[UUID]) -> Sequence[ResultRow]:
    return QUERIES.load_states.all(work.connection, {"organisation": work.organisation_id, "ids": ids})


def _claim(platform: Platform, actor: Actor, sender: UUID, delivery: UUID) -> bool:
    """Open one message; False where it has been recalled. What its sender has destroyed is still the reader's."""
    # The sender's log must not name a user of another organisation.
    reader = GuestActor(sender, LOCAL, actor.loa, actor.method)
    with platform.work(SystemActor(sender, LOCAL)) as theirs:
        if delivery_facts.note(theirs, delivery, Fact.OPENED, by=reader):
            return True
        states = {row.state for row in _states(theirs, [delivery])}
    if DeliveryState.RECALLED.value not in states:
        return True
    close_copy(platform, actor.organisation_id, delivery)
    return False
