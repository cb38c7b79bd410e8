"""Recomputing the chain of an event log, and comparing it with its head and its signed heads."""

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, func, select

from budkavle.model.sentences import Sentence
from budkavle.storage.database import Database
from budkavle.storage.events.chaining import chain_log, count_waiting
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.tables import audit_heads, audit_log
from budkavle.storage.vault import Vault, head_bytes


class _Queries(QueryFile):
    find_horizon: Statement
    find_unchanged: Statement
    list_seals: Statement


QUERIES = _Queries.load()
REWRITTEN = "Loggen fram till händelse {number} har skrivits om: den stämmer inte med sigillet utanför databasen."
CUT = "Loggen är avkortad: händelse {number} saknas, men utanför databasen finns ett senare sigill."
_WHOLE = "Händelseloggen är hel: {rows} händelser, {seals} sigill."
_WHOLE_SO_FAR = (
    "Händelseloggen är hel: {rows} händelser, {seals} sigill. Händelser som ännu inte har numrerats: {waiting}."
)

_Row: TypeAlias = Any
"""A row of the log or of the seals."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a chain was verified, and when, so that the next verification can continue from there.

    Attributes:
        number: The last entry that was read.
        horizon: The oldest transaction that was under way: everything written before it has been read.
    """

    number: int
    horizon: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What `verify` found.

    Attributes:
        rows: How many entries were read.
        first_bad: The number of the first entry that does not match; None if all do.
        sentence: The result in Swedish: a translation key with `{number}`, `{rows}`, `{seals}` and `{waiting}`.
        seals: How many signed heads were verified.
        waiting: How many entries are written, but have no number and no place in the chain yet.
        checkpoint: Where another verification can continue; None if the chain is not intact.
    """

    ok: bool
    rows: int
    first_bad: int | None
    sentence: str
    seals: int = 0
    waiting: int = 0
    checkpoint: Checkpoint | None = None

    def __str__(self) -> str:
        """Return the sentence with its facts."""
        return Sentence(self.sentence, number=self.first_bad, rows=self.rows, seals=self.seals, waiting=self.waiting)


class _Bad(Exception):
    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(sentence)
        self.number = number
        self.sentence = sentence


def verify(
    database: Database,
    vault: Vault,
    organisation_id: UUID,
    kept: Mapping[int, bytes] = MappingProxyType({}),
    since: Checkpoint | None = None,
) -> AuditReport:
    """Recompute the whole chain of one organisation and compare it with its head and its seals.

    Entries written meanwhile are left for the next verification.

    Args:
        database: The database.
        vault: The vault, for the key that signs heads.
        organisation_id: The organisation of the log.
        kept: Hashes by entry number, from a place that the database's owner cannot write to
            (`budkavle.storage.events.sealed_heads`).
        since: Where an earlier verification ended: entries and seals not written since are skipped. If one of those
            entries is gone, the whole chain is recomputed. It cannot be combined with `kept`.
    """
    chain_log(database, organisation_id)
    with database.transaction(organisation_id) as connection:
        horizon = QUERIES.find_horizon.one(connection, {}).horizon  # before anything is read
        chain, since = _begin(connection, organisation_id, kept, since)
        try:
            seals = _seals(connection, chain, since)  # first, so that a seal made meanwhile is not missing its entry
            for seal in [seal for number in seals if number <= chain.number for seal in seals[number]]:
                _check_seal(vault, connection, chain, seal, seal.chained)
            end, head = _end(connection, organisation_id)
            with closing(_rows(connection, organisation_id, chain.number, end)) as rows:
                for row in rows:
                    chain.add(row)
                    for seal in seals.pop(row.number, ()):
                        _check_seal(vault, connection, chain, seal, chain.hash)
            _check_end(chain, end, head, seals)
            waiting = count_waiting(connection, organisation_id)
        except _Bad as bad:
            return AuditReport(False, chain.number, bad.number, bad.sentence, chain.seals)
    sentence, checkpoint = _WHOLE_SO_FAR if waiting else _WHOLE, Checkpoint(chain.number, horizon)
    return AuditReport(True, chain.number, None, sentence, chain.seals, waiting, checkpoint)


def first_hash(organisation_id: UUID) -> bytes:
    """Return the hash that the first entry of an organisation's chain follows."""
    return hashlib.sha256(str(organisation_id).encode()).digest()


