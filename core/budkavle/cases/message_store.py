"""Conversion between rows and messages: encrypts one when writing, decrypts many at once when reading.

A message has two encrypted parts, each with a key of its own (design, section 5): `head` is what a list shows,
`body` is the rest. After the keys are destroyed, the row says only that a message existed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, true

from budkavle.cases.tokens import words
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Attachment, Direction, Message, Person, Reference, SenderCheck, Terms
from budkavle.model.sentences import Sentence
from budkavle.model.states import IncomingState
from budkavle.storage import tables
from budkavle.storage.platform import Platform, Work
from budkavle.storage.vault import Destroyed, Slot

GONE = "Gallrat meddelande"
"""The subject of a message whose keys have been destroyed."""


GONE_FILE = "gallrad fil"
"""The name of a file whose keys have been destroyed."""


class Head(msgspec.Struct, frozen=True):
    """The part that a list shows. `senders` has one address for each transport that carries the message."""

    subject: str
    senders: tuple[Address, ...]
    recipients: tuple[Address, ...]
    on_behalf_of: str = ""
    claimed: Address | None = None
    """The sender's own claim of who it is; see `senders`."""

    def sender(self, transport: str) -> Address:
        """Return the sender's address for this transport, or the first one if it has none."""
        matching = (address for address in self.senders if address.transport == transport)
        return next(matching, self.senders[0] if self.senders else Address(transport, ""))


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """The part that is read when the message is opened."""

    text: str
    references: tuple[Reference, ...] = ()
    persons: tuple[Person, ...] = ()
    warnings: tuple[str, ...] = ()
    open_text: str = ""
    written_at: datetime | None = None
    labels: dict[str, str] = {}


GONE_HEAD = Head(GONE, (), ())
_GONE_BODY = Body("")
_PERSONAL = re.compile(r"[^@\s]+@[^@\s]+$|\+\d+$")
"""An e-mail address or a telephone number."""
_ENCODER = msgspec.json.Encoder()
_HEADS = msgspec.json.Decoder(Head)
_BODIES = msgspec.json.Decoder(Body)
_ADDRESSES = msgspec.json.Decoder(Address)
_TERMS = msgspec.json.Decoder(Terms)


def parts(head: Head, body: Body) -> dict[str, bytes]:
    """Return the parts of a message as `Vault.seal` takes them."""
    return {"head": encoded(head), "body": _ENCODER.encode(body)}


def encoded(head: Head) -> bytes:
    """Return the encoded head, not yet encrypted."""
    return _ENCODER.encode(head)


def index_words(work: Work, head: Head, body: Body) -> list[int]:
    """Return the keyed hashes of a case's search words: of the subject, the names and the references."""
    texts = [head.subject, *names_and_numbers(head, body)]
    return work.vault.word_hashes(work.organisation_id, sorted(words(*texts)), work.connection)


def names_and_numbers(head: Head, body: Body) -> list[str]:
    """Return the people that a message is from, to and about, and its references."""
    people = [*head.senders, *head.recipients, *([head.claimed] if head.claimed else [])]
    texts = [text for address in people for text in (address.name, address.organisation)]
    # Personal addresses, which people search for; those of function mailboxes are long, and nobody searches for them.
    texts += [address.value for address in people if _PERSONAL.match(address.value)]
    texts += [text for reference in body.references for text in (reference.value, reference.label)]
    return texts + [text for person in body.persons for text in (person.value, person.name)]


def case_words(work: Work, case_id: UUID, since: datetime | None = None) -> list[int]:
    """Return the keyed hashes of a case's search words, from all its messages or from those since a given time."""
    return words_by_case(work, [case_id], since).get(case_id, [])


def words_by_case(work: Work, case_ids: Sequence[UUID], since: datetime | None = None) -> dict[UUID, list[int]]:
    """Return the keyed hashes for some cases, as `case_words` does, with two queries for all of them."""
    table = tables.messages
    left = (table.c.case_id.in_(case_ids), table.c.state.is_distinct_from(IncomingState.DELETED.value))
    new = table.c.created_at >= since if since else true()
    query = select(table.c.id, table.c.case_id, table.c.head, table.c.body).where(
        table.c.organisation_id == work.organisation_id, *left, new
    )
    rows = work.connection.execute(query).all()
    sealed = [(row.id, part, getattr(row, part)) for row in rows for part in ("head", "body")]
    opened = work.vault.open(work.connection, work.organisation_id, sealed) if sealed else []
    by_case: defaultdict[UUID, set[int]] = defaultdict(set)
    for row, head, body in zip(rows, opened[::2], opened[1::2], strict=True):
        if head and body:
            by_case[row.case_id].update(index_words(work, _HEADS.decode(head), _BODIES.decode(body)))
    return {case_id: sorted(words_of_case) for case_id, words_of_case in by_case.items()}


def seal_address(work: Work, delivery_id: UUID, address: Address, slot: Slot | None = None) -> bytes:
    """Encrypt a recipient for its delivery row; it opens in no other row, and is destroyed with its message's slot."""
    content = _ENCODER.encode(address)
    return work.vault.seal_small(work.organisation_id, f"recipient:{delivery_id}", content, work.connection, slot)


def open_address(work: Work, delivery_id: UUID, sealed: bytes) -> Address:
    """Decrypt an address from `seal_address`; it has no value if its message is destroyed."""
    try:
        plain = work.vault.open_small(work.organisation_id, f"recipient:{delivery_id}", sealed, work.connection)
    except Destroyed:
        return Address("", "")
    return _ADDRESSES.decode(plain)


