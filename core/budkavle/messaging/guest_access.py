"""One delivery as shown to a reader without an account: a preview before identification, and the message after it.

The caller has identified the reader. This module checks the level and the method once more, claims the opening, and
records the reader's actions on the sender's delivery. It also receives what a guest writes on a page of a mailbox.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.permissions import case_row, require_writer
from budkavle.cases import attachments, file_types, message_store
from budkavle.cases.owned import screening
from budkavle.colours import read_colour
from budkavle.deliveries import delivery_facts
from budkavle.deliveries.delivery_facts import Fact
from budkavle.identification import rate_limit
from budkavle.messaging import assurance, drafts, receiving
from budkavle.messaging.receiving import Accepted
from budkavle.model import sources
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, StepUp, TooLarge, Unavailable
from budkavle.model.loa import Loa
from budkavle.model.messages import LONGEST_BODY, Address, Attachment, File, Incoming, Message, Terms
from budkavle.model.people import GuestActor
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.storage import tables
from budkavle.storage.database import ResultRow
from budkavle.storage.events.traces import record_once
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

NOT_FOUND = "Länken leder inte till något meddelande. Kontrollera att hela adressen kom med."
RECALLED = "Avsändaren har återkallat meddelandet, så det kan inte läsas."
ANOTHER_WAY = (
    "Det visar inte att du är den som meddelandet är till. Välj ett av sätten nedan, eller kontakta avsändaren."
)
DESTROYED = "Meddelandet har tagits bort och kan inte läsas längre. Kontakta avsändaren om du behöver det."
PAUSED = "{organisation} är pausad just nu. Meddelandet finns kvar. Försök igen senare, eller kontakta avsändaren."
ANSWERS = rate_limit.Limit(20, timedelta(hours=1))
"""For one link: more is not a conversation, and each answer costs everybody who opens the case."""
TOO_MANY = "Du har svarat många gånger den senaste timmen. Vänta en stund och försök igen."


class _Queries(QueryFile):
    find_delivery: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class GuestLetter:
    """A guest's message to a mailbox, written on a page.

    Attributes:
        sender: The guest's e-mail address, to which an answer is sent.
        name: The guest's name.
        key: Identifies it, so that it is received only once.
        loa: The level of assurance required to read it.
        case_id: The case that it continues; None for a new one.
    """

    sender: str
    name: str
    subject: str
    body: str
    key: str
    loa: Loa = Loa.NONE
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class GuestPreview:
    """What may be shown of a message before its reader has identified: nothing of its content.

    Attributes:
        organisation: The sender's organisation.
        mailbox: The name of the sending mailbox: a function, or a person.
        mailbox_id: Its id.
        contact: How to ask the sender whether the message is genuine, in the organisation's own words; may be empty.
        state: RECALLED and DELETED say that it can no longer be read.
        opened_at: When it was first opened.
        slug: The organisation's part of addresses, such as that of its accessibility statement.
        logo_url: The address of the organisation's logo; empty if it has none.
        colour: The organisation's own colour, six hexadecimal digits; empty if it has none.
        is_paused: Whether the sender's organisation is paused, so that nothing can be read now.
        language: The language for the reader.
    """

    organisation_id: UUID
    delivery_id: UUID
    organisation: str
    mailbox: str
    contact: str
    recipient: Address
    created_at: datetime
    state: DeliveryState
    loa: Loa
    terms: Terms
    opened_at: datetime | None
    answered_at: datetime | None
    reply_allowed: bool
    slug: str = ""
    logo_url: str = ""
    colour: str = ""
    is_paused: bool = False
    mailbox_id: UUID | None = None

    @property
    def language(self) -> str:
        """The language that the sender chose for the reader."""
        return self.terms.language

    @property
    def readable(self) -> bool:
        """Whether there is still something to read."""
        return self.state not in {DeliveryState.RECALLED, DeliveryState.DELETED}


def logo_url(organisation_id: UUID, version: str) -> str:
    """Return the address of an organisation's logo; empty if it has none."""
    return f"/logo/{organisation_id}/{version}" if version else ""


def guest_preview(work: Work, delivery_id: UUID) -> GuestPreview:
    """Return what may be shown of a message before its reader has identified.

    Raises:
        NotFound: There is no such delivery.
    """
    return _preview(work, _load_row(work, delivery_id))


def open_message(work: Work, delivery_id: UUID, *, method: str, loa: Loa, provider: str = "") -> Message:
    """Return the message to a reader who has identified, and record that it has been opened.

    Args:
        work: The unit of work.
        delivery_id: The delivery that the reader's link belongs to.
        method: The name of the identification method, shown to the sender.
        loa: The level that it reached.
        provider: The identity provider's name, if `method` is not it.

    Raises:
        StepUp: The level is too low.
        Forbidden: The sender requires another identification method, or this one cannot verify, from what the sender
            knows of the reader, that it is this very person.
        Conflict: It has been recalled or destroyed; nothing of it may be shown.
        Unavailable: The sender's organisation is paused.
        NotFound: There is no such delivery.
    """
    _require_access(work, delivery_id, (method, provider), loa)
    guest = GuestActor(work.organisation_id, loa=loa, method=method)
    if not delivery_facts.note(work, delivery_id, Fact.OPENED, by=guest):
        raise Conflict(RECALLED)
    record_once(work, "link.read", delivery_id, provider or method, guest, method=method)
    return _message(work, _load_row(work, delivery_id))


