"""The transport `message_service`: an organisation's mailboxes as a client of another message service (MT4).

Our delivery's id is the message's `messageId`, so that a message that may have arrived already can be looked up instead
of being sent twice.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from msgspec import UNSET

from budkavle import (
    Actor,
    Address,
    Attachment,
    Backoff,
    Capabilities,
    Delivery,
    DeliveryState,
    Draft,
    Fault,
    File,
    Host,
    Message,
    Outcome,
    Outgoing,
    Permanent,
    Purpose,
    StateWords,
    Temporary,
)
from budkavle_message_api.formats import (
    Attributes,
    ContentFile,
    Create,
    DigitalDocument,
    MessageDocument,
    Resource,
    attention,
    stamp,
    text_of,
)
from budkavle_message_api.status import ACCEPTED, ACKNOWLEDGE, FAILED, REJECTED, WAITING
from budkavle_message_api.upstream import connections
from budkavle_message_api.upstream.connections import CLOSING, OPEN, OUT, Exchanged
from budkavle_message_api.upstream.service_client import ServiceClient

NAME = "message_service"
NO_SERVICE = "Organisationen är inte ansluten till någon meddelandetjänst. Be er administratör om det."
NO_SENDER = "Brevlådan har ingen funktionsadress i adressboken. Be er administratör lägga in den under Inställningar."
GIVEN_UP = "Meddelandetjänsten har redan gett upp det här meddelandet. Skriv ett nytt, eller ring mottagaren."
TOO_LARGE = "Bilagorna är för stora tillsammans. Ta bort någon, eller skicka dem i flera meddelanden."
STATES = {
    "SCHEDULED_FOR_RESEND": DeliveryState.WAITING_FOR_RETRY,
    ACKNOWLEDGE: DeliveryState.WAITING_FOR_RECEIPT,
    WAITING: DeliveryState.WAITING_FOR_RECEIPT,
    ACCEPTED: DeliveryState.ACKNOWLEDGED,
    REJECTED: DeliveryState.REJECTED,
    FAILED: DeliveryState.SEND_FAILURE,
}
"""The service's statuses as states of our deliveries; other statuses change nothing."""
WORDS: Mapping[DeliveryState, StateWords] = {
    DeliveryState.SEND_IN_PROGRESS: StateWords(sentence="Lämnas just nu till meddelandetjänsten."),
    DeliveryState.SEND_ENQUEUED: StateWords(sentence="Meddelandetjänsten har tagit över det."),
    DeliveryState.WAITING_FOR_RECEIPT: StateWords(
        sentence="Framme hos mottagarens organisation, som ännu inte har kvitterat."
    ),
    DeliveryState.ACKNOWLEDGED: StateWords(sentence="Mottagaren har tagit emot meddelandet (kvittens accepterad)."),
    DeliveryState.NOT_FOUND: StateWords(sentence="Meddelandetjänsten känner inte till meddelandet."),
}
"""The meaning of a delivery's states with this transport."""


class Clients:
    """The client for each organisation's service, cached while its connection is unchanged."""

    def __init__(self, host: Host) -> None:
        self._host, self._lock = host, threading.Lock()
        self._clients: dict[UUID, ServiceClient] = {}

    def of(self, organisation_id: UUID) -> ServiceClient | None:
        """Return an organisation's client; None if it has no service."""
        service = connections.of(self._host, organisation_id)
        with self._lock:
            client = self._clients.get(organisation_id)
            if service is None:
                return None
            if client is None or _way(client) != (service.url, service.token_url, service.client_id, service.public):
                client = self._clients[organisation_id] = ServiceClient(self._host, service)
            client.service = service
            return client