def seal_terms(work: Work, delivery_id: UUID, terms: Terms | None, slot: Slot | None = None) -> bytes | None:
    """Encrypt a recipient's access terms for its delivery row; None if there are none."""
    if terms is None or terms == Terms():
        return None
    content = _ENCODER.encode(terms)
    return work.vault.seal_small(work.organisation_id, f"terms:{delivery_id}", content, work.connection, slot)


def open_terms(work: Work, delivery_id: UUID, sealed: bytes | None) -> Terms:
    """Decrypt terms from `seal_terms`; there are none if the message is destroyed."""
    if sealed is None:
        return Terms()
    try:
        plain = work.vault.open_small(work.organisation_id, f"terms:{delivery_id}", sealed, work.connection)
    except Destroyed:
        return Terms()
    return _TERMS.decode(plain)


def seal_name(work: Work, attachment_id: UUID, file_name: str, slot: Slot | None = None) -> bytes:
    """Encrypt a file's name for its attachment row; it is destroyed with the file's slot."""
    name = file_name.encode()
    return work.vault.seal_small(work.organisation_id, f"file-name:{attachment_id}", name, work.connection, slot)


def attachment(platform: Platform, row: Row[Any]) -> Attachment:
    """Make an attachment from a row of `attachments`."""
    try:
        name = platform.vault.open_small(row.organisation_id, f"file-name:{row.id}", row.name).decode()
    except Destroyed:
        name = GONE_FILE
    return Attachment(row.id, name, row.content_type, row.size)


def open_heads(work: Work, sealed: Mapping[UUID, bytes]) -> dict[UUID, Head]:
    """Decrypt the heads of many messages (id: ciphertext) with one query, for a list."""
    opened = work.vault.open(
        work.connection, work.organisation_id, [(owner, "head", part) for owner, part in sealed.items()]
    )
    return {owner: _HEADS.decode(plain) if plain else GONE_HEAD for owner, plain in zip(sealed, opened, strict=True)}


def messages(work: Work, *conditions: ColumnElement[bool]) -> list[Message]:
    """Return the messages that meet the conditions, oldest first, decrypted with three queries for any number."""
    table, users = tables.messages, tables.users
    author = and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.author_id)
    query: Select[Any] = select(*tables.without_bytes(table), users.c.name.label("author"))
    query = query.select_from(table.outerjoin(users, author))
    query = query.where(table.c.organisation_id == work.organisation_id, *conditions)
    rows = work.connection.execute(query.order_by(table.c.created_at, table.c.id)).all()
    return open_rows(work, rows)


def case_messages(work: Work, case_id: UUID, since: datetime | None = None) -> list[Message]:
    """Return the thread of a case, without messages that are held, deleted, or older than a delegation."""
    state = tables.messages.c.state
    visible = or_(state.is_(None), state.not_in((IncomingState.HELD.value, IncomingState.DELETED.value)))
    new = tables.messages.c.created_at >= since if since else true()
    return messages(work, tables.messages.c.case_id == case_id, visible, new)


def open_rows(work: Work, rows: Sequence[Row[Any]]) -> list[Message]:
    """Decrypt rows of `messages` that also have the column `author`."""
    sealed_parts = [(row.id, part, getattr(row, part)) for row in rows for part in ("head", "body")]
    opened = work.vault.open(work.connection, work.organisation_id, sealed_parts) if sealed_parts else []
    files = attachments(work, [row.id for row in rows if row.attachments])
    return [
        _message(row, head, body, files.get(row.id, ()))
        for row, head, body in zip(rows, opened[::2], opened[1::2], strict=True)
    ]


def attachments(work: Work, message_ids: Iterable[UUID]) -> dict[UUID, tuple[Attachment, ...]]:
    """Return the attachments of many messages, each in its sender's order."""
    ids = list(message_ids)
    by_message: defaultdict[UUID, list[Attachment]] = defaultdict(list)
    table = tables.attachments
    if ids:
        rows = work.connection.execute(
            select(table)
            .where(table.c.organisation_id == work.organisation_id, table.c.message_id.in_(ids))
            .order_by(table.c.message_id, table.c.position)
        )
        for row in rows:
            by_message[row.message_id].append(attachment(work.platform, row))
    return {message_id: tuple(files) for message_id, files in by_message.items()}


def _message(row: Row[Any], head: bytes | None, body: bytes | None, files: tuple[Attachment, ...]) -> Message:
    head_content = _HEADS.decode(head) if head else GONE_HEAD
    body_content = _BODIES.decode(body) if body else _GONE_BODY
    return Message(
        id=row.id,
        organisation_id=row.organisation_id,
        mailbox_id=row.mailbox_id,
        case_id=row.case_id,
        direction=Direction(row.direction),
        transport=row.transport,
        subject=head_content.subject,
        body=body_content.text,
        sender=head_content.sender(row.transport),
        recipients=head_content.recipients,
        created_at=row.created_at,
        conversation_id=row.conversation_id,
        state=IncomingState(row.state) if row.state else None,
        remote_id=row.remote_id,
        ref_to=row.ref_to,
        confidential=row.confidential,
        attachments=files,
        references=body_content.references,
        persons=body_content.persons,
        claimed=head_content.claimed,
        sender_check=SenderCheck(row.sender_check) if row.sender_check else None,
        author=row.author or "",
        on_behalf_of=head_content.on_behalf_of,
        warnings=tuple(Sentence.from_stored(warning) for warning in body_content.warnings),
        loa=Loa(row.loa),
        reply_allowed=row.reply_allowed,
        open_text=body_content.open_text,
        written_at=body_content.written_at,
        labels=body_content.labels,
    )
