"""Which mailbox and case an incoming message belongs to.

The mailbox that the address is linked to comes first; inside it, or where the address is linked to none, the case
of what is answered, of what is completed, or of the same conversation.
"""

from uuid import UUID

from sqlalchemy import Connection

from budkavle.calling import call
from budkavle.database import Line, Statement, together
from budkavle.messages import Incoming
from budkavle.platform import Platform

_LINKED = "(SELECT id FROM mailboxes WHERE organisation_id = :organisation AND id = CAST(:linked AS uuid)"
_LINKED += " AND deleted_at IS NULL)"
"""The mailbox that the address is linked to, if it is in use."""
_LOOK = Statement(
    "SELECT (SELECT id FROM messages"  # noqa: S608 - constants
    "  WHERE organisation_id = :organisation AND transport = :transport AND remote_id = :remote_id"
    "  AND direction = 'in') AS duplicate,"
    f" {_LINKED} AS linked,"
    " (SELECT id FROM mailboxes WHERE organisation_id = :organisation AND is_default AND deleted_at IS NULL"
    "  LIMIT 1) AS fallback"
)
_ONE_AT_A_TIME = Statement(
    "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(CAST(:keys AS text[])) AS key"
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

    Whoever brings the same message, or another first one of its conversation, waits here until the transaction ends.

    Returns:
        The id of a duplicate, the linked mailbox if it is in use, and the organisation's default one; and the case.
    """
    facts = {**_reference(incoming), "conversation": incoming.conversation_id, "linked": linked}
    keys = [f"{incoming.organisation_id} {incoming.transport} {incoming.remote_id}"]
    if incoming.conversation_id:
        keys.append(f"{incoming.organisation_id} {incoming.conversation_id}")
    one_at_a_time(connection, *keys)
    if incoming.ref_to:
        _ANSWERED.later(connection, facts)  # before the case: receipts lock in that order too
    elif not incoming.conversation_id:
        return _LOOK.one(connection, facts), None
    looked, cases = together(connection, (_LOOK, facts), (_PLACE if incoming.ref_to else _GOES_ON, facts))
    return looked[0], cases[0] if cases else None


def one_at_a_time(connection: Connection, *keys: str) -> None:
    """Let whoever names one of the same keys, from here on, wait until the transaction ends."""
    _ONE_AT_A_TIME.later(connection, {"keys": list(keys)})


def _reference(incoming: Incoming) -> dict[str, object]:
    return {
        "organisation": incoming.organisation_id,
        "transport": incoming.transport,
        "remote_id": incoming.remote_id,
        "ref_to": incoming.ref_to,
        "ref_id": as_uuid(incoming.ref_to),
    }


def as_uuid(value: str | None) -> UUID | None:
    """Return the UUID that a foreign identifier is, or None where it is something else."""
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
