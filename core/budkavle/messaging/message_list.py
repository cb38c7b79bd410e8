"""The messages of some mailboxes over some transports, in the order of sending and receiving, for a client that polls.

A received message is listed once, by its id; a sent one once per recipient, by the delivery's id. Messages that are
still held, or destroyed, are left out. Only a system actor with READ may ask; nothing is recorded.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.permissions import require_reader
from budkavle.cases import attachments, message_store
from budkavle.cases.finding.files import texts_of_files
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.messages import Direction
from budkavle.model.sentences import Sentence
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import deliveries, messages

_BEGINNING = datetime.min.replace(year=1900, tzinfo=UTC)
_FIRST_ID = UUID(int=0)


class _Queries(QueryFile):
    since: Statement
    named: Statement
    existing: Statement
    answerable: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages are listed.

    Attributes:
        mailboxes: Only messages of these mailboxes.
        transports: Only messages over these transports.
        states: Only messages in these states of their direction, such as `(Direction.IN, "RECEIVED")`; None for all.
        since: Only messages of this time or later.
        until: Only messages of this time or earlier.
    """

    mailboxes: Collection[UUID]
    transports: Collection[str]
    states: Collection[tuple[Direction, str]] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageMark:
    """A position in the list: the last message that the reader has."""

    at: datetime = _BEGINNING
    id: UUID = _FIRST_ID


@dataclass(frozen=True, slots=True)
class TextPage:
    """What was found in the texts of some messages.

    Attributes:
        cases: The cases in which each of the texts occurs.
        read: How many messages were read.
        last: The last of them; None if none was left.
        unread_files: How many of their files could not be read, such as pictures.
    """

    cases: Mapping[str, frozenset[UUID]]
    read: int
    last: UUID | None
    unread_files: int = 0


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A message in the list; `find_messages` reads its content.

    Attributes:
        id: The message's id if it was received, its delivery's if it was sent.
        message_id: The message's own id.
        state: Its state, in the words of its direction.
        failure: Why it could not be sent.
        remote_id: The sender's id of it, if it was received.
        place: The index of its recipient among the message's recipients, from 0.
    """

    id: UUID
    message_id: UUID
    direction: Direction
    state: str
    mailbox_id: UUID
    created_at: datetime
    failure: str
    transport: str
    remote_id: str | None
    place: int

    @property
    def mark(self) -> MessageMark:
        """The position after it."""
        return MessageMark(self.created_at, self.id)


def messages_since(
    work: Work, conditions: MessageFilter, mark: MessageMark | None = None, limit: int = 200
) -> list[ListedMessage]:
    """Return the messages after a mark, the oldest first.

    Args:
        work: The unit of work, in the messages' organisation.
        conditions: Which messages.
        mark: The last message that the reader has; None starts from the beginning.
        limit: The most to return; fewer mean that there are no more.

    Example:
        page = messages_since(work, MessageFilter([mailbox_id], ["sdk"]), mark)
        mark = page[-1].mark if page else mark
    """
    require_reader(work.actor)
    mark = mark or MessageMark()
    states = (
        None if conditions.states is None else [f"{direction.value}:{state}" for direction, state in conditions.states]
    )
    parameters = {
        **_parameters(work, conditions),
        "states": states,
        "start": conditions.since,
        "stop": conditions.until,
        "mark_at": mark.at,
        "mark_id": mark.id,
        "limit": limit,
    }
    return [_listed(row) for row in QUERIES.since.all(work.connection, parameters)]


def messages_named(work: Work, conditions: MessageFilter, name: str) -> list[ListedMessage]:
    """Return the messages with a name: the one with this id, then those with this remote id.

    Args:
        work: The unit of work, in the messages' organisation.
        conditions: The mailboxes and transports; states and times are ignored.
        name: An id of `ListedMessage`, or the remote id of a received message.
    """
    require_reader(work.actor)
    parameters = {**_parameters(work, conditions), "id": as_uuid(name), "name": name}
    return [_listed(row) for row in QUERIES.named.all(work.connection, parameters)]


def existing_messages(work: Work, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that are a message or a delivery of the organisation."""
    require_reader(work.actor)
    if not ids:
        return set()
    rows = QUERIES.existing.all(work.connection, {"organisation": work.organisation_id, "ids": list(ids)})
    return {row.id for row in rows}


