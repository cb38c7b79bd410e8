"""The event log: a hash chain per organisation, with signed heads.

Each entry is canonical JSON. It is written with the transaction that did what it tells, and numbered and linked
afterwards (see `budkavle.storage.events.chaining`): its hash covers the hash before it, its number and its bytes. An
entry that is altered, taken away, moved or added breaks the chain; a chain that was computed anew from some entry on
does not fit the signed heads.
"""

import hashlib
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, func, select

from budkavle.model import sources
from budkavle.model.people import INSTALLATION, Actor, ActorKind
from budkavle.model.sentences import Sentence
from budkavle.model.states import OrganisationState
from budkavle.storage.database import Database
from budkavle.storage.events.chaining import chain_log, count_waiting
from budkavle.storage.events.sealed_heads import SealedHead
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import audit_heads, audit_log, audit_seals, organisations
from budkavle.storage.vault import Vault, head_bytes

_SEALED = (OrganisationState.ACTIVE, OrganisationState.PAUSED)
"""The states in which the head of an organisation's log is signed."""


class _Queries(QueryFile):
    append_entry: Statement
    choose_log: Statement
    seal_entry: Statement


QUERIES = _Queries.load()
REWRITTEN = "Loggen fram till händelse {number} har skrivits om: den stämmer inte med sigillet utanför databasen."
CUT = "Loggen är avkortad: händelse {number} saknas, men utanför databasen finns ett senare sigill."
_WHOLE = "Händelseloggen är hel: {rows} händelser, {seals} sigill."
_WHOLE_SO_FAR = (
    "Händelseloggen är hel: {rows} händelser, {seals} sigill. Händelser som ännu inte har numrerats: {waiting}."
)

Fact: TypeAlias = str | int | bool | None
_Row: TypeAlias = Any
"""A row of the log or of the seals."""


def record(
    work: Work,
    kind: str,
    thing: str | UUID | None = None,
    by: Actor | None = None,
    /,
    **details: Fact,
) -> None:
    """Write one entry of the organisation's event log, as the last of the unit of work.

    It waits for nobody: a worker numbers and links it afterwards (`budkavle.storage.events.chaining`).

    Args:
        work: The unit of work. The name and id of staff are the only personal data here.
        kind: What happened, such as `case.taken`.
        thing: To what: an id.
        by: Who did it, where it is not the work's actor.
        details: More, in plain words and numbers; never content.
    """
    work.at_commit(QUERIES.append_entry, _values(by or work.actor, kind, thing, details))


def record_and_tell(
    work: Work, kind: str, thing: UUID, notice: Mapping[str, object], by: Actor | None = None, /, **details: Fact
) -> None:
    """Do what `record` does, and have open pages and workers told (see `Database.notify`).

    A notice about a mailbox gives the entry its mailbox, so that days are counted by it.
    """
    if "m" in notice:
        details = {"mailbox": str(notice["m"]), **details}
    work.at_commit(QUERIES.append_entry, _values(by or work.actor, kind, thing, details))
    Database.notify(work.connection, notice)


def record_for_installation(
    work: Work, kind: str, thing: str | UUID | None = None, by: Actor | None = None, /, **details: Fact
) -> None:
    """Append one entry to the installation's own event log, in the unit of work of an organisation.

    That log holds what is done to the installation and who administers it, and nothing of what organisations do.

    Args:
        work: The unit of work.
        kind: What happened; its words stand in `INSTALLATION_WORDS`, see `budkavle.web.views.event_texts`.
        thing: To what: an id.
        by: Who did it, where it is not the work's actor.
        details: More, in plain words and numbers; `name` is what the thing is called.
    """
    entry = _values(by or work.actor, kind, thing, details) | {"organisation": INSTALLATION}
    # After the organisation's own entries, whose log is chosen already.
    work.at_commit(QUERIES.choose_log, {"organisation": str(INSTALLATION)}, order=1)
    work.at_commit(QUERIES.append_entry, entry, order=1)
    work.at_commit(QUERIES.choose_log, {"organisation": str(work.organisation_id)}, order=1)


def of_mailbox(mailbox_id: UUID | None) -> dict[str, Fact]:
    """Return what gives an entry its mailbox, so that days are counted by it; nothing where there is none."""
    return {"mailbox": str(mailbox_id)} if mailbox_id else {}


def _values(actor: Actor, kind: str, thing: str | UUID | None, details: Mapping[str, Fact]) -> dict[str, object]:
    at = sources.now()
    entry = canonical(
        {
            "at": at.isoformat(timespec="microseconds"),
            "kind": kind,
            "actor": actor_facts(actor),
            "thing": str(thing) if thing is not None else None,
            "facts": {name: fact.to_json() if isinstance(fact, Sentence) else fact for name, fact in details.items()},
        }
    )
    return {"organisation": actor.organisation_id, "at": at, "kind": kind, "entry": entry}