def open_file(  # noqa: PLR0913 - who has identified, how, and what they take
    work: Work,
    delivery_id: UUID,
    attachment_id: UUID,
    *,
    method: str,
    loa: Loa,
    provider: str = "",
    taken: bool = True,
) -> tuple[Attachment, Iterator[bytes]]:
    """Return a file of the message and its bytes, and record that it has been downloaded.

    Args:
        work: A unit of work in the sender's organisation.
        delivery_id: The delivery.
        attachment_id: The file.
        method: As for `open_message`.
        loa: As for `open_message`.
        provider: As for `open_message`.
        taken: False if the reader sees only a small picture of it, in which nothing can be read.

    Raises:
        StepUp, Forbidden, Conflict, NotFound: As `open_message`; NotFound also if the message has no such file.
    """
    message = open_message(work, delivery_id, method=method, loa=loa, provider=provider)
    attachment = next((file for file in message.attachments if file.id == attachment_id), None)
    if attachment is None:
        raise NotFound(attachments.NOT_FOUND)
    if taken:
        delivery_facts.note(work, delivery_id, Fact.DOWNLOADED, by=GuestActor(work.organisation_id))
    work.commit()
    return attachment, attachments.open_file(work.platform, work.organisation_id, attachment_id)


def answer(  # noqa: PLR0913 - all of one answer
    work: Work,
    delivery_id: UUID,
    body: str,
    files: Sequence[File] = (),
    *,
    method: str,
    loa: Loa,
    provider: str = "",
    key: str = "",
    name: str = "",
) -> Accepted:
    """Add the reader's answer to the sender's case; it gets the level of the message it answers.

    Args:
        work: A unit of work in the sender's organisation.
        delivery_id: The delivery to answer.
        body: The reader's text.
        files: The reader's files.
        method: As for `open_message`.
        loa: As for `open_message`.
        provider: As for `open_message`.
        key: Identifies one filled-in form, so that sending it twice answers once.
        name: The reader's name, if known from the identification.

    Raises:
        Invalid: It is empty, or a file is not accepted; `fields` are `body` and `attachments`.
        TooLarge: A file is larger than the settings allow.
        FileRefused: A file contains malware, or is larger than scanners read; `fields` is `attachments`.
        ScannerUnavailable: A file cannot be scanned for malware now; likewise.
        Conflict: The sender does not accept answers, or the message has been recalled.
        StepUp, Forbidden, NotFound: As `open_message`.
    """
    message = open_message(work, delivery_id, method=method, loa=loa, provider=provider)
    work.commit()  # the opening is recorded, even if the answer fails
    if not message.reply_allowed:
        raise Conflict("Avsändaren tar inte emot svar på det här meddelandet.")
    _check_answer(work.platform, body, files)
    if not rate_limit.within(work.platform, ANSWERS, "answer", str(delivery_id)):
        raise Invalid(TOO_MANY, fields={"body": TOO_MANY})
    _screen(work, delivery_id, files)
    preview = guest_preview(work, delivery_id)
    incoming = Incoming(
        organisation_id=work.organisation_id,
        mailbox_id=message.mailbox_id,
        transport=preview.recipient.transport,
        remote_id=f"{delivery_id}:{key or sources.new_id()}",
        sender=replace(preview.recipient, name=name or preview.recipient.name),
        recipient=message.sender,
        subject=drafts.reply(message).subject,
        body=body,
        received_at=sources.now(),
        conversation_id=message.conversation_id,
        ref_to=str(delivery_id),
        files=tuple(files),
        confidential=message.confidential,
        loa=message.loa,
    )
    return receiving.accept(work, incoming)


