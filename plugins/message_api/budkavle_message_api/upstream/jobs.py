"""Asks message services what is new and how far what was sent has come; a client polls (B1.4.2, pages 12 to 15)."""

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
    Temporary,
    receipt,
)
from budkavle_message_api.formats import Attention, Attributes, DigitalDocument, One, given
from budkavle_message_api.upstream import connections
from budkavle_message_api.upstream.connections import CLOSING, DONE, IN, OPEN, OUT, Exchanged
from budkavle_message_api.upstream.service_client import ServiceClient
from budkavle_message_api.upstream.transport import NAME, STATES, Clients

PAGES = 20
MOST_SUBJECT = 256
"""Characters of a subject that the core takes; the service's own documents say no number."""
"""How many pages of new messages are read at a time; the rest are there the next time."""
ODD_MESSAGE = "Ett meddelande hos meddelandetjänsten gick inte att ta in. Be driften titta i loggen."
GONE = "Meddelandetjänsten känner inte längre till meddelandet."


class Polling:
    """The job: for each organisation with a service, what has come in, what was sent, what may be deleted there."""

    def __init__(self, host: Host, clients: Clients) -> None:
        self._host, self._clients = host, clients
        self._failure = ""
        """What went wrong with one message, of the organisation that is asked for now."""

    def run(self) -> int:
        """Ask every service; one that fails stops no other. Returns how many messages were moved on."""
        return sum(self._ask(organisation_id) for organisation_id in connections.served(self._host))

    def _ask(self, organisation_id: UUID) -> int:
        client = self._clients.of(organisation_id)
        if client is None:
            return 0
        done, self._failure = 0, ""
        try:
            for work in (self._fetch, self._follow, self._close):
                done += work(client)
            connections.note(self._host, organisation_id, self._failure)
        except BudkavleError as error:
            self._host.log.warning("message_api.service_failed", error=type(error).__name__)
            connections.note(self._host, organisation_id, str(error))
        return done

    def _fetch(self, client: ServiceClient) -> int:
        """Take in what is new; it may be deleted there once it is stored here."""
        organisation_id, done = client.service.organisation_id, 0
        for page in range(1, PAGES + 1):
            found = client.new(page)
            names = [given(one.id) for one in found.data if given(one.id)]
            seen = connections.known(self._host, organisation_id, IN, names) if names else set()
            for name in names:
                if name not in seen:
                    done += self._alone(name, partial(self._take, client, name))
            if not isinstance(found.links, msgspec.Struct) or not given(found.links.next):
                break
        return done

    def _take(self, client: ServiceClient, name: str) -> int:
        organisation_id = client.service.organisation_id
        one = client.get(name, whole=True)
        if one is None:
            return 0
        self._host.accept(incoming(organisation_id, one))
        connections.exchange(self._host, organisation_id, Exchanged(IN, name, None, CLOSING))
        return 1

    def _follow(self, client: ServiceClient) -> int:
        """Learn how far what was sent has come."""
        waiting = connections.under_way(self._host, client.service.organisation_id, OPEN)
        return sum(self._alone(one.remote_id, partial(self._learn, client, one)) for one in waiting)

    def _learn(self, client: ServiceClient, sent: Exchanged) -> int:
        organisation_id = client.service.organisation_id
        one = client.get(sent.remote_id, whole=False)
        moved = self._gone(organisation_id, sent) if one is None else self._tell(organisation_id, sent, one)
        ended = one is None or STATES.get(given(one.data.attributes.message_status)) in _ENDS
        step = (DONE if one is None else CLOSING) if ended else OPEN
        connections.exchange(self._host, organisation_id, Exchanged(OUT, sent.remote_id, sent.delivery_id, step))
        return int(moved)

    def _tell(self, organisation_id: UUID, sent: Exchanged, one: One) -> bool:
        """Hand the service's words to the core, where they say something of how it went."""
        if given(one.data.attributes.message_status) not in STATES:
            return False
        context = {
            "delivery_id": str(sent.delivery_id),
            "remote_id": sent.remote_id,
            "at": datetime.now(UTC).isoformat(),
        }
        return self._host.receipt(ReceiptWords(organisation_id, NAME, msgspec.json.encode(one), context)).changed

    def _gone(self, organisation_id: UUID, sent: Exchanged) -> bool:
        """Tell the core that the service knows nothing of a message any more."""
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
        """Delete there what both sides are done with, where the organisation wants that."""
        organisation_id = client.service.organisation_id
        closing = connections.under_way(self._host, organisation_id, CLOSING)
        return sum(self._alone(one.remote_id, partial(self._delete, client, one)) for one in closing)

    def _delete(self, client: ServiceClient, one: Exchanged) -> int:
        if client.service.deletes:
            client.delete(one.remote_id)
        connections.exchange(self._host, client.service.organisation_id, replace(one, step=DONE))
        return 0

    def _alone(self, name: str, work: Callable[[], int]) -> int:
        """Do something with one message; one that cannot be dealt with is told of, and the others go on."""
        try:
            return work()
        except Temporary:
            raise  # it is the service that is away, not this message
        except BudkavleError as error:
            self._failure = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's alone
            self._failure = ODD_MESSAGE
            self._host.log.error("message_api.message_failed", message=name, error=type(error).__name__)  # noqa: TRY400 - the error may hold content
        return 0


_ENDS = frozenset({DeliveryState.ACKNOWLEDGED, DeliveryState.REJECTED, DeliveryState.SEND_FAILURE})


def incoming(organisation_id: UUID, one: One) -> Incoming:
    """Return what the core stores of a message that has been fetched."""
    attributes = one.data.attributes
    documents = attributes.digital_document if isinstance(attributes.digital_document, list) else []
    texts = [text for document in documents for text in document.content_text_body or () if text.strip()]
    return Incoming(
        organisation_id=organisation_id,
        transport=NAME,
        remote_id=given(attributes.message_id) or given(one.data.id),
        sender=_address(attributes.sender_attention, attributes.sender),
        recipient=_address(attributes.recipient_attention, attributes.recipient),
        subject=attributes.label[:MOST_SUBJECT],
        body="\n\n".join(texts),
        received_at=datetime.now(UTC),
        conversation_id=given(attributes.conversation_id),
        ref_to=given(attributes.ref_to_message_id) or None,
        files=tuple(file for document in documents for file in _files(document)),
        confidential=attributes.confidentiality,
        references=tuple(_references(attributes)),
        persons=tuple(_persons(attributes)),
        evidence=msgspec.json.encode(one),
        names_claimed=True,
    )


def _address(attention: object, organisation: str) -> Address:
    if not isinstance(attention, Attention):
        return Address(NAME, "", organisation_value=organisation)
    function = attention.sub_organization
    return Address(NAME, function.extension, given(function.label), "", organisation)


def _files(document: DigitalDocument) -> list[File]:
    files = document.content_files if isinstance(document.content_files, list) else []
    return [File(one.file_name, one.content_type, one.content) for one in files]


def _sides(attributes: Attributes) -> list[tuple[str, Attention]]:
    both = (("sender", attributes.sender_attention), ("recipient", attributes.recipient_attention))
    return [(side, one) for side, one in both if isinstance(one, Attention)]


def _references(attributes: Attributes) -> list[Reference]:
    return [
        Reference(one.root, one.extension, one.label, side)
        for side, attention in _sides(attributes)
        for one in attention.reference_id or ()
    ]


def _persons(attributes: Attributes) -> list[Person]:
    return [
        Person(one.root, one.extension, one.label, side)
        for side, attention in _sides(attributes)
        for one in attention.attention_person or ()
    ]
