"""Entries of the event log with the proof of their place in its chain."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from budkavle.model.errors import Forbidden
from budkavle.model.people import ActorScope
from budkavle.storage.events.chaining import chain_within
from budkavle.storage.events.verifying import first_hash
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    entries_naming: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry of the log with the proof of its place in the chain.

    Attributes:
        entry: Its bytes, as canonical JSON.
        before: The hash of the entry before it.
        hash: Its own hash.
        signature: The organisation's signature over its number and hash.
    """

    number: int
    entry: str
    before: bytes
    hash: bytes
    signature: bytes


def signed_entries(work: Work, values: Sequence[str], since: datetime, name: str) -> list[SignedEntry]:
    """Return the entries of an organisation's log that name one of some values, each signed; for a proof.

    It includes entries that this unit of work has written and flushed; nobody else links the log until the work ends.

    Args:
        work: In the organisation of the log.
        values: What the entries name, such as the ids of a message and its deliveries.
        since: Earlier entries are not searched.
        name: The field that holds the value: `thing`, or the name of a fact.

    Returns:
        The entries, the earliest first.

    Raises:
        Forbidden: The actor has no scope READ.
        Unavailable: Another process holds the log.
    """
    # A quotation mark inside a value is escaped with a backslash, so that only the field itself matches.
    patterns = [f'%"{name}":"{value}"%' for value in values]
    if not work.actor.may(ActorScope.READ):
        raise Forbidden("{name} får inte läsa organisationens händelselogg.", name=work.actor.name)
    organisation_id = work.organisation_id
    chain_within(work.connection, organisation_id)
    parameters = {"organisation": organisation_id, "since": since, "patterns": patterns}
    return [
        SignedEntry(
            row.number,
            row.entry,
            row.before or first_hash(organisation_id),
            row.hash,
            work.vault.sign_head(organisation_id, row.number, row.hash, work.connection),
        )
        for row in QUERIES.entries_naming.all(work.connection, parameters)
        if _field(json.loads(row.entry), name) in values
    ]


def _field(entry: Mapping[str, Any], name: str) -> object:
    return entry["thing"] if name == "thing" else entry["facts"].get(name)
