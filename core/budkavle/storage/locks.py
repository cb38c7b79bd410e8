"""Locks by name that last until the transaction ends: later callers wait."""

from uuid import UUID

from sqlalchemy import Connection

from budkavle.storage.pipeline import QueryFile, Statement


class _Queries(QueryFile):
    lock_names: Statement
    share_name: Statement


QUERIES = _Queries.load()


def let_arrive(connection: Connection, organisation_id: UUID) -> None:
    """Wait until messages arriving in the organisation's mailboxes are stored; later ones wait for the commit."""
    one_at_a_time(connection, _mailboxes(organisation_id))


def _mailboxes(organisation_id: UUID) -> str:
    return f"mailboxes in use {organisation_id}"


def one_at_a_time(connection: Connection, *keys: str) -> None:
    """Make later callers with one of the same keys wait until the transaction ends."""
    QUERIES.lock_names.enqueue(connection, {"keys": list(keys)})


def use_mailboxes(connection: Connection, organisation_id: UUID) -> None:
    """Hold the organisation's mailboxes in use until the transaction ends (see `let_arrive`)."""
    QUERIES.share_name.enqueue(connection, {"key": _mailboxes(organisation_id)})
