"""Locks that last until the transaction ends, by name: who comes later waits."""

from uuid import UUID

from sqlalchemy import Connection

from budkavle.storage.database import Statement

_ONE_AT_A_TIME = Statement(
    "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(CAST(:keys AS text[])) AS key"
)
_SHARE = Statement("SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 0))")


def let_arrive(connection: Connection, organisation_id: UUID) -> None:
    """Wait until what is coming to the organisation's mailboxes is stored; what comes next waits for the commit."""
    one_at_a_time(connection, _mailboxes(organisation_id))


def _mailboxes(organisation_id: UUID) -> str:
    return f"mailboxes in use {organisation_id}"


def one_at_a_time(connection: Connection, *keys: str) -> None:
    """Let whoever names one of the same keys, from here on, wait until the transaction ends."""
    _ONE_AT_A_TIME.later(connection, {"keys": list(keys)})


def use_mailboxes(connection: Connection, organisation_id: UUID) -> None:
    """Hold the organisation's mailboxes in use until the transaction ends (see `let_arrive`)."""
    _SHARE.later(connection, {"key": _mailboxes(organisation_id)})
