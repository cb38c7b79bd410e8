"""The event log: a hash chain per organisation, with signed heads.

Each entry is canonical JSON. It is written in the transaction of the action that it records, and numbered and linked
afterwards (see `budkavle.storage.events.chaining`): its hash covers the previous hash, its number and its bytes. An
entry that is altered, removed, moved or added breaks the chain. A chain that is recomputed from some entry on no longer
matches the signed heads (`budkavle.storage.events.verifying`).
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
    """Write one entry of the organisation's event log, at the end of the unit of work.

    It does not wait: a worker numbers and links it afterwards (`budkavle.storage.events.chaining`).

    Args:
        work: The unit of work. The name and id of staff are the only personal data here.
        kind: What happened, such as `case.taken`.
        thing: The id of what it happened to.
        by: Who did it, if not the work's actor.
        details: More facts, in plain words and numbers; never content.
    """
    work.at_commit(QUERIES.append_entry, _values(by or work.actor, kind, thing, details))


def record_and_tell(
    work: Work, kind: str, thing: UUID, notice: Mapping[str, object], by: Actor | None = None, /, **details: Fact
) -> None:
    """Record an entry as `record` does, and notify open pages and workers (see `Database.notify`).

    If the notice is about a mailbox, the entry gets that mailbox and is counted in its daily figures.
    """
    if "m" in notice:
        details = {"mailbox": str(notice["m"]), **details}
    work.at_commit(QUERIES.append_entry, _values(by or work.actor, kind, thing, details))
    Database.notify(work.connection, notice)


def record_for_installation(
    work: Work, kind: str, thing: str | UUID | None = None, by: Actor | None = None, /, **details: Fact
) -> None:
    """Append one entry to the installation's own event log, in the unit of work of an organisation.

    That log contains what is done to the installation and who administers it, and nothing that organisations do.

    Args:
        work: The unit of work.
        kind: What happened; its text is in `INSTALLATION_WORDS`, see `budkavle.web.views.event_texts`.
        thing: The id of what it happened to.
        by: Who did it, if not the work's actor.
        details: More facts, in plain words and numbers; `name` is the name of the thing.
    """
    entry = _values(by or work.actor, kind, thing, details) | {"organisation": INSTALLATION}
    # After the organisation's own entries, whose log is already chosen.
    work.at_commit(QUERIES.choose_log, {"organisation": str(INSTALLATION)}, order=1)
    work.at_commit(QUERIES.append_entry, entry, order=1)
    work.at_commit(QUERIES.choose_log, {"organisation": str(work.organisation_id)}, order=1)


def of_mailbox(mailbox_id: UUID | None) -> dict[str, Fact]:
    """Return the mailbox detail of an entry, by which daily figures are counted; empty without a mailbox."""
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
    """Return the facts by which an entry names its actor."""
    user_id = str(actor.user_id) if actor.user_id else None
    return {"id": user_id, "name": actor.name, "kind": actor.kind.value, **actor.marks}


def reason(entry: "Entry") -> Sentence:
    """Return the reason in an entry, such as why a message was refused; empty if it has none."""
    stored = entry.facts.get("reason") or ""
    return Sentence.from_stored(stored if isinstance(stored, str | Mapping) else str(stored))


def canonical(value: object) -> str:
    """Return a value's canonical JSON: sorted keys, no spaces, unescaped UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


@dataclass(frozen=True, slots=True)
class Entry:
    """A parsed entry of the log.

    Attributes:
        actor_id: The user who did it; None for other actors.
        actor: The actor's name.
        actor_kind: The kind of actor.
        plugin: The plugin's name, if a plugin did it.
        session, address: Marks of a user's session and network address; empty outside of the web.
        way: The identity provider that the user had signed in with; empty in entries from before it was recorded.
        loa: The user's level of assurance then; 0 if unknown.
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
    """Return the latest entries of an organisation's log, newest first; with `before`, only those with a lower number.

    It checks no permissions: only administrators may see them.
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
    # Entries from before actors had kinds identify users by id; all others count as the system.
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
    """Sign the head of every log that has grown since its last seal, including the installation's; returns how many.

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
