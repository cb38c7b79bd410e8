"""Which mailbox and case an incoming message belongs to.

The mailbox that the address is linked to comes first; inside it, or where the address is linked to none, the case
of what is answered, of what is completed, or of the same conversation; last the case that the message names by its
number or by a reference of ours, whatever way it came (feature Z3).
"""

import re
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection

from budkavle.cases import case_updates, message_store
from budkavle.cases.search import FEW, with_words
from budkavle.model.identifiers import as_uuid
from budkavle.model.messages import Direction, Incoming, Message
from budkavle.model.tokens import words
from budkavle.plugins.calls import call
from budkavle.storage import locks
from budkavle.storage.database import Line, Statement, together
from budkavle.storage.platform import Platform, Work

_LINKED = "(SELECT id FROM mailboxes WHERE organisation_id = :organisation AND id = CAST(:linked AS uuid)"
_LINKED += " AND deleted_at IS NULL)"
"""The mailbox that the address is linked to, if it is in use."""
_LOOK = Statement(
    "SELECT (SELECT id FROM messages"  # noqa: S608 - constants
    "  WHERE organisation_id = :organisation AND transport = :transport AND remote_id = :remote_id"
    "  AND direction = 'in') AS duplicate,"
    " (SELECT count(*) FROM organisations WHERE id = :organisation) AS organisations,"
    " (SELECT count(*) FROM mailboxes WHERE organisation_id = :organisation AND id = CAST(:named AS uuid)) AS named,"
    f" {_LINKED} AS linked,"
    " (SELECT id FROM mailboxes WHERE organisation_id = :organisation AND is_default AND deleted_at IS NULL"
    "  LIMIT 1) AS fallback"
)
_GOES_ON = Statement(
    "SELECT c.id, c.mailbox_id, c.state, c.messages FROM cases c"  # noqa: S608 - constants
    " JOIN mailboxes b ON b.organisation_id = c.organisation_id AND b.id = c.mailbox_id AND b.deleted_at IS NULL"
    " WHERE c.organisation_id = :organisation AND c.conversation_id = :conversation"
    f" AND coalesce(c.mailbox_id = {_LINKED}, true)"
    " ORDER BY c.active_at DESC LIMIT 1 FOR UPDATE OF c"
)
_PLACE = Statement(
    "WITH found AS ("  # noqa: S608 - constants
    " SELECT 1 AS rank, m.case_id FROM deliveries d JOIN messages m"
    "  ON m.organisation_id = d.organisation_id AND m.id = d.message_id"
    "  WHERE d.organisation_id = :organisation AND d.id = CAST(:ref_id AS uuid) AND d.purpose = 'message'"
    " UNION ALL SELECT 1, m.case_id FROM deliveries d JOIN messages m"
    "  ON m.organisation_id = d.organisation_id AND m.id = d.message_id"
    "  WHERE d.organisation_id = :organisation AND d.transport = :transport AND d.remote_id = :ref_to"
    "  AND d.purpose = 'message'"
    " UNION ALL SELECT 2, case_id FROM messages WHERE organisation_id = :organisation AND transport = :transport"
    "  AND remote_id = :ref_to AND direction = 'in'"
    " UNION ALL SELECT 3, id FROM cases WHERE organisation_id = :organisation AND conversation_id = :conversation)"
    " SELECT c.id, c.mailbox_id, c.state, c.messages FROM found JOIN cases c"
    " ON c.organisation_id = :organisation AND c.id = found.case_id"
    " JOIN mailboxes b ON b.organisation_id = c.organisation_id AND b.id = c.mailbox_id AND b.deleted_at IS NULL"
    f" WHERE coalesce(c.mailbox_id = {_LINKED}, true)"
    " ORDER BY found.rank, c.active_at DESC LIMIT 1 FOR UPDATE OF c"
)
_ANSWERED = Statement(
    "WITH answered AS (UPDATE deliveries d SET answered_at = now() FROM messages m"  # noqa: S608 - constants
    "  WHERE d.organisation_id = :organisation AND d.answered_at IS NULL"
    "  AND (d.id = CAST(:ref_id AS uuid) OR (d.transport = :transport AND d.remote_id = :ref_to))"
    "  AND m.organisation_id = d.organisation_id AND m.id = d.message_id AND d.purpose = 'message'"
    # What goes on from one mailbox to another of the same organisation answers nothing of its own.
    f"  AND coalesce(m.mailbox_id = {_LINKED}, true) RETURNING d.id)"
    " INSERT INTO delivery_events (organisation_id, delivery_id, at, state)"
    " SELECT :organisation, id, now(), 'ANSWERED' FROM answered"
)