def answerable_message(work: Work, mailbox_id: UUID, name: str) -> UUID | None:
    """Return the message of a mailbox that an answer refers to, if it may be answered.

    Args:
        work: The unit of work, in the message's organisation.
        mailbox_id: Its mailbox.
        name: Its remote id, or the id of the delivery that sent it.
    """
    require_reader(work.actor)
    parameters = {"organisation": work.organisation_id, "mailbox": mailbox_id, "name": name, "id": as_uuid(name)}
    row = QUERIES.answerable.one_or_none(work.connection, parameters)
    return row.id if row else None


def _parameters(work: Work, conditions: MessageFilter) -> dict[str, Any]:
    return {
        "organisation": work.organisation_id,
        "transports": list(conditions.transports),
        "mailboxes": list(conditions.mailboxes),
    }


def _listed(row: ResultRow) -> ListedMessage:
    return ListedMessage(
        id=row.id,
        message_id=row.message_id,
        direction=Direction(row.direction),
        state=row.state,
        mailbox_id=row.mailbox_id,
        created_at=row.created_at,
        failure=Sentence.from_stored(row.failure),
        transport=row.transport,
        remote_id=row.remote_id,
        place=row.place,
    )


def search_texts(work: Work, texts: Collection[str], *, after: UUID | None = None, limit: int = 500) -> TextPage:
    """Search for texts in the content of messages: each is decrypted, so this is for a job, page by page.

    It searches subjects, texts, files with their names (plain texts, PDFs and office documents, which a child process
    reads), and the number that a recipient had to verify, in all mailboxes. It finds whole words, ignoring case.

    Args:
        work: In the organisation.
        texts: The texts to find, such as a name.
        after: The last message of the previous page; None starts with the first.
        limit: How many messages to read.

    Raises:
        Forbidden: The actor is not a system actor with READ.

    Example:
        page = search_texts(work, ["Ida Ahl"])
        while page.last:
            page = search_texts(work, ["Ida Ahl"], after=page.last)
    """
    require_reader(work.actor)
    c = messages.c
    query = select(c.id).where(c.organisation_id == work.organisation_id, c.id > (after or UUID(int=0)))
    ids = list(work.connection.execute(query.order_by(c.id).limit(limit)).scalars())
    if not ids:
        return TextPage({}, 0, None)
    asked = _asked_numbers(work, ids)
    patterns = {text: _as_pattern(text) for text in texts if text.strip()}
    numbers: dict[str, set[UUID]] = {}
    page = message_store.messages(work, c.id.in_(ids))
    files_of_page = [file for message in page for file in message.attachments]
    in_files, unread = texts_of_files(files_of_page, partial(_bytes_of, work))
    for message in page:
        files = (text for file in message.attachments for text in (file.file_name, in_files.get(file.id, "")))
        parts = (message.subject, message.body, message.open_text, *files, *asked.get(message.id, ()))
        content = "\n".join(parts)
        for text, pattern in patterns.items():
            if pattern.search(content):
                numbers.setdefault(text, set()).add(message.case_id)
    return TextPage({text: frozenset(case_ids) for text, case_ids in numbers.items()}, len(ids), ids[-1], unread)


def _bytes_of(work: Work, file_id: UUID) -> Iterable[bytes]:
    return attachments.open_attachment(work, file_id)[1]


def _as_pattern(text: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in text.split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _asked_numbers(work: Work, message_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return the personal identity and phone numbers that the readers of messages had to verify, by message."""
    c = deliveries.c
    these = (c.organisation_id == work.organisation_id, c.message_id.in_(message_ids), c.terms.is_not(None))
    numbers: dict[UUID, list[str]] = {}
    for row in work.connection.execute(select(c.id, c.message_id, c.terms).where(*these)):
        terms = message_store.open_terms(work, row.id, row.terms)
        numbers.setdefault(row.message_id, []).extend((terms.personnummer, terms.phone))
    return numbers
