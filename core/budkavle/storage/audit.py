"""The event log: a hash chain per organisation, with signed heads.

Each entry is canonical JSON. It is written with the transaction that did what it tells, and numbered and linked
afterwards (see `budkavle.storage.events.chaining`): its hash covers the hash before it, its number and its bytes. An
entry that is altered, taken away, moved or added breaks the chain; a chain that was computed anew from some entry on
does not fit the signed heads (`budkavle.storage.events.verifying`).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import func, select

from budkavle.model import sources
from budkavle.model.people import INSTALLATION, Actor, ActorKind
from budkavle.model.sentences import Sentence
from budkavle.model.states import OrganisationState
from budkavle.storage.database import Database
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.events.sealed_heads import SealedHead
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work, run_for_each
from budkavle.storage.tables import audit_heads, audit_log, audit_seals, organisations
from budkavle.storage.vault import Vault

_SEALED = (OrganisationState.ACTIVE, OrganisationState.PAUSED)
"""The states in which the head of an organisation's log is signed."""


class _Queries(QueryFile):
    append_entry: Statement
    choose_log: Statement
    seal_entry: Statement


QUERIES = _Queries.load()

Fact: TypeAlias = str | int | bool | None


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
        way: The identity provider by which a user had signed in; empty in entries from before it was noted.
        loa: The level of assurance that the user had then; 0 where it is not known.
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
    way: str = ""
    loa: int = 0


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
        actor.get("network_address", ""),
        actor.get("way", ""),
        int(actor.get("loa", 0)),
    )


def seal_heads(database: Database, vault: Vault, keep: Callable[[SealedHead], None] | None = None) -> int:
    """Sign the head of every log that has grown since its last seal, the installation's too; returns how many.

    Args:
        database: The database.
        vault: The vault, for the keys.
        keep: Gets each head before it is stored here, to keep it elsewhere. If it fails, the log is sealed next time.

    Raises:
        Exception: As `Platform.in_each_organisation` does; the other logs have been sealed.
    """
    with database.transaction(None) as connection:
        kept = select(organisations.c.id).where(organisations.c.state.in_(_SEALED))
        organisation_ids = connection.execute(kept).scalars().all()
    return run_for_each((*organisation_ids, INSTALLATION), lambda log: _seal_head(database, vault, log, keep))


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