_MARK = re.compile(r"(?i)(?:\b(?:ärende|dnr|ref)\b[.:]*\s*|\[#?)((?:[^\W\d_]+\s)?\d{4}[-/:]\d+)\b")
"""How people name a case, in a subject or where an SMS begins: `ärende 2026-0012`, `[2026-0012]`, `dnr KS 2026/7`."""
MOST_NAMED = 3
"""So many numbers of one message are looked for."""
_REFERRED = Statement(
    "WITH found AS (SELECT id FROM cases WHERE organisation_id = :organisation AND number = :value"
    "  UNION SELECT * FROM unnest(CAST(:ids AS uuid[])))"
    " SELECT c.id, c.number FROM found JOIN cases c ON c.organisation_id = :organisation AND c.id = found.id"
    " JOIN organisations o ON o.id = c.organisation_id JOIN mailboxes b"
    " ON b.organisation_id = o.id AND b.id = c.mailbox_id AND b.kind = 'function' WHERE b.id = :mailbox"
    " AND c.messages > 0 AND c.state <> 'binned' AND coalesce(o.settings ->> 'join_by_reference', '1') = '1'"
    " ORDER BY c.active_at DESC LIMIT 5"
)


def linked_mailbox(platform: Platform, incoming: Incoming) -> UUID | None:
    """Return the mailbox that the transport names, or that of the same organisation that a directory links to it."""
    if incoming.mailbox_id is not None:
        return incoming.mailbox_id
    for directory in platform.plugins.directories.values():
        found = call(directory.mailbox, incoming.recipient.transport, incoming.recipient.value)
        if found is not None and found[0] == incoming.organisation_id:
            return found[1]
    return None


def known(connection: Connection, incoming: Incoming) -> UUID | None:
    """Return the id under which the message has been stored before."""
    duplicate: UUID | None = _LOOK.one(connection, {**_reference(incoming), "linked": None}).duplicate
    return duplicate


def place(connection: Connection, incoming: Incoming, linked: UUID | None) -> tuple[Line, Line | None]:
    """Find where a message belongs, in one exchange: first what is known of it, then the case that goes on, locked.

    Whoever brings the same message, or another first one of its conversation, waits here until the transaction ends;
    and so does who takes a mailbox out of use.

    Returns:
        The id of a duplicate, the linked mailbox if it is in use, and the organisation's default one; and the case.
    """
    facts = {**_reference(incoming), "conversation": incoming.conversation_id, "linked": linked}
    keys = [f"{incoming.organisation_id} {incoming.transport} {incoming.remote_id}"]
    if incoming.conversation_id:
        keys.append(f"{incoming.organisation_id} {incoming.conversation_id}")
    locks.use_mailboxes(connection, incoming.organisation_id)
    locks.one_at_a_time(connection, *keys)
    if incoming.ref_to:
        _ANSWERED.later(connection, facts)  # before the case: receipts lock in that order too
    elif not incoming.conversation_id:
        return _LOOK.one(connection, facts), None
    looked, cases = together(connection, (_LOOK, facts), (_PLACE if incoming.ref_to else _GOES_ON, facts))
    return looked[0], cases[0] if cases else None


def referred(work: Work, incoming: Incoming, mailbox_id: UUID) -> Line | None:
    """Return the case of this mailbox that the message names by its number or a reference of ours, locked, or None.

    Whoever knows or guesses a number only puts a message where the mailbox's members see it, and learns nothing.
    """
    said = _MARK.findall(f"{incoming.subject}\n{incoming.body[:160]}")
    here, told = incoming.organisation_id, [one.value for one in incoming.references if one.party == "recipient"]
    for value in (*told, *said)[:MOST_NAMED]:
        hashes = work.vault.word_hashes(here, sorted(words(value)), work.connection)
        ids = with_words(work, [mailbox_id], hashes, FEW) if hashes else []
        facts = {"organisation": here, "mailbox": mailbox_id, "value": value, "ids": ids}
        for row in _REFERRED.all(work.connection, facts) if hashes else ():
            if row.number == value or _has(message_store.case_messages(work, row.id), value):
                return case_updates.lock_case(work, row.id)
    return None


def _has(thread: Iterable[Message], value: str) -> bool:
    """Whether a reference of our own is this one; a counterpart's number may be somebody else's too."""
    ours = {(Direction.OUT, "sender", value.casefold()), (Direction.IN, "recipient", value.casefold())}
    return any((one.direction, it.party, it.value.casefold()) in ours for one in thread for it in one.references)


def _reference(incoming: Incoming) -> dict[str, object]:
    return {
        "organisation": incoming.organisation_id,
        "transport": incoming.transport,
        "remote_id": incoming.remote_id,
        "ref_to": incoming.ref_to,
        "ref_id": as_uuid(incoming.ref_to),
        "named": incoming.mailbox_id,
    }
