"""Polls message services for new messages and for the status of sent ones (B1.4.2, pages 12 to 15)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import msgspec

from budkavle import (
    Address,
    BudkavleError,
    DeliveryState,
    File,
    Host,
    Incoming,
    Person,
    Reason,
    Receipt,
    ReceiptWords,
    Reference,
    Sentence,
    Temporary,
)
from budkavle.messaging import receipt
from budkavle_message_api.formats import Attention, Attributes, DigitalDocument, MessageDocument, text_of
from budkavle_message_api.upstream import connections
from budkavle_message_api.upstream.connections import CLOSING, DONE, IN, OPEN, OUT, Exchanged
from budkavle_message_api.upstream.screening import screened
from budkavle_message_api.upstream.service_client import ServiceClient
from budkavle_message_api.upstream.transport import NAME, STATES, Clients

PAGES = 20
"""Pages of new messages in one poll; the next poll reads the rest."""
MOST_SUBJECT = 256
"""Characters in a subject that the core accepts; the service's own documents set no limit."""
ODD_MESSAGE = "Ett meddelande hos meddelandetjänsten gick inte att ta in. Be er IT-avdelning titta i loggen."
GONE = "Meddelandetjänsten känner inte längre till meddelandet."


class Polling:
    """The job: for each organisation with a service, fetch new messages, read statuses, delete finished ones."""

    def __init__(self, host: Host, clients: Clients) -> None:
        self._host, self._clients = host, clients
        self._failure = Sentence()
        """The error of a single message, for the organisation that is polled now."""

    def run(self) -> int:
        """Poll every service, even if some fail, and return the number of messages with news.

        An organisation that is being moved or has moved is polled for where it works.
        """
        at_work = {organisation.id for organisation in self._host.platform.organisations()}
        return sum(
            self._ask_alone(organisation_id)
            for organisation_id in connections.served(self._host)
            if organisation_id in at_work
        )

    def _ask_alone(self, organisation_id: UUID) -> int:
        try:
            return self._ask(organisation_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this organisation's alone
            parameters = {"organisation": str(organisation_id), "error": type(error).__name__}
            self._host.log.error("message_api.poll_failed", **parameters)  # noqa: TRY400 - the error may hold content
            return 0

    def _ask(self, organisation_id: UUID) -> int:
        client = self._clients.of(organisation_id)
        if client is None:
            return 0
        done, self._failure = 0, Sentence()
        try:
            for work in (self._fetch, self._follow, self._close):
                done += work(client)
            connections.note(self._host, organisation_id, self._failure)
        except BudkavleError as error:
            self._host.log.warning("message_api.service_failed", error=type(error).__name__)
            connections.note(self._host, organisation_id, Sentence.of(error))
        return done

    def _fetch(self, client: ServiceClient) -> int:
        """Fetch new messages; they may be deleted there once they are stored here."""
        organisation_id, done = client.service.organisation_id, 0
        for page in range(1, PAGES + 1):
            listing = client.new(page)
            names = [text_of(resource.id) for resource in listing.data if text_of(resource.id)]
            fetched = connections.already_exchanged(self._host, organisation_id, IN, names) if names else set()
            for name in names:
                if name not in fetched:
                    done += self._alone(name, partial(self._take, client, name))
            if not isinstance(listing.links, msgspec.Struct) or not text_of(listing.links.next):
                break
        return done

    def _take(self, client: ServiceClient, name: str) -> int:
        organisation_id = client.service.organisation_id
        document = client.get(name, whole=True)
        if document is None:
            return 0
        self._host.accept(screened(self._host, incoming(organisation_id, document)))
        connections.exchange(self._host, organisation_id, Exchanged(IN, name, None, CLOSING))
        return 1

    def _follow(self, client: ServiceClient) -> int:
        """Read the status of sent messages."""
        waiting = connections.under_way(self._host, client.service.organisation_id, OPEN)
        return sum(self._alone(sent.remote_id, partial(self._learn, client, sent)) for sent in waiting)

    def _learn(self, client: ServiceClient, sent: Exchanged) -> int:
        organisation_id = client.service.organisation_id
        document = client.get(sent.remote_id, whole=False)
        moved = self._gone(organisation_id, sent) if document is None else self._tell(organisation_id, sent, document)
        ended = document is None or STATES.get(text_of(document.data.attributes.message_status)) in _ENDS
        step = (DONE if document is None else CLOSING) if ended else OPEN
        connections.exchange(self._host, organisation_id, Exchanged(OUT, sent.remote_id, sent.delivery_id, step))
        return int(moved)

    def _tell(self, organisation_id: UUID, sent: Exchanged, one: MessageDocument) -> bool:
        """Pass the service's document to the core, if its status says something about the delivery."""
        if text_of(one.data.attributes.message_status) not in STATES:
            return False
        context = {
            "delivery_id": str(sent.delivery_id),
            "remote_id": sent.remote_id,
            "at": datetime.now(UTC).isoformat(),
        }
        return self._host.receipt(ReceiptWords(organisation_id, NAME, msgspec.json.encode(one), context)).changed

    def _gone(self, organisation_id: UUID, sent: Exchanged) -> bool:
        """Tell the core that the service no longer knows a message."""
        gone = Receipt(
            organisation_id=organisation_id,
            transport=NAME,
            remote_id=str(sent.delivery_id),
            state=DeliveryState.NOT_FOUND,
            at=datetime.now(UTC),
            reasons=(Reason("", GONE),),
            receipt_id=f"{sent.remote_id} GONE",
        )
        with self._host.work(self._host.system(organisation_id)) as work:
            return receipt(work, gone)

    def _close(self, client: ServiceClient) -> int:
        """Delete finished messages there, if the organisation wants that."""
        organisation_id = client.service.organisation_id
        closing = connections.under_way(self._host, organisation_id, CLOSING)
        return sum(self._alone(ended.remote_id, partial(self._delete, client, ended)) for ended in closing)

    def _delete(self, client: ServiceClient, ended: Exchanged) -> int:
        if client.service.deletes:
            client.delete(ended.remote_id)
        connections.exchange(self._host, client.service.organisation_id, replace(ended, step=DONE))
        return 0

    def _alone(self, name: str, work: Callable[[], int]) -> int:
        """Process one message; if that fails, the error is recorded and the others continue."""
        try:
            return work()
        except Temporary:
            raise  # the service is unavailable, not just this message
        except BudkavleError as error:
            self._failure = Sentence.of(error)
        except Exception as error:  # noqa: BLE001 - any error only concerns this message
            self._failure = Sentence(ODD_MESSAGE)
            self._host.log.error("message_api.message_failed", message=name, error=type(error).__name__)  # noqa: TRY400 - the error may hold content
        return 0


_ENDS = frozenset({DeliveryState.ACKNOWLEDGED, DeliveryState.REJECTED, DeliveryState.SEND_FAILURE})


def incoming(organisation_id: UUID, document: MessageDocument) -> Incoming:
    """Return a fetched message in the form that the core stores."""
    attributes = document.data.attributes
    parts = attributes.digital_document if isinstance(attributes.digital_document, list) else []
    texts = [text for part in parts for text in part.content_text_body or () if text.strip()]
    return Incoming(
        organisation_id=organisation_id,
        transport=NAME,
        remote_id=text_of(attributes.message_id) or text_of(document.data.id),
        sender=_address(attributes.sender_attention, attributes.sender),
        recipient=_address(attributes.recipient_attention, attributes.recipient),
        subject=attributes.label[:MOST_SUBJECT],
        body="\n\n".join(texts),
        received_at=datetime.now(UTC),
        conversation_id=text_of(attributes.conversation_id),
        ref_to=text_of(attributes.ref_to_message_id) or None,
        files=tuple(file for part in parts for file in _files(part)),
        confidential=attributes.confidentiality,
        references=tuple(_references(attributes)),
        persons=tuple(_persons(attributes)),
        evidence=msgspec.json.encode(document),
        names_claimed=True,
    )


def _address(attention: object, organisation: str) -> Address:
    if not isinstance(attention, Attention):
        return Address(NAME, "", organisation_value=organisation)
    function = attention.sub_organization
    return Address(NAME, function.extension, text_of(function.label), "", organisation)


def _files(document: DigitalDocument) -> list[File]:
    files = document.content_files if isinstance(document.content_files, list) else []
    return [File(file.file_name, file.content_type, file.content) for file in files]


def _sides(attributes: Attributes) -> list[tuple[str, Attention]]:
    both = (("sender", attributes.sender_attention), ("recipient", attributes.recipient_attention))
    return [(side, attention) for side, attention in both if isinstance(attention, Attention)]


def _references(attributes: Attributes) -> list[Reference]:
    return [
        Reference(reference.root, reference.extension, reference.label, side)
        for side, attention in _sides(attributes)
        for reference in attention.reference_id or ()
    ]


def _persons(attributes: Attributes) -> list[Person]:
    return [
        Person(person.root, person.extension, person.label, side)
        for side, attention in _sides(attributes)
        for person in attention.attention_person or ()
    ]
