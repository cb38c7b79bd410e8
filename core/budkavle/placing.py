"""Which mailbox and case an incoming message belongs to.

The mailbox that the address is linked to comes first; inside it, or where the address is linked to none, the case
of what is answered, of what is completed, or of the same conversation.
"""

from uuid import UUID

from sqlalchemy import Connection

from budkavle.calling import call
from budkavle.database import Line, Statement
from budkavle.messages import Incoming
from budkavle.platform import Platform

_LOOK = Statement(
    "SELECT (SELECT id FROM messages WHERE organisation_id = :organisation AND transport = :transport"
    "  AND remote_id = :remote_id AND direction = 'in') AS duplicate,"
    " (SELECT id FROM mailboxes WHERE organisation_id = :organisation AND id = CAST(:linked AS uuid)"
    "  AND deleted_at IS NULL) AS linked,"
    " (SELECT id FROM mailboxes WHERE organisation_id = :organisation AND is_default AND deleted_at IS NULL"
    "  LIMIT 1) AS fallback"
)
_ONE_AT_A_TIME = Statement("SELECT pg_advisory_xact_lock(hashtextextended(:conversation, 0))")
_GOES_ON = Statement(
    "SELECT c.id, c.mailbox_id, c.state, c.messages FROM cases c"
    " JOIN mailboxes b ON b.organisation_id = c.organisation_id AND b.id = c.mailbox_id AND b.deleted_at IS NULL"
    " WHERE c.organisation_id = :organisation AND c.conversation_id = :conversation"
    " AND (CAST(:linked AS uuid) IS NULL OR c.mailbox_id = CAST(:linked AS uuid))"
    " ORDER BY c.active_at DESC LIMIT 1 FOR UPDATE OF c"
)
_PLACE = Statement(
    "WITH found AS ("
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
    " WHERE CAST(:linked AS uuid) IS NULL OR c.mailbox_id = CAST(:linked AS uuid)"
    " ORDER BY found.rank, c.active_at DESC LIMIT 1 FOR UPDATE OF c"
)
_ANSWERED = Statement(
    "WITH answered AS (UPDATE deliveries d SET answered_at = now() FROM messages m"
    "  WHERE d.organisation_id = :organisation AND d.answered_at IS NULL"
    "  AND (d.id = CAST(:ref_id AS uuid) OR (d.transport = :transport AND d.remote_id = :ref_to))"
    "  AND m.organisation_id = d.organisation_id AND m.id = d.message_id AND d.purpose = 'message'"
    # What goes on from one mailbox to another of the same organisation answers nothing of its own.
    "  AND (CAST(:linked AS uuid) IS NULL OR m.mailbox_id = CAST(:linked AS uuid)) RETURNING d.id)"
    " INSERT INTO delivery_events (organisation_id, delivery_id, at, state)"
    " SELECT :organisation, id, now(), 'ANSWERED' FROM answered"
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


def look(connection: Connection, incoming: Incoming, linked: UUID | None) -> Line:
    """Return the id of a duplicate, the linked mailbox if it is in use, and the organisation's default one."""
    facts = {
        "organisation": incoming.organisation_id,
        "transport": incoming.transport,
        "remote_id": incoming.remote_id,
        "linked": linked,
    }
    return _LOOK.one(connection, facts)


def place(connection: Connection, incoming: Incoming, linked: UUID | None) -> Line | None:
    """Find the case that goes on, and lock it; two first messages of one conversation wait for each other."""
    if incoming.conversation_id:
        key = f"{incoming.organisation_id} {incoming.conversation_id}"
        _ONE_AT_A_TIME.run(connection, {"conversation": key})
    elif not incoming.ref_to:
        return None
    facts = {**_reference(incoming), "conversation": incoming.conversation_id, "linked": linked}
    if incoming.ref_to:
        _ANSWERED.run(connection, facts)  # before the case: receipts lock in that order too
    return (_PLACE if incoming.ref_to else _GOES_ON).one_or_none(connection, facts)


def _reference(incoming: Incoming) -> dict[str, object]:
    return {
        "organisation": incoming.organisation_id,
        "transport": incoming.transport,
        "ref_to": incoming.ref_to,
        "ref_id": as_uuid(incoming.ref_to),
    }


def as_uuid(value: str | None) -> UUID | None:
    """Return the UUID that a foreign identifier is, or None where it is something else."""
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
