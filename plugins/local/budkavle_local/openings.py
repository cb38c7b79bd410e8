"""Openings and recalls: the sender's delivery decides whether the reader's copy may be opened.

The remote id of the reader's copy is the id of the delivery. Opening the copy claims the delivery, so that a recalled
message is never read.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from budkavle import Actor, ActorScope, Address, DeliveryState, Host, Message, as_uuid
from budkavle.deliveries import Fact, delivery_states, mark_recalled, note_fact, unopened_deliveries
from budkavle_local.addresses import NAME, organisation_of


def open_messages(host: Host, actor: Actor, messages: Iterable[Message]) -> frozenset[UUID]:
    """Claim the opening of a reader's messages at their senders, and return the ids of those that are recalled.

    It uses one unit of work for each sending organisation, and one for each message that is opened for the first time.
    """
    message_ids: defaultdict[UUID, dict[UUID, UUID]] = defaultdict(dict)
    for message in messages:
        sender_id, delivery_id = organisation_of(message.sender), as_uuid(message.remote_id)
        if sender_id and delivery_id:
            message_ids[sender_id][delivery_id] = message.id
    return frozenset(
        by_delivery[delivery_id]
        for sender_id, by_delivery in message_ids.items()
        for delivery_id in _unopened(host, sender_id, list(by_delivery))
        if not _claim(host, actor, sender_id, delivery_id)
    )


def note_downloaded(host: Host, sender: Address, remote_id: str) -> None:
    """Report to the sender that a file of a message from this installation has been downloaded."""
    organisation_id, delivery_id = organisation_of(sender), as_uuid(remote_id)
    if organisation_id and delivery_id:
        with host.work(host.system(organisation_id)) as work:
            note_fact(work, delivery_id, Fact.DOWNLOADED)


def mark_copy(host: Host, organisation_id: UUID, delivery_id: UUID) -> None:
    """Mark the recipient's copy of a recalled message. It stays where it is, but can never be opened."""
    with host.work(host.system(organisation_id, ActorScope.WRITE)) as work:
        mark_recalled(work, NAME, str(delivery_id))


def _unopened(host: Host, sender_id: UUID, delivery_ids: list[UUID]) -> frozenset[UUID]:
    with host.work(host.system(sender_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        return unopened_deliveries(work, delivery_ids)


def _claim(host: Host, actor: Actor, sender_id: UUID, delivery_id: UUID) -> bool:
    """Open one message. False if it has been recalled. The reader keeps what the sender has destroyed."""
    # The sender's log must not name a user of another organisation.
    reader = actor.as_guest(sender_id, NAME)
    with host.work(host.system(sender_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
        if note_fact(work, delivery_id, Fact.OPENED, by=reader):
            return True
        state = delivery_states(work, [delivery_id]).get(delivery_id)
    if state is not DeliveryState.RECALLED:
        return True
    mark_copy(host, actor.organisation_id, delivery_id)
    return False
