"""Messages from clients: checked against the client's access and the address book, then sent like other messages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET, UnsetType

from budkavle import Actor, ActorScope, Address, Draft, Host, Person, Reference, Sentence, as_uuid, call
from budkavle.cases import store_attachment
from budkavle.deliveries import delivery_states
from budkavle.messaging import answerable_message, send
from budkavle.storage import QueryFile, Statement
from budkavle_message_api.access import clients
from budkavle_message_api.access.tokens import Access
from budkavle_message_api.formats import (
    Attention,
    Attributes,
    ContentFile,
    Create,
    DigitalDocument,
    Resource,
    text_of,
)
from budkavle_message_api.problems import BadRequest
from budkavle_message_api.server.filters import moment

AT = "data.attributes"


class _Queries(QueryFile):
    lock_name: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Checked:
    """A message whose sender and recipient are verified."""

    mailbox_id: UUID
    sender: Address
    recipient: Address
    message_id: UUID
    attributes: Attributes


def read(body: bytes) -> Resource:
    """Parse the body of a request.

    Raises:
        BadRequest: It does not match the OpenAPI file; the error names the place.
    """
    try:
        return msgspec.json.decode(body, type=Create).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        what, _, where = str(error).partition(" - at `$.")
        raise BadRequest(
            Sentence("Input isn't valid with respect to schema: {what}", what=what), where.rstrip("`") or "data"
        ) from error


def take(host: Host, access: Access, resource: Resource) -> UUID:
    """Check a message, and send it.

    Returns:
        The id of its delivery: the client's own (`messageId`, otherwise `id`), or a new one.

    Raises:
        BadRequest: Something in it is wrong; nothing has been stored.
        Invalid: It breaks a rule of the core or the transport, or a file contains malware; nothing has been stored.
        ScannerUnavailable: A file cannot be scanned for malware now; nothing has been stored.
    """
    checked = _checked(host, access, resource)
    actor = access.client.acting(host)
    _require_new(host, access, checked.message_id)
    draft = _draft(host, actor, checked)  # outside transactions, because its files are scanned
    with host.transaction(access.organisation_id) as connection:
        # Locked until the message is stored, so that simultaneous copies of a request send it once.
        QUERIES.lock_name.one(connection, {"key": f"message_api {access.organisation_id} {checked.message_id}"})
        _require_new(host, access, checked.message_id)
        with host.work(actor) as work:
            send(work, checked.mailbox_id, draft)
            clients.used(host, work, access.client, "api.sent", str(checked.message_id))
    return checked.message_id


def _require_new(host: Host, access: Access, message_id: UUID) -> None:
    with host.work(host.system(access.organisation_id, ActorScope.READ)) as work:
        is_taken = bool(delivery_states(work, [message_id]))
    if is_taken:
        raise BadRequest("Det finns redan ett meddelande med det id:t.", f"{AT}.messageId")


def _checked(host: Host, access: Access, resource: Resource) -> Checked:
    attributes = resource.attributes
    for name in ("message_id", "conversation_id", "ref_to_message_id"):
        _check_uuid(text_of(getattr(attributes, name)), name)
    _check_uuid(text_of(resource.id), "id")
    if attributes.creation_date_time is not UNSET:
        moment(text_of(attributes.creation_date_time), f"{AT}.creationDateTime")
    mailbox_id, sender = _sender(host, access, attributes)
    recipient = _recipient(host, access, sender, attributes)
    name = text_of(attributes.message_id) or text_of(resource.id)
    return Checked(mailbox_id, sender, recipient, as_uuid(name) or uuid4(), attributes)


def _check_uuid(value: str, name: str) -> None:
    """Refuse what is no UUID with its hyphens, the form in which it goes on the network (B1.3.3, 5.1)."""
    if value and str(as_uuid(value)) != value.lower():
        head, *rest = name.split("_")
        place = "data.id" if name == "id" else f"{AT}.{head}{''.join(part.title() for part in rest)}"
        raise BadRequest("Det är inget UUID.", place)


def _sender(host: Host, access: Access, attributes: Attributes) -> tuple[UUID, Address]:
    """Return the mailbox that the client sends from (B1.4.2, page 25, rows 11 and 12)."""
    mine, value = access.mailboxes(host), _function(attributes.sender_attention)
    senders = {identifier: address for identifier, address in mine.items() if value in {"", address.value}}
    if len(senders) != 1:
        raise BadRequest(
            "Klienten får inte skicka från den funktionsadressen, eller så saknas den.",
            f"{AT}.senderAttention.subOrganization.extension",
        )
    ((mailbox_id, address),) = senders.items()
    if attributes.sender != address.organisation_value:
        raise BadRequest("Avsändaren är inte den organisation som funktionsadressen hör till.", f"{AT}.sender")
    return mailbox_id, address


def _recipient(host: Host, access: Access, sender: Address, attributes: Attributes) -> Address:
    """Return the recipient from the address book (B1.4.2, KV Meddelandestatus, SCHEDULED)."""
    value, system = _function(attributes.recipient_attention), host.system(access.organisation_id, ActorScope.READ)
    place = f"{AT}.recipientAttention.subOrganization.extension"
    if not value:
        raise BadRequest("Mottagande funktionsadress saknas.", place)
    for directory in host.platform.plugins.directories.values():
        entry = call(directory.find, system, sender.transport, value)
        if entry is None:
            continue
        address: Address = entry.address
        if attributes.recipient != address.organisation_value:
            raise BadRequest("Mottagaren är inte den organisation som funktionsadressen hör till.", f"{AT}.recipient")
        return address
    raise BadRequest("Mottagande funktionsadress finns inte i adressboken.", place)


def _function(attention: "Attention | msgspec.UnsetType") -> str:
    return attention.sub_organization.extension.strip() if isinstance(attention, Attention) else ""


def _draft(host: Host, actor: Actor, checked: Checked) -> Draft:
    attributes, documents = checked.attributes, _documents(checked.attributes)
    texts = [text for document in documents for text in document.content_text_body or () if text.strip()]
    files = [file for document in documents for file in document.content_files or ()]
    if sum(len(file.content) for file in files) > host.settings.max_bytes:
        limit = host.settings.max_bytes // 1_000_000
        raise BadRequest(
            Sentence("Request message must not be larger than {limit} MB", limit=limit), f"{AT}.digitalDocument"
        )
    return Draft(
        recipients=(checked.recipient,),
        subject=attributes.label,
        body="\n\n".join(texts),
        attachments=tuple(_stored(host, actor, file) for file in files),
        confidential=attributes.confidentiality,
        references=tuple(_references(attributes)),
        persons=tuple(_persons(attributes)),
        reply_to=_answered(host, actor, checked),
        message_id=checked.message_id,
        conversation_id=text_of(attributes.conversation_id),
        ref_to=text_of(attributes.ref_to_message_id) or None,
        labels=_system(attributes),
    )


def _system(attributes: Attributes) -> Mapping[str, str]:
    """Return the labels of the system that made the message, if the client names it fully."""
    if isinstance(attributes.generating_system, UnsetType):
        return {}
    root, extension = text_of(attributes.generating_system.root), text_of(attributes.generating_system.extension)
    is_named = root.strip() and extension.strip()
    return {"generatingSystem.root": root, "generatingSystem.extension": extension} if is_named else {}


def _documents(attributes: Attributes) -> list[DigitalDocument]:
    """Return the documents in the order of their `index`; those without one come last, in their own order."""
    documents = attributes.digital_document if isinstance(attributes.digital_document, list) else []

    def place(document: DigitalDocument) -> int:
        index = text_of(document.index)
        return int(index) if index.isascii() and index.isdigit() and len(index) < 9 else 10**9

    return sorted(documents, key=place)


def _stored(host: Host, actor: Actor, file: ContentFile) -> UUID:
    return store_attachment(host.platform, actor, file.file_name, file.content_type, [file.content]).id


def _sides(attributes: Attributes) -> Mapping[str, Attention]:
    both = {"sender": attributes.sender_attention, "recipient": attributes.recipient_attention}
    return {side: attention for side, attention in both.items() if isinstance(attention, Attention)}


def _references(attributes: Attributes) -> Iterable[Reference]:
    for side, attention in _sides(attributes).items():
        for reference in attention.reference_id or ():
            yield Reference(reference.root, reference.extension, reference.label, side)


def _persons(attributes: Attributes) -> Iterable[Person]:
    for side, attention in _sides(attributes).items():
        for person in attention.attention_person or ():
            yield Person(person.root, person.extension, person.label, side)


def _answered(host: Host, actor: Actor, checked: Checked) -> UUID | None:
    """Return our message that is replied to, so that its case continues; None if it is not here."""
    name = text_of(checked.attributes.ref_to_message_id)
    if not name:
        return None
    with host.work(host.system(actor.organisation_id, ActorScope.READ)) as work:
        return answerable_message(work, checked.mailbox_id, name)