def actor_facts(actor: Actor) -> dict[str, str | None]:
    """Return how an entry names who did it."""
    user_id = str(actor.user_id) if actor.user_id else None
    return {"id": user_id, "name": actor.name, "kind": actor.kind.value, **actor.marks}


def reason(entry: "Entry") -> Sentence:
    """Return the reason that an entry gives, such as why a message was refused; empty where it gives none."""
    stored = entry.facts.get("reason") or ""
    return Sentence.from_stored(stored if isinstance(stored, str | Mapping) else str(stored))


def canonical(value: object) -> str:
    """Return the one way to write a value as JSON: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log, read.

    Attributes:
        actor_id: The user who did it; None for all but users.
        actor: The name of who did it.
        actor_kind: What kind of actor it was.
        plugin: The plugin's name, where a plugin did it.
        session, address: Marks of a user's session and network address; empty outside of the web.
    """

    number: int
    at: datetime
    kind: str
    actor_id: str | None
    actor: str
    thing: str | None
    facts: Mapping[str, Fact]
    actor_kind: ActorKind = ActorKind.SYSTEM
    plugin: str = ""
    session: str = ""
    address: str = ""


def entries(database: Database, organisation_id: UUID, before: int | None = None, limit: int = 50) -> list[Entry]:
    """Return the latest entries of an organisation's log, the newest first; those below `before` where it is given.

    It judges nobody: only administrators may see them.
    """
    chain_log(database, organisation_id)
    query = select(audit_log.c.number, audit_log.c.entry).where(audit_log.c.organisation_id == organisation_id)
    if before is not None:
        query = query.where(audit_log.c.number < before)
    with database.transaction(organisation_id) as connection:
        rows = connection.execute(query.order_by(audit_log.c.number.desc()).limit(limit))
        return [parse_entry(row.number, row.entry) for row in rows]


def parse_entry(number: int, text: str) -> Entry:
    """Return an entry of the log, read from its canonical JSON."""
    entry = json.loads(text)
    actor = entry["actor"]
    # Entries from before actors had kinds know users by their id, and everybody else as the system.
    kind = actor.get("kind") or (ActorKind.USER if actor["id"] else ActorKind.SYSTEM)
    return Entry(
        number,
        datetime.fromisoformat(entry["at"]),
        entry["kind"],
        actor["id"],
        actor["name"],
        entry["thing"],
        entry["facts"],
        ActorKind(kind),
        actor.get("plugin", ""),
        actor.get("session", ""),
        actor.get("address", ""),
    )


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What `verify` found.

    Attributes:
        rows: How many entries were read.
        first_bad: The number of the first entry that does not fit; None where all do.
        sentence: What was found, in Swedish, a translation key with `{number}`, `{rows}`, `{seals}` and `{waiting}`.
        seals: How many signed heads were verified.
        waiting: How many entries are written, and have no number and no place in the chain yet.
    """

    ok: bool
    rows: int
    first_bad: int | None
    sentence: str
    seals: int = 0
    waiting: int = 0

    def __str__(self) -> str:
        """Return the sentence with its facts."""
        return Sentence(self.sentence, number=self.first_bad, rows=self.rows, seals=self.seals, waiting=self.waiting)


class _Bad(Exception):
    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(sentence)
        self.number = number
        self.sentence = sentence


def verify(
    database: Database, vault: Vault, organisation_id: UUID, kept: Mapping[int, bytes] = MappingProxyType({})
) -> AuditReport:
    """Compute the whole chain of one organisation anew and compare it with its head and its seals.

    Entries that are written meanwhile are left for the next time.

    Args:
        database: The database.
        vault: The vault, for the key that signs heads.
        organisation_id: Whose log.
        kept: Hashes by the number of their entry, from where whoever owns the database cannot write
            (`budkavle.storage.events.sealed_heads`).
    """
    chain_log(database, organisation_id)
    chain = _Chain(organisation_id, kept)
    with database.transaction(organisation_id) as connection:
        try:
            seals = _seals(connection, organisation_id)  # first: one that is made meanwhile is of an entry not read
            end, head = _end(connection, organisation_id)
            with closing(_rows(connection, organisation_id, end)) as rows:
                for row in rows:
                    chain.add(row)
                    for seal in seals.pop(row.number, ()):
                        _check_seal(vault, connection, chain, seal)
            _check_end(chain, end, head, seals)
            waiting = count_waiting(connection, organisation_id)
        except _Bad as bad:
            return AuditReport(False, chain.number, bad.number, bad.sentence, chain.seals)
    return AuditReport(True, chain.number, None, _WHOLE_SO_FAR if waiting else _WHOLE, chain.seals, waiting)


def seal_heads(database: Database, vault: Vault, keep: Callable[[SealedHead], None] | None = None) -> int:
    """Sign the head of every log that has grown since its last seal, the installation's too; returns how many.

    Args:
        database: The database.
        vault: The vault, for the keys.
        keep: Gets each head before it is stored here, to keep it elsewhere. If it fails, the log is sealed next time.
    """
    with database.transaction(None) as connection:
        kept = select(organisations.c.id).where(organisations.c.state.in_(_SEALED))
        organisation_ids = connection.execute(kept).scalars().all()
    return sum(_seal_head(database, vault, log, keep) for log in (*organisation_ids, INSTALLATION))


def _seal_head(
    database: Database, vault: Vault, organisation_id: UUID, keep: Callable[[SealedHead], None] | None
) -> bool:
    chain_log(database, organisation_id)
    with database.transaction(organisation_id) as connection:
        last = select(func.coalesce(func.max(audit_seals.c.number), 0)).where(
            audit_seals.c.organisation_id == organisation_id
        )
        grown = select(audit_heads).where(
            audit_heads.c.organisation_id == organisation_id, audit_heads.c.number > last.scalar_subquery()
        )
        head = connection.execute(grown).one_or_none()
        if head is None:
            return False
        if organisation_id == INSTALLATION and not vault.has_organisation_key(connection, organisation_id):
            vault.create_organisation_key(connection, organisation_id)
        signature = vault.sign_head(organisation_id, head.number, head.hash, connection)
        if keep is not None:
            keep(SealedHead(organisation_id, head.number, head.hash, signature, sources.now()))
        seal = {"organisation": organisation_id, "number": head.number, "hash": head.hash, "signature": signature}
        stored = QUERIES.seal_entry.one_or_none(connection, seal)
        return bool(stored and stored.is_new)


def first_hash(organisation_id: UUID) -> bytes:
    """Return what the first entry of an organisation's chain follows."""
    return hashlib.sha256(str(organisation_id).encode()).digest()


