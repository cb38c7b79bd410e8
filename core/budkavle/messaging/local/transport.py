"""Secure messages between mailboxes of this installation, also of different organisations.

The sender's delivery is where it is known what the reader has done: the reader's copy has the delivery's id as its
remote id, and opening the copy claims the delivery (see `facts`), so that nothing recalled is ever read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from budkavle.messaging.local import copies
from budkavle.messaging.local.copies import LOCAL, organisation_of
from budkavle.messaging.receiving import accept
from budkavle.model.errors import Permanent
from budkavle.model.identifiers import as_uuid
from budkavle.model.messages import Address, Attachment, Draft, Fault, Incoming, Message, Outcome, Outgoing
from budkavle.model.people import Actor, SystemActor
from budkavle.model.states import DeliveryState
from budkavle.plugins.protocols import Backoff, Capabilities
from budkavle.storage.database import ResultRow
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform

Place: TypeAlias = tuple[UUID | None, UUID | None]
"""An organisation and a mailbox of it; None where it is none."""
FAMILY = "secure"
"""The kind of message that people choose; transports to people without an account are of it too."""
GONE = "Mottagarens brevlåda finns inte längre. Välj en annan mottagare."


class _Queries(QueryFile):
    find_mailboxes: Statement


QUERIES = _Queries.load()


class LocalTransport:
    """A `Transport` into mailboxes of this installation.

    Args:
        platform: Returns the installation, when it is needed.
    """

    name = LOCAL
    label = "Säkert meddelande"
    icon = "shield"
    capabilities = Capabilities(
        receipts=True, inbound=True, recall=True, confidentiality=True, markdown=True, family=FAMILY
    )
    backoff = Backoff()

    def __init__(self, platform: Callable[[], Platform]) -> None:
        self._platform = platform

    def check(self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]) -> list[Fault]:  # noqa: ARG002 - the promise has them
        """Say which recipients have no mailbox here, and whether it is too large."""
        places = [(organisation_of(one), as_uuid(one.value)) for one in draft.recipients]
        found = addresses_of(self._platform(), places)
        known = [found.get(place) for place in places]
        faults = [Fault("recipients", GONE)] if None in known else []
        if sum(file.size for file in files) > self.capabilities.max_bytes:
            megabytes = self.capabilities.max_bytes // 1_000_000
            faults.append(Fault("attachments", f"Bilagorna får tillsammans vara högst {megabytes} MB."))
        return faults

    def send(self, outgoing: Outgoing) -> Outcome:
        """Put the message into the recipient's mailbox, once."""
        platform, delivery, message = self._platform(), outgoing.delivery, outgoing.message
        if message is None:
            raise Permanent("En kvittens kan inte skickas den här vägen.")
        to = organisation_of(delivery.recipient)
        recipient = address_of(platform, to, delivery.recipient.value)
        sender = address_of(platform, message.organisation_id, str(message.mailbox_id))
        if to is None or recipient is None or sender is None:
            raise Permanent(GONE)
        files = tuple(outgoing.files())
        incoming = Incoming(
            organisation_id=to,
            mailbox_id=as_uuid(recipient.value),
            transport=LOCAL,
            remote_id=str(delivery.id),
            sender=sender,
            recipient=recipient,
            subject=message.subject,
            body=message.body,
            received_at=datetime.now(UTC),
            conversation_id=message.conversation_id,
            ref_to=message.ref_to,
            files=files,
            others=tuple(one for one in message.recipients if one.transport == LOCAL and one.value != recipient.value),
            confidential=message.confidential,
            references=message.references,
            persons=message.persons,
            loa=message.loa,
            reply_allowed=message.reply_allowed,
        )
        with platform.work(SystemActor(to, LOCAL)) as work:
            accept(work, incoming)
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT)

    def open_messages(self, actor: Actor, messages: Sequence[Message]) -> frozenset[UUID]:
        """Claim the opening of messages at their senders' deliveries; returns the ids of those that are recalled."""
        return copies.open_messages(self._platform(), actor, messages)

    def downloaded(self, sender: Address, remote_id: str) -> None:
        """Let the sender see that a file has been taken."""
        copies.note_downloaded(self._platform(), sender, remote_id)

    def recalled(self, recipient: Address, delivery_id: UUID) -> None:
        """Mark the recipient's copy."""
        if to := organisation_of(recipient):
            copies.close_copy(self._platform(), to, delivery_id)


def address_of(platform: Platform, organisation_id: UUID | None, mailbox_id: str) -> Address | None:
    """Return the address of a mailbox of this installation; None where it is not there or its owner's account closed.

    Args:
        platform: The installation.
        organisation_id: Whose it is.
        mailbox_id: An address's value.
    """
    place = (organisation_id, as_uuid(mailbox_id))
    return addresses_of(platform, [place]).get(place)


def addresses_of(platform: Platform, places: Iterable[Place]) -> dict[Place, Address]:
    """Return the addresses of those mailboxes, by organisation and id, that are there: one query an organisation."""
    homes: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for organisation_id, mailbox_id in places:
        if organisation_id and mailbox_id:
            homes[organisation_id].append(mailbox_id)
    found: dict[Place, Address] = {}
    for organisation_id, ids in homes.items():
        with platform.database.transaction(organisation_id) as connection:
            rows = QUERIES.find_mailboxes.all(connection, {"organisation": organisation_id, "ids": ids})
        found |= {(organisation_id, row.id): _as_address(row) for row in rows}
    return found


def _as_address(row: ResultRow) -> Address:
    return Address(LOCAL, str(row.id), row.name, row.organisation, str(row.organisation_id))