class ServiceTransport:
    """Sends messages through another message service; see `budkavle.Transport`."""

    name = NAME
    label = "SDK (meddelandetjänst)"
    icon = "network"
    backoff = Backoff(first=timedelta(seconds=30), longest=timedelta(hours=1), tries=12)

    state_words = WORDS

    def __init__(self, host: Host, clients: Clients) -> None:
        self._host, self._clients = host, clients
        most: int = host.settings.max_bytes
        self.capabilities = Capabilities(
            receipts=True,
            inbound=True,
            confidentiality=True,
            references=True,
            markdown=True,
            max_bytes=most,
            attachment_bytes=most,
        )

    def check(
        self,
        actor: Actor,
        mailbox_id: UUID,  # noqa: ARG002 - required by the protocol
        draft: Draft,
        files: Sequence[Attachment],
    ) -> list[Fault]:
        """Check that there is a service and a sender, and that the size is within the limit."""
        if connections.of(self._host, actor.organisation_id) is None:
            return [Fault("mailbox", NO_SERVICE)]
        if draft.sender is None or not draft.sender.value:
            return [Fault("mailbox", NO_SENDER)]
        size = len(draft.body.encode()) + sum(file.size for file in files)
        return [Fault("attachments", TOO_LARGE)] if size > self.capabilities.max_bytes else []

    def send(self, outgoing: Outgoing) -> Outcome:
        """Submit the message, or find that the service already has it; see `budkavle.Transport.send`."""
        delivery = outgoing.delivery
        client = self._clients.of(delivery.organisation_id)
        if client is None:
            raise Temporary(NO_SERVICE)
        if outgoing.message is None or delivery.purpose is not Purpose.MESSAGE:
            raise Permanent("Meddelandetjänsten kvitterar själv; vi skickar inga kvittenser genom den.")
        again = outgoing.wire is not None
        wire = outgoing.wire or outgoing.keep(written(outgoing.message, delivery, tuple(outgoing.files())))
        existing = client.get(str(delivery.id), whole=False) if again else None
        if existing is None:
            name = client.post(wire) or str(delivery.id)
            self._remember(delivery, name, OPEN)
            return Outcome(DeliveryState.SEND_ENQUEUED, str(delivery.id))
        name, told = (
            text_of(existing.data.id) or str(delivery.id),
            text_of(existing.data.attributes.message_status),
        )
        state = STATES.get(told, DeliveryState.SEND_ENQUEUED)
        if state is DeliveryState.SEND_FAILURE and connections.already_exchanged(
            self._host, delivery.organisation_id, OUT, [name]
        ):
            raise Permanent(GIVEN_UP)
        # A final status and its reasons are read by the job, as for any other message; repeating a status changes
        # nothing.
        self._remember(delivery, name, OPEN)
        return Outcome(_under_way(state), str(delivery.id))

    def _remember(self, delivery: Delivery, name: str, step: str) -> None:
        connections.exchange(self._host, delivery.organisation_id, Exchanged(OUT, name, delivery.id, step))


def written(message: Message, delivery: Delivery, files: Sequence[File]) -> bytes:
    """Return the body of the request that sends a message to one recipient."""
    recipient: Address = delivery.recipient
    document = DigitalDocument(
        str(message.id),
        message.subject,
        "1",
        [message.body] if message.body.strip() else UNSET,
        [ContentFile(file.file_name, file.content_type, file.content) for file in files] or UNSET,
    )
    attributes = Attributes(
        creation_date_time=stamp(message.created_at),
        message_id=str(delivery.id),
        conversation_id=message.conversation_id,
        ref_to_message_id=message.ref_to or UNSET,
        confidentiality=message.confidential,
        recipient_attention=attention(message, recipient, "recipient"),
        sender_attention=attention(message, message.sender, "sender"),
        sender=message.sender.organisation_value,
        recipient=recipient.organisation_value,
        label=message.subject,
        digital_document=[document],
    )
    return msgspec.json.encode(Create(Resource(attributes, id=str(delivery.id))))


def _under_way(state: DeliveryState) -> DeliveryState:
    waiting = state is DeliveryState.WAITING_FOR_RECEIPT
    return DeliveryState.WAITING_FOR_RECEIPT if waiting else DeliveryState.SEND_ENQUEUED


def _way(client: ServiceClient) -> tuple[str, str, str, str]:
    service = client.service
    return service.url, service.token_url, service.client_id, service.public


__all__ = ["CLOSING", "NAME", "STATES", "Clients", "MessageDocument", "ServiceTransport", "written"]
