"""Secure messages between mailboxes of this installation, also of different organisations.

The sender's delivery records what the reader has done; see `openings`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from budkavle import (
    Actor,
    ActorScope,
    Address,
    Attachment,
    Backoff,
    Capabilities,
    DeliveryState,
    Draft,
    Fault,
    Host,
    Incoming,
    Message,
    Outcome,
    Outgoing,
    Permanent,
    Sentence,
    as_uuid,
)
from budkavle.deliveries import Fact, note_fact
from budkavle.web import newcomer
from budkavle_local import openings
from budkavle_local.addresses import FAMILY, NAME, addresses_of, organisation_of

GONE = "Mottagarens brevlåda finns inte längre. Välj en annan mottagare."


class LocalTransport:
    """A `Transport` into mailboxes of this installation.

    Args:
        host: The plugin's host.
    """

    name = NAME
    label = "Säkert meddelande"
    icon = "shield"
    capabilities = Capabilities(
        receipts=True, inbound=True, recall=True, confidentiality=True, markdown=True, family=FAMILY
    )
    backoff = Backoff()

    def __init__(self, host: Host) -> None:
        self._host = host

    def check(self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]) -> list[Fault]:  # noqa: ARG002 - part of the interface
        """Return faults for recipients without a mailbox here, and for a message that is too large."""
        places = [(organisation_of(recipient), as_uuid(recipient.value)) for recipient in draft.recipients]
        addresses = addresses_of(self._host, places)
        faults = [] if all(place in addresses for place in places) else [Fault("recipients", GONE)]
        if sum(file.size for file in files) > self.capabilities.max_bytes:
            megabytes = self.capabilities.max_bytes // 1_000_000
            faults.append(
                Fault(
                    "attachments", Sentence("Bilagorna får tillsammans vara högst {megabytes} MB.", megabytes=megabytes)
                )
            )
        return faults

    def send(self, outgoing: Outgoing) -> Outcome:
        """Put the message into the recipient's mailbox, once."""
        delivery, message = outgoing.delivery, outgoing.message
        if message is None:
            raise Permanent("En kvittens kan inte skickas den här vägen.")
        sender_place = (message.organisation_id, message.mailbox_id)
        organisation_id, mailbox_id = organisation_of(delivery.recipient), as_uuid(delivery.recipient.value)
        addresses = addresses_of(self._host, [sender_place, (organisation_id, mailbox_id)])
        sender, recipient = addresses.get(sender_place), addresses.get((organisation_id, mailbox_id))
        if organisation_id is None or recipient is None or sender is None:
            raise Permanent(GONE)
        others = (to for to in message.recipients if to.transport == NAME and to.value != recipient.value)
        incoming = Incoming(
            organisation_id=organisation_id,
            mailbox_id=mailbox_id,
            transport=NAME,
            remote_id=str(delivery.id),
            sender=sender,
            recipient=recipient,
            subject=message.subject,
            body=message.body,
            received_at=datetime.now(UTC),
            conversation_id=message.conversation_id,
            ref_to=message.ref_to,
            files=tuple(outgoing.files()),
            others=tuple(others),
            confidential=message.confidential,
            references=message.references,
            persons=message.persons,
            loa=message.loa,
            reply_allowed=message.reply_allowed,
        )
        if not self._store(incoming):
            with self._host.work(self._host.system(delivery.organisation_id)) as work:
                note_fact(work, delivery.id, Fact.UNNOTIFIED)
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT)

    def _store(self, incoming: Incoming) -> bool:
        """Store the message. Tell whether its reader is notified of it, if it is a personal inbox."""
        actor = self._host.system(incoming.organisation_id, ActorScope.READ, ActorScope.RESTRICTED)
        with self._host.work(actor) as work:
            accepted = self._host.accept(incoming, work)
            arrived = newcomer(work, accepted.message_id) if accepted.message_id else None
        return arrived is None or arrived.is_told

    def open_messages(self, actor: Actor, messages: Sequence[Message]) -> frozenset[UUID]:
        """Claim the opening of messages at their senders' deliveries, and return the ids of those that are recalled."""
        return openings.open_messages(self._host, actor, messages)

    def downloaded(self, sender: Address, remote_id: str) -> None:
        """Report to the sender that a file has been downloaded."""
        openings.note_downloaded(self._host, sender, remote_id)

    def recalled(self, recipient: Address, delivery_id: UUID) -> None:
        """Mark the recipient's copy as recalled."""
        if organisation_id := organisation_of(recipient):
            openings.mark_copy(self._host, organisation_id, delivery_id)
