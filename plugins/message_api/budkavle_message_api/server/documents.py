"""Converts our messages to those of the API."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from msgspec import UNSET, UnsetType

from budkavle import ActorScope, DeliveryState, Host, Message
from budkavle.messaging import open_attachment
from budkavle_message_api.addresses import MESSAGES, VERSION
from budkavle_message_api.formats import (
    Attributes,
    ContentFile,
    DigitalDocument,
    Events,
    Identifier,
    Issue,
    Links,
    MessageDocument,
    MessageList,
    Meta,
    Resource,
    attention,
    stamp,
)
from budkavle_message_api.server import filters
from budkavle_message_api.server.filters import Selection
from budkavle_message_api.server.messages import Item
from budkavle_message_api.status import ACKNOWLEDGE, FAILED, REJECTED, SCHEDULED, WAITING, status_of

EVENT = "urn:event-type:sdk:message"
NONE = "NA"
"""The examples of B1.4.2 write this for an empty value."""
_TITLES = {
    SCHEDULED: "Message scheduled for sending to local Access Point",
    "SUBMITTED": "Message handed over to the transport",
    "SCHEDULED_FOR_RESEND": "Message could not be delivered and will be sent again",
    ACKNOWLEDGE: "Transport receipt received",
    WAITING: "Waiting for receipt from remote party",
    "ACCEPTED": "Message accepted by receiver",
    REJECTED: "Message REJECTED by receiver",
    FAILED: "Message could not be delivered",
    "NEW": "Message received and receipted",
}


def message_document(host: Host, item: Item, selection: Selection) -> MessageDocument:
    """Return the document of one message, with the texts and files that the selection includes."""
    documents = [_document(host, item, selection)] if selection.texts or selection.files else UNSET
    return MessageDocument(
        _resource(item, documents), Meta(VERSION), Links(f"{_messages_url(host)}/{quote(str(item.id))}")
    )


def message_list(
    host: Host, items: Iterable[Item], query: Sequence[tuple[str, str]], selection: Selection, *, more: bool
) -> MessageList:
    """Return the document of a list, which never has texts or files (B1.4.2, page 8)."""
    rest, number = filters.pages(query), selection.number

    def page(to: int) -> str:
        return f"{_messages_url(host)}?{urlencode([*rest, ('page[number]', str(to))])}"

    links = Links(page(number), page(1), page(number - 1) if number > 1 else UNSET, page(number + 1) if more else UNSET)
    return MessageList([_resource(item, UNSET) for item in items], Meta(VERSION), links)


def _messages_url(host: Host) -> str:
    base: str = host.platform.settings.base_url.rstrip("/")
    return base + MESSAGES


def _resource(item: Item, documents: list[DigitalDocument] | UnsetType) -> Resource:
    message, events = item.message, _events(item)
    attributes = Attributes(
        message_status=item.status,  # type: ignore[arg-type] # a word of the table
        creation_date_time=stamp(message.written_at or message.created_at),
        message_id=item.message_id,
        conversation_id=message.conversation_id,
        ref_to_message_id=item.ref_to or UNSET,
        confidentiality=message.confidential,
        generating_system=_generating_system(message),
        recipient_attention=attention(message, item.recipient, "recipient"),
        sender_attention=attention(message, item.sender, "sender"),
        sender=item.sender.organisation_value,
        recipient=item.recipient.organisation_value,
        label=message.subject,
        digital_document=documents,
        events=events,
        event=events,
    )
    return Resource(attributes, id=str(item.id))


def _document(host: Host, item: Item, selection: Selection) -> DigitalDocument:
    message = item.message
    texts = [message.body] if selection.texts and message.body.strip() else UNSET
    files = [_file(host, message, number) for number in range(len(message.attachments))] if selection.files else []
    labels = message.labels
    name = labels.get("documentName", message.subject)
    return DigitalDocument(labels.get("documentId", str(message.id)), name, "1", texts, files or UNSET)


def _generating_system(message: Message) -> Identifier | UnsetType:
    """Return the system that created the message, as its sender names it."""
    root, extension = (message.labels.get(f"generatingSystem.{part}", UNSET) for part in ("root", "extension"))
    return Identifier(root, extension) if root or extension else UNSET


def _file(host: Host, message: Message, number: int) -> ContentFile:
    system = host.system(message.organisation_id, ActorScope.READ)  # the client's access to it has been checked
    with host.work(system) as work:
        file, chunks = open_attachment(work, message.attachments[number].id)
    return ContentFile(file.file_name, file.content_type, b"".join(chunks))


def _events(item: Item) -> Events:
    """Return the events, the latest first (B1.4.2, pages 29, 30 and 37 to 53)."""
    issues: list[Issue] = []
    for event in item.events:
        issues += _issues(item, event.state, event.detail, stamp(event.at))
    if not issues:
        issues = [Issue(item.status, _TITLES.get(item.status, NONE), NONE, NONE, stamp(item.message.created_at))]
    # The examples of B1.4.2 have the bare id here; the OpenAPI file requires a URI.
    instance = f"urn:uuid:{item.message_id}"
    return Events(EVENT, item.status, UNSET, item.status, instance, issues[::-1])


def _issues(item: Item, state: str, detail: str, at: str) -> list[Issue]:
    """Return the issues of one step, the oldest first."""
    told = status_of(state, incoming=False)
    if state == DeliveryState.SEND_ATTEMPT_FAILED:
        return [Issue("SCHEDULED_FOR_RESEND", _TITLES["SCHEDULED_FOR_RESEND"], detail or NONE, NONE, at)]
    if state == DeliveryState.WAITING_FOR_RETRY and not detail:
        return []  # the failure has been reported already
    if state == DeliveryState.WAITING_FOR_RECEIPT:
        return [Issue(code, _TITLES[code], NONE, NONE, at) for code in (ACKNOWLEDGE, WAITING)]
    if state == DeliveryState.REJECTED:
        return [_rejected(REJECTED, at), *_reasons(item, at), _rejected(FAILED, at)]
    return [Issue(told, _TITLES.get(told, NONE), detail or NONE, NONE, at)]


def _rejected(code: str, at: str) -> Issue:
    return Issue(code, _TITLES[REJECTED], NONE, NONE, at)


def _reasons(item: Item, at: str) -> list[Issue]:
    """Return the receipt's own reasons: ResponseCode, StatusReasonCode, StatusReason and LineID (page 54)."""
    parts = ((reason, reason.code.partition(" ")) for reason in reversed(item.reasons))
    return [Issue(code or NONE, detail or NONE, reason.text, reason.place, at) for reason, (code, _, detail) in parts]
