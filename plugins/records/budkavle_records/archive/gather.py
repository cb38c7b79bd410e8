"""Reads a closed case from the core into the contents of a package; the bytes of files are not read yet."""

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from uuid import UUID

from budkavle import (
    ActorScope,
    Address,
    Attachment,
    Conflict,
    Direction,
    Host,
    IncomingState,
    Message,
    Person,
    Reference,
    Work,
)
from budkavle.accounts import find_mailbox, find_organisation, read_settings
from budkavle.cases import ClosedCase, ClosedCaseFilter, closed_cases
from budkavle.deliveries import read_receipts
from budkavle.messaging import CaseView, open_attachment, read_case
from budkavle.organisation import InformationSettings
from budkavle_records.archive.appraisals import appraisal_of, registration_of
from budkavle_records.archive.package.content import (
    ArchivedCase,
    ArchivedDelivery,
    ArchivedFile,
    ArchivedMessage,
    Delivering,
    Happening,
    Party,
)
from budkavle_records.archive.settings import ArchiveSettings, SecrecySettings

NOT_CLOSED = "Ärendet är inte avslutat längre, eller så har det gallrats."


def gather(host: Host, organisation_id: UUID, case_id: UUID) -> tuple[ArchivedCase, Delivering]:
    """Read a closed case and the details of the delivering organisation.

    Args:
        host: The plugin's host.
        organisation_id: The organisation that owns the case.
        case_id: The case.

    Raises:
        Conflict: The case is not closed any more, or has been destroyed.
        Damaged: What is stored is not what was encrypted.
    """
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        closed = next(iter(closed_cases(work, ClosedCaseFilter(ids=[case_id]))), None)
        if closed is None:
            raise Conflict(NOT_CLOSED)
        view = read_case(work, case_id)
        return _case(host, work, closed, view), _delivering(work, closed.mailbox_id)


def _delivering(work: Work, mailbox_id: UUID) -> Delivering:
    chosen, about = read_settings(work, ArchiveSettings), read_settings(work, InformationSettings)
    secrecy = read_settings(work, SecrecySettings, mailbox_id=mailbox_id)
    return Delivering(
        organisation=find_organisation(work).name,
        number="".join(char for char in about.number if char.isdigit()),
        version=version("budkavle"),
        archive=chosen.archive,
        agreement=chosen.agreement,
        reference_code=chosen.reference_code,
        scheme=chosen.scheme,
        regulation=secrecy.regulation or SecrecySettings().regulation,
    )


def _case(host: Host, work: Work, closed: ClosedCase, view: CaseView) -> ArchivedCase:
    messages = sorted((threaded.message for threaded in view.thread), key=lambda message: message.created_at)
    deliveries = {threaded.message.id: threaded for threaded in view.thread}
    readable = [message for message in messages if not _is_destroyed(message)]
    archived = [_message(host, work, message, deliveries[message.id]) for message in messages]
    return ArchivedCase(
        id=closed.id,
        number=closed.number,
        mailbox=find_mailbox(work, closed.mailbox_id).mailbox.name,
        opened_at=closed.opened_at,
        closed_at=closed.closed_at,
        messages=tuple(sorted((*_destroyed(view), *archived), key=lambda message: (message.at, message.id))),
        title=readable[0].subject if readable else "",
        responsible=view.case.holder,
        registration=registration_of(host, work, closed.id),
        appraisal=appraisal_of(host, work, closed),
        happenings=tuple(sorted(_happenings(view), key=lambda happening: happening.at)),
    )


def _destroyed(view: CaseView) -> Iterator[ArchivedMessage]:
    """Yield the messages that have been destroyed: the only thing left of them is that they existed."""
    for gone in view.times.destroyed:
        incoming = gone.direction is Direction.IN
        yield ArchivedMessage(gone.id, gone.created_at, incoming, gone.transport, Party(""), (), destroyed=True)


def _is_destroyed(message: Message) -> bool:
    """Tell whether the only thing left of a message is that it existed."""
    gone = message.state in {IncomingState.RECALLED, IncomingState.DELETED}
    return gone or not (message.sender.value or message.sender.named or message.recipients)


def _message(host: Host, work: Work, message: Message, threaded: object) -> ArchivedMessage:
    incoming = message.direction is Direction.IN
    if _is_destroyed(message):
        return ArchivedMessage(
            message.id, message.created_at, incoming, message.transport, Party(""), (), destroyed=True
        )
    tracks = getattr(threaded, "tracks", ())
    return ArchivedMessage(
        id=message.id,
        at=message.created_at,
        incoming=incoming,
        channel=message.transport,
        sender=_party(message.sender),
        recipients=tuple(_party(address) for address in message.recipients),
        subject=message.subject,
        body=message.body,
        author=message.author,
        confidential=message.confidential,
        loa=int(message.loa),
        remote_id=message.remote_id or "",
        references=tuple(_reference(reference) for reference in message.references),
        persons=tuple(_person(person) for person in message.persons),
        files=tuple(_file(host, work.organisation_id, attachment) for attachment in message.attachments),
        deliveries=tuple(
            ArchivedDelivery(
                _party(track.to.recipient), track.to.state.value, read_receipts(work, track.to.delivery_id)
            )
            for track in tracks
        ),
    )


def _happenings(view: CaseView) -> Iterator[Happening]:
    for event in view.log:
        yield Happening(event.at, "case log", event.kind, who=event.user)
    for threaded in view.thread:
        message = threaded.message
        if message.direction is Direction.IN:
            yield Happening(message.created_at, "message receipt", message.transport, about=message.id)
        if threaded.receipted_at is not None:
            yield Happening(threaded.receipted_at, "receipt sent", message.transport, about=message.id)
        for track in threaded.tracks:
            for step in track.events:
                yield Happening(step.at, "message delivery", step.state, about=message.id)
            for receipt in track.receipts:
                codes = ", ".join(reason.code for reason in receipt.reasons)
                outcome = f"{receipt.state.value} {codes}".strip()
                yield Happening(receipt.received_at, "receipt received", "kvittens", outcome, about=message.id)


def _file(host: Host, organisation_id: UUID, attachment: Attachment) -> ArchivedFile:
    opening = partial(_bytes, host, organisation_id, attachment.id)
    return ArchivedFile(attachment.file_name, attachment.content_type, attachment.size, opening)


def _bytes(host: Host, organisation_id: UUID, attachment_id: UUID) -> Iterator[bytes]:
    """Return the bytes of a file, piece by piece; no connection is held while they are read."""
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        _, pieces = open_attachment(work, attachment_id)
    return pieces


def _party(address: Address) -> Party:
    name = address.name or address.organisation or address.organisation_value or address.value
    return Party(name, address.organisation if address.name else "", address.value, address.transport)


def _person(person: Person) -> Party:
    return Party(person.name or person.value, number=person.value, number_type=person.root)


def _reference(reference: Reference) -> str:
    return f"{reference.label or reference.root}: {reference.value}"