class _Chain:
    """The chain as far as it has been computed."""

    def __init__(self, organisation_id: UUID, kept: Mapping[int, bytes]) -> None:
        self.organisation_id = organisation_id
        self.kept = kept
        self.number = 0
        self.seals = 0
        self.hash = first_hash(organisation_id)

    def add(self, row: _Row) -> None:
        """Take in the next entry."""
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
    """Whether the columns that pages sort and filter by say what the entry says."""
    try:
        entry = json.loads(row.entry)
        return bool(entry["kind"] == row.kind and datetime.fromisoformat(entry["at"]) == row.at)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _end(connection: Connection, organisation_id: UUID) -> tuple[int, bytes | None]:
    """Return number and hash of the head; the rows are looked at first, since a head never lags behind them."""
    rows = select(func.coalesce(func.max(audit_log.c.number), 0)).where(audit_log.c.organisation_id == organisation_id)
    last = connection.execute(rows).scalar_one()
    head = connection.execute(
        select(audit_heads.c.number, audit_heads.c.hash).where(audit_heads.c.organisation_id == organisation_id)
    ).one_or_none()
    number = head.number if head else 0
    if last > number:
        raise _Bad(number + 1, "Händelse {number} står efter loggens slut.")
    return number, head.hash if head else None


def _rows(connection: Connection, organisation_id: UUID, end: int) -> Generator[_Row, None, None]:
    c = audit_log.c
    query = (
        select(c.number, c.at, c.kind, c.entry, c.hash)
        .where(c.organisation_id == organisation_id, c.number <= end)
        .order_by(c.number)
    )
    with connection.execution_options(yield_per=1000).execute(query) as rows:
        yield from rows


def _seals(connection: Connection, organisation_id: UUID) -> dict[int, list[_Row]]:
    seals: dict[int, list[_Row]] = {}
    for seal in connection.execute(select(audit_seals).where(audit_seals.c.organisation_id == organisation_id)):
        seals.setdefault(seal.number, []).append(seal)
    return seals


def _check_seal(vault: Vault, connection: Connection, chain: _Chain, seal: _Row) -> None:
    signed = head_bytes(chain.organisation_id, seal.number, seal.hash)
    try:
        vault.public_key(chain.organisation_id, connection).verify(seal.signature, signed)
    except InvalidSignature as error:
        raise _Bad(seal.number, "Sigillet vid händelse {number} är inte äkta.") from error
    if seal.hash != chain.hash:
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
