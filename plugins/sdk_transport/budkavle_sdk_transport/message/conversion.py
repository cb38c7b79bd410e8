"""From the core's message to an SDK message, and back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from budkavle import Address, Draft, File, Incoming, Message
from budkavle import Person as AnyPerson
from budkavle import Reference as AnyReference
from budkavle_sdk_transport.message.sdk_message import (
    Attachment,
    Identifier,
    Party,
    Person,
    Reference,
    SdkMessage,
)

NAME = "sdk"
SYSTEM = Identifier("unregistred", "Budkavle")
SYSTEM_LABELS = ("generatingSystem.root", "generatingSystem.extension")
MOST_LABEL = 1000
"""Characters of a label that are stored; the specification has no limit, and the evidence has all of it."""


def compose(message: Message, message_id: UUID, recipient: Address, files: Iterable[File]) -> SdkMessage:
    """Return the SDK message for one recipient; each recipient gets one of its own (feature SD9).

    Args:
        message: What the core has stored.
        message_id: The delivery's id; the recipient's answer refers to it.
        recipient: The functional address with its organisation.
        files: The attachments with their bytes.
    """
    return SdkMessage(
        message_id=str(message_id),
        conversation_id=message.conversation_id,
        created_at=message.created_at.astimezone(UTC),
        label=message.subject or None,
        confidential=message.confidential,
        sender=_party(message.sender, "sender", message.persons, message.references),
        recipient=_party(recipient, "recipient", message.persons, message.references),
        texts=(message.body,) if message.body.strip() else (),
        attachments=tuple(Attachment(file.file_name, file.content_type, file.content) for file in files),
        ref_to_message_id=message.ref_to,
        generating_system=_system(message.labels),
        document_name=message.subject or None,
    )


def compose_draft(draft: Draft, sender: Address, recipient: Address, example: UUID) -> SdkMessage:
    """Return what a draft would become, without its files, so that it can be judged before it is stored."""
    return SdkMessage(
        message_id=str(example),
        conversation_id=str(example),
        created_at=datetime.now(UTC),
        label=draft.subject or None,
        confidential=draft.confidential,
        sender=_party(sender, "sender", draft.persons, draft.references),
        recipient=_party(recipient, "recipient", draft.persons, draft.references),
        texts=(draft.body,) if draft.body.strip() else (),
        generating_system=_system(draft.labels),
        document_name=draft.subject or None,
    )


def _system(labels: Mapping[str, str]) -> Identifier:
    """Return the system that made the message: a client of the message API that names itself, otherwise ours."""
    root, extension = (labels.get(name, "").strip() for name in SYSTEM_LABELS)
    return Identifier(root, extension) if root and extension else SYSTEM


def _party(address: Address, side: str, persons: Sequence[AnyPerson], references: Sequence[AnyReference]) -> Party:
    return Party(
        organisation=address.organisation_value,
        label=address.organisation or None,
        function=address.value,
        function_label=address.name or None,
        persons=tuple(_person(person) for person in persons if person.party == side),
        references=tuple(
            Reference(Identifier(reference.root, reference.value), reference.label or None)
            for reference in references
            if reference.party == side
        ),
    )


def _person(person: AnyPerson) -> Person:
    return Person(Identifier(person.root, person.value) if person.value else None, person.name or None)


def incoming(sdk: SdkMessage, organisation_id: UUID, received_at: datetime) -> Incoming:
    """Return what the core stores of an SDK message; receipt and evidence are added by the caller."""
    return Incoming(
        organisation_id=organisation_id,
        transport=NAME,
        remote_id=sdk.message_id,
        sender=_address(sdk.sender),
        recipient=_address(sdk.recipient),
        subject=sdk.label or "",
        body="\n\n".join(_parts(sdk)),
        received_at=received_at,
        conversation_id=sdk.conversation_id,
        ref_to=sdk.ref_to_message_id,
        files=tuple(
            File(attachment.file_name, attachment.content_type, attachment.content) for attachment in sdk.attachments
        ),
        confidential=sdk.confidential,
        references=tuple(_references(sdk.sender, "sender")) + tuple(_references(sdk.recipient, "recipient")),
        persons=tuple(_persons(sdk.sender, "sender")) + tuple(_persons(sdk.recipient, "recipient")),
        names_claimed=True,  # what is verified is the participant (B1.4.7, 5.3.6.2, step 6)
        written_at=sdk.created_at,
        labels=_labels(sdk),
    )


def _parts(sdk: SdkMessage) -> Iterator[str]:
    """Yield what the body says: the texts; of several documents also their names, as headings, and their files."""
    if not sdk.documents:
        yield from sdk.texts
    for document in sdk.documents:
        yield f"## {_one_line(document.name)}"
        yield from document.texts
        if document.file_names:
            yield "\n".join(f"* {_one_line(name)}" for name in document.file_names)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _labels(sdk: SdkMessage) -> dict[str, str]:
    """Return what else the sender's system said, by the names of the OpenAPI file of B1.4.2; the end may be cut."""
    system = sdk.generating_system
    labels = dict(zip(SYSTEM_LABELS, (system.root, system.extension) if system else ("", ""), strict=True)) | {
        "documentId": sdk.document_id,
        "documentName": sdk.document_name or "",
    }
    return {name: _shortened(text) for name, text in labels.items() if text}


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_LABEL else f"{text[: MOST_LABEL - 1]}…"


def _address(party: Party) -> Address:
    return Address(NAME, party.function, party.function_label or "", party.label or "", party.organisation)


def _references(party: Party, side: str) -> Iterable[AnyReference]:
    for reference in party.references:
        yield AnyReference(reference.id.root, reference.id.extension, reference.label or "", side)


def _persons(party: Party, side: str) -> Iterable[AnyPerson]:
    for person in party.persons:
        yield AnyPerson(
            person.id.root if person.id else "", person.id.extension if person.id else "", person.label or "", side
        )
