"""Which mailbox and case an incoming message belongs to.

The mailbox that the address is linked to has priority. Inside it, or if the address is linked to none, the case is
that of the answered message, of the completed one, or of the same conversation. Last comes the case that the message
names by its number or by one of our references, over any transport.
"""

import re
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection

from budkavle.cases import case_updates, message_store
from budkavle.cases.search import FEW, cases_by_number, with_words
from budkavle.cases.tokens import words
from budkavle.messaging import directories
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.messages import Direction, Incoming, Message
from budkavle.storage import locks
from budkavle.storage.database import ResultRow, execute_batch
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    look_up: Statement
    find_case: Statement
    find_conversation: Statement
    mark_answered: Statement
    find_by_case_number: Statement


QUERIES = _Queries.load()

_MARK = re.compile(r"(?i)(?:\b(?:ärende|dnr|ref)\b[.:]*\s*|\[#?)((?:[^\W\d_]+\s)?\d{4}[-/:]\d+)\b")
"""How people name a case, in a subject or first in an SMS: `ärende 2026-0012`, `[2026-0012]`, `dnr KS 2026/7`."""
MOST_NAMED = 3
"""The most numbers of one message that are looked up."""


def linked_mailbox(work: Work, incoming: Incoming) -> UUID | None:
    """Return the mailbox that the transport names, or else the one of the organisation that a directory links to it."""
    if incoming.mailbox_id is not None:
        return incoming.mailbox_id
    return directories.linked_mailbox(work, incoming.organisation_id, incoming.recipient)


def find_duplicate(connection: Connection, incoming: Incoming) -> UUID | None:
    """Return the id of the message if it has been stored before."""
    duplicate: UUID | None = QUERIES.look_up.one(connection, {**_reference(incoming), "linked": None}).duplicate
    return duplicate


def match(connection: Connection, incoming: Incoming, linked: UUID | None) -> tuple[ResultRow, ResultRow | None]:
    """Find the mailbox and the case of an incoming message, in one round trip to the database.

    The message's identifier and its conversation are locked until the transaction ends. Otherwise the same message
    could be stored twice, and two first messages of a conversation could open a case each. The mailboxes are locked
    too, so that none is deleted while a message is stored in it.

    Args:
        connection: Of the transaction that stores the message.
        incoming: The message.
        linked: The mailbox that its address is linked to.

    Returns:
        A row with the id of a duplicate, the linked mailbox if it is in use, and the organisation's default mailbox;
        and the case that continues, locked, or None.
    """
    parameters = {**_reference(incoming), "conversation": incoming.conversation_id, "linked": linked}
    keys = [f"{incoming.organisation_id} {incoming.transport} {incoming.remote_id}"]
    if incoming.conversation_id:
        keys.append(f"{incoming.organisation_id} {incoming.conversation_id}")
    # Mailboxes first, then names, then the case: two arrivals that lock in the same order never deadlock.
    locks.use_mailboxes(connection, incoming.organisation_id)
    locks.one_at_a_time(connection, *keys)
    if incoming.ref_to:
        QUERIES.mark_answered.enqueue(connection, parameters)  # before the case: receipts lock in that order too
    elif not incoming.conversation_id:
        return QUERIES.look_up.one(connection, parameters), None
    find = QUERIES.find_case if incoming.ref_to else QUERIES.find_conversation
    looked, cases = execute_batch(connection, (QUERIES.look_up, parameters), (find, parameters))
    return looked[0], cases[0] if cases else None


def find_referenced_case(work: Work, incoming: Incoming, mailbox_id: UUID) -> ResultRow | None:
    """Return the case of this mailbox that the message names by number or by a reference of ours, locked, or None.

    A sender who knows or guesses a number only puts a message where the mailbox's members see it, and learns nothing.
    """
    marks = _MARK.findall(f"{incoming.subject}\n{incoming.body[:160]}")
    organisation_id = incoming.organisation_id
    our_references = [reference.value for reference in incoming.references if reference.party == "recipient"]
    for value in (*our_references, *marks)[:MOST_NAMED]:
        # Texts are encrypted, so the database finds them by keyed hashes of their words; each hit is decrypted and
        # compared.
        hashes = work.vault.word_hashes(organisation_id, sorted(words(value)), work.connection)
        ids = with_words(work, [mailbox_id], hashes, FEW) if hashes else []
        registered = cases_by_number(work, value) if hashes else []
        known = {"organisation": organisation_id, "mailbox": mailbox_id, "value": value}
        parameters = known | {"ids": [*ids, *registered]}
        for row in QUERIES.find_by_case_number.all(work.connection, parameters) if hashes else ():
            is_numbered = row.number == value or row.id in registered
            if is_numbered or _has_reference(message_store.case_messages(work, row.id), value):
                return case_updates.lock_case(work, row.id)
    return None


def _has_reference(thread: Iterable[Message], value: str) -> bool:
    """Tell whether one of our own references has this value; a counterpart's number need not be unique."""
    ours = {(Direction.OUT, "sender", value.casefold()), (Direction.IN, "recipient", value.casefold())}
    return any(
        (message.direction, it.party, it.value.casefold()) in ours for message in thread for it in message.references
    )


def _reference(incoming: Incoming) -> dict[str, object]:
    return {
        "organisation": incoming.organisation_id,
        "transport": incoming.transport,
        "remote_id": incoming.remote_id,
        "ref_to": incoming.ref_to or None,
        "ref_id": as_uuid(incoming.ref_to),
        "named": incoming.mailbox_id,
    }