def receive_letter(work: Work, mailbox_id: UUID, letter: GuestLetter) -> UUID | None:
    """Add what a guest has written on a page to a mailbox, and return its case.

    It is stored under the transport that can answer the guest: the one that reaches people without an account.

    Args:
        work: The unit of work; its actor may write in the mailbox, such as the plugin with the page.
        mailbox_id: The mailbox.
        letter: The guest's message.

    Returns:
        The case; None if the installation has no such transport, and nothing was stored.

    Raises:
        NotFound: There is no such mailbox.
        Invalid: A field is not valid.

    Example:
        case_id = receive_letter(work, mailbox.id, GuestLetter("eva@example.se", "Eva", "Bokad tid", text, key))
    """
    mailbox = require_writer(work, mailbox_id).mailbox
    reaching = (one for one in work.platform.plugins.transports.values() if one.capabilities.guests)
    transport = next((one.name for one in reaching), None)
    if transport is None:
        return None
    incoming = Incoming(
        organisation_id=work.organisation_id,
        mailbox_id=mailbox_id,
        transport=transport,
        remote_id=letter.key,
        sender=Address(transport, letter.sender, name=letter.name),
        recipient=Address(transport, str(mailbox_id), name=mailbox.name),
        subject=letter.subject,
        body=letter.body,
        received_at=sources.now(),
        conversation_id=case_row(work, letter.case_id)["conversation_id"] if letter.case_id else "",
        loa=letter.loa,
    )
    accepted = receiving.accept(work, incoming)
    this = (tables.messages.c.organisation_id == work.organisation_id, tables.messages.c.id == accepted.message_id)
    case_id: UUID = work.connection.execute(select(tables.messages.c.case_id).where(*this)).scalar_one()
    return case_id


def _load_row(work: Work, delivery_id: UUID) -> ResultRow:
    row = QUERIES.find_delivery.one_or_none(work.connection, {"organisation": work.organisation_id, "id": delivery_id})
    if row is None:
        raise NotFound(NOT_FOUND)
    return row


def _preview(work: Work, row: ResultRow) -> GuestPreview:
    gone = not row.recipient
    nobody = Address(row.transport, "")
    return GuestPreview(
        organisation_id=work.organisation_id,
        delivery_id=row.id,
        organisation=row.organisation,
        mailbox=row.mailbox,
        contact=row.contact,
        recipient=nobody if gone else message_store.open_address(work, row.id, row.recipient),
        created_at=row.created_at,
        state=DeliveryState(row.state),
        loa=Loa(row.loa),
        terms=Terms() if gone else message_store.open_terms(work, row.id, row.terms),
        opened_at=row.opened_at,
        answered_at=row.answered_at,
        reply_allowed=row.reply_allowed,
        slug=row.slug,
        logo_url=logo_url(work.organisation_id, row.logo),
        colour=read_colour(row.colour),
        is_paused=row.is_paused,
        mailbox_id=row.mailbox_id,
    )


def _require_access(work: Work, delivery_id: UUID, ways: tuple[str, str], loa: Loa) -> None:
    preview = guest_preview(work, delivery_id)
    if preview.is_paused:
        raise Unavailable(PAUSED, organisation=preview.organisation)
    if not preview.readable:
        raise Conflict(RECALLED if preview.state is DeliveryState.RECALLED else DESTROYED)
    if not loa.meets(preview.loa):
        raise StepUp(
            "Meddelandet kräver tillitsnivå {loa}. Legitimera dig för att läsa det.",
            wanted=preview.loa,
            loa=int(preview.loa),
        )
    if preview.terms.method and preview.terms.method not in ways:
        raise Forbidden("Avsändaren har valt ett annat sätt att legitimera sig. Börja om från länken.")
    usable = assurance.guest_methods(work, preview.loa, preview.terms) if preview.loa > Loa.ONE else []
    if preview.loa > Loa.ONE and not any(provider.name in ways for provider in usable):
        raise Forbidden(ANOTHER_WAY)


def _message(work: Work, row: ResultRow) -> Message:
    (message,) = message_store.messages(work, tables.messages.c.id == row.message_id)
    return message


def _screen(work: Work, delivery_id: UUID, files: Sequence[File]) -> None:
    """Refuse files with malware; no transaction is open, so nothing waits for the scanners."""
    guest = GuestActor(work.organisation_id)
    for file in files:
        name, content = file_types.clean_name(file.file_name), file.content
        read: Callable[[], list[bytes]] = partial(list, [content])
        screening.screen_file(work.platform, guest, delivery_id, name, read, field="attachments")


def _check_answer(platform: Platform, body: str, files: Sequence[File]) -> None:
    fields: dict[str, str] = {}
    if not body.strip() and not files:
        fields["body"] = "Skriv ett svar eller lägg till en fil."
    if len(body) > LONGEST_BODY:
        fields["body"] = "Texten är för lång. Bifoga den som en fil i stället."
    most = platform.settings.uploads
    if len(files) > most.max_files:
        fields["attachments"] = Sentence(
            "Det får vara högst {max_files} bilagor. Ta bort några eller packa ihop dem.", max_files=most.max_files
        )
    for file in files:
        if len(file.content) > most.max_bytes:
            raise TooLarge(
                "Filen är för stor.",
                fields={
                    "attachments": Sentence(
                        "Filen får vara högst {max_bytes} MB.", max_bytes=most.max_bytes // 1_000_000
                    )
                },
            )
        name, kind = file_types.clean_name(file.file_name), file_types.clean_type(file.content_type)
        try:
            file_types.judge(name, kind, file.content[: file_types.HEAD])
        except Invalid as refused:
            fields |= refused.fields
    if fields:
        raise Invalid("Svaret kan inte skickas än. Se vid fälten vad som behöver rättas.", fields=fields)