class _Chain:
    """The chain as far as it has been computed."""

    def __init__(self, organisation_id: UUID, kept: Mapping[int, bytes], number: int, hash_: bytes) -> None:
        self.organisation_id = organisation_id
        self.kept = kept
        self.number = number
        self.seals = 0
        self.hash = hash_

    def add(self, row: _Row) -> None:
        """Add the next entry."""
        number = self.number + 1
        if row.number != number:
            raise _Bad(number, "Händelse {number} saknas.")
        expected = hashlib.sha256(self.hash + str(number).encode() + row.entry.encode()).digest()
        if expected != row.hash:
            raise _Bad(number, "Händelse {number} har ändrats eller flyttats.")
        if not _agrees(row):
            raise _Bad(number, "Händelse {number} har ändrats: tid eller slag stämmer inte med innehållet.")
        if self.kept.get(number, expected) != expected:
            raise _Bad(number, REWRITTEN)
        self.number, self.hash = number, expected


def _agrees(row: _Row) -> bool:
    """Whether the columns that pages sort and filter by match the entry's content."""
    try:
        entry = json.loads(row.entry)
        return bool(entry["kind"] == row.kind and datetime.fromisoformat(entry["at"]) == row.at)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _end(connection: Connection, organisation_id: UUID) -> tuple[int, bytes | None]:
    """Return number and hash of the head; the rows are read first, since a head never lags behind them."""
    rows = select(func.coalesce(func.max(audit_log.c.number), 0)).where(audit_log.c.organisation_id == organisation_id)
    last = connection.execute(rows).scalar_one()
    head = connection.execute(
        select(audit_heads.c.number, audit_heads.c.hash).where(audit_heads.c.organisation_id == organisation_id)
    ).one_or_none()
    number = head.number if head else 0
    if last > number:
        raise _Bad(number + 1, "Händelse {number} står efter loggens slut.")
    return number, head.hash if head else None


def _begin(
    connection: Connection, organisation_id: UUID, kept: Mapping[int, bytes], since: Checkpoint | None
) -> tuple[_Chain, Checkpoint | None]:
    """Return the verified chain and its checkpoint; or, if that is unknown, the chain's beginning and None."""
    if since is not None:
        values = {"organisation": organisation_id, "number": since.number, "horizon": since.horizon}
        unchanged = QUERIES.find_unchanged.one(connection, values)
        if unchanged.hash is not None and unchanged.entries == unchanged.number:
            return _Chain(organisation_id, kept, unchanged.number, bytes(unchanged.hash)), since
    return _Chain(organisation_id, kept, 0, first_hash(organisation_id)), None


def _rows(connection: Connection, organisation_id: UUID, after: int, end: int) -> Generator[_Row, None, None]:
    c = audit_log.c
    query = (
        select(c.number, c.at, c.kind, c.entry, c.hash)
        .where(c.organisation_id == organisation_id, c.number > after, c.number <= end)
        .order_by(c.number)
    )
    with connection.execution_options(yield_per=1000).execute(query) as rows:
        yield from rows


def _seals(connection: Connection, chain: _Chain, since: Checkpoint | None) -> dict[int, list[_Row]]:
    """Return the signed heads after the chain so far, and those written since the checkpoint."""
    horizon = since.horizon if since else None
    values = {"organisation": chain.organisation_id, "number": chain.number, "horizon": horizon}
    seals: dict[int, list[_Row]] = {}
    for seal in QUERIES.list_seals.all(connection, values):
        seals.setdefault(seal.number, []).append(seal)
    return seals


def _check_seal(vault: Vault, connection: Connection, chain: _Chain, seal: _Row, chained: bytes | None) -> None:
    signed = head_bytes(chain.organisation_id, seal.number, seal.hash)
    try:
        vault.public_key(chain.organisation_id, connection).verify(seal.signature, signed)
    except InvalidSignature as error:
        raise _Bad(seal.number, "Sigillet vid händelse {number} är inte äkta.") from error
    if seal.hash != chained:
        raise _Bad(seal.number, "Loggen fram till händelse {number} har skrivits om: den stämmer inte med sigillet.")
    chain.seals += 1


def _check_end(chain: _Chain, end: int, head: bytes | None, seals: dict[int, list[_Row]]) -> None:
    if chain.number != end:
        raise _Bad(chain.number + 1, "Händelse {number} saknas.")
    if head is not None and head != chain.hash:
        raise _Bad(end, "Loggens slut, händelse {number}, stämmer inte med händelserna.")
    later = [number for number in seals if number > end]
    if later:
        raise _Bad(end + 1, "Loggen är avkortad: händelse {number} saknas, men ett senare sigill finns.")
    if any(number > end for number in chain.kept):
        raise _Bad(end + 1, CUT)
