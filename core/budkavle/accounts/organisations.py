"""Organisations: the tenants, their keys and their own settings."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, RowMapping, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from budkavle.accounts.permissions import require_admin, require_platform
from budkavle.model import sources
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.input_rules.email_addresses import owner_of_domain
from budkavle.model.input_rules.names import name_fault, one_line
from budkavle.model.people import Actor, ActorScope, Organisation, SystemActor, User
from budkavle.model.sentences import Sentence
from budkavle.model.states import ORGANISATION, OrganisationState, may_follow
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import organisations


class _Queries(QueryFile):
    load_organisation: Statement


QUERIES = _Queries.load()
EMERGENCY = "emergency_account"
LISTS = frozenset({"login_methods", "guest_methods", "support_mailbox", EMERGENCY})
"""The settings that are lists: the names of the identity providers that an organisation allows (empty means all), the
id of the mailbox for support requests (one or none), and the id of the emergency account (one or none)."""
CHANNELS = "channels"
"""The setting for the kinds of message that the installation lets the organisation send; an empty list means all."""
_HOLDS_LOCK = "EXISTS (SELECT FROM pg_locks WHERE pid = :holder AND locktype = 'advisory' AND mode = 'ExclusiveLock')"
LONGEST_TEXT = 300
"""The most characters of an organisation's description of a level of assurance."""


def create_organisation(
    platform: Platform, actor: Actor, name: str, slug: str = "", settle: Callable[[Work], object] | None = None
) -> Organisation:
    """Create a tenant with its own keys.

    Args:
        platform: The installation.
        actor: An administrator of the installation, or a system actor with INSTALLATION.
        name: The name.
        slug: The short name in URLs; derived from the name if empty.
        settle: Makes initial choices in it: called in the same transaction, with the scope ADMINISTER.

    Raises:
        Invalid: The name is empty, or the slug is taken.
        Misconfigured: The master key is not the installation's.
    """
    require_platform(actor)
    platform.check_key()
    name, slug = one_line(name), slug.strip().lower() or slugged(name)
    if not name or not slug:
        raise Invalid("Organisationen behöver ett namn.", fields={"name": "Skriv organisationens namn."})
    made = Organisation(id=sources.new_id(), name=name, slug=slug)
    scopes = (ActorScope.ADMINISTER,) if settle else ()
    with platform.work(within(actor, made.id, *scopes)) as work:
        insert_organisation(work, made, actor)
        if settle:
            settle(work)
    return made


def insert_organisation(work: Work, made: Organisation, by: Actor) -> None:
    """Store an organisation with its own keys, in a unit of work in it, and record it in both event logs.

    Args:
        work: The unit of work.
        made: The organisation.
        by: The actor who creates it.

    Raises:
        Invalid: Its short name is taken.
    """
    row = {
        "id": made.id,
        "slug": made.slug,
        "name": made.name,
        "settings": dict(made.settings),
        "created_at": func.now(),
    }
    try:
        work.connection.execute(insert(organisations).values(row))
    except IntegrityError as error:
        raise Invalid(
            "Det finns redan en organisation med det namnet.",
            fields={"name": "Namnet är upptaget. Välj ett annat namn."},
        ) from error
    work.vault.create_organisation_key(work.connection, made.id)
    audit.record(work, "organisation.created", made.id)
    audit.record_for_installation(work, "organisation.created", made.id, by, name=made.name)


def organisation(work: Work) -> Organisation:
    """Return the actor's own organisation.

    Args:
        work: The unit of work.

    Raises:
        NotFound: It has been removed.
    """
    row = QUERIES.load_organisation.one_or_none(work.connection, {"organisation": work.organisation_id})
    if row is None:
        raise NotFound("Organisationen finns inte längre.")
    return Organisation(row.id, row.name, row.slug, row.settings, OrganisationState(row.state))


def organisation_by_slug(platform: Platform, slug: str) -> Organisation:
    """Return the organisation with a short name, for commands.

    Args:
        platform: The installation.
        slug: The short name, such as `habo-kommun`.

    Raises:
        NotFound: No organisation has it.
    """
    with platform.database.transaction(None) as connection:
        query = select(organisations).where(organisations.c.slug == slug)
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("Organisationen {slug} finns inte.", slug=slug)
    return as_organisation(row)


def all_organisations(platform: Platform, actor: Actor) -> list[Organisation]:
    """Return every organisation of the installation, by name.

    Args:
        platform: The installation.
        actor: An administrator of the installation, or a system actor with the scope INSTALLATION.
    """
    require_platform(actor)
    with platform.database.transaction(None) as connection:
        query = select(organisations).order_by(organisations.c.name)
        return [as_organisation(row) for row in connection.execute(query).mappings()]


def enter_organisation(platform: Platform, actor: Actor, slug: str) -> SystemActor:
    """Let an actor of the installation act in one organisation, and record that in both event logs.

    Args:
        platform: The installation.
        actor: A system actor with the scope INSTALLATION, such as a command's.
        slug: The organisation's short name.

    Returns:
        The same actor in that organisation, with the same scopes.

    Raises:
        Forbidden: The actor is a user, or lacks the scope.
        NotFound: There is no such organisation; the message lists those that exist.

    Example:
        operator = host.system(None, ActorScope.INSTALLATION, ActorScope.ADMINISTER, name="Kommandoraden")
        actor = enter_organisation(host.platform, operator, "habo")
    """
    if not isinstance(actor, SystemActor):
        raise Forbidden("Logga in med ett konto i organisationen.")
    every = {organisation.slug: organisation.id for organisation in all_organisations(platform, actor)}
    if slug not in every:
        names = ", ".join(sorted(every)) or "–"
        raise NotFound("Organisationen {slug} finns inte. De som finns: {known}.", slug=slug, known=names)
    inside = replace(actor, organisation_id=every[slug])
    with platform.work(inside) as work:
        audit.record(work, "organisation.entered", inside.organisation_id)
        audit.record_for_installation(work, "organisation.entered", inside.organisation_id, name=slug)
    return inside


def update_organisation(
    work: Work, *, name: str | None = None, settings: Mapping[str, object] | None = None
) -> Organisation:
    """Change the name, the lists of `LISTS` or the levels; other settings are sections, see `write_settings`.

    The levels are `loa`: `{"1": {"on": bool, "text": str}, "2": ..., "3": ...}`; an empty text means the default one.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        Invalid: A setting is unknown or has an invalid value, or the name is empty.
    """
    require_admin(work.actor)
    _check_settings(settings or {})
    if name is not None and not name.strip():
        raise Invalid("Organisationen behöver ett namn.", fields={"name": "Skriv organisationens namn."})
    where = organisations.c.id == work.organisation_id
    if name is not None:
        work.connection.execute(update(organisations).where(where).values(name=one_line(name)))
    if settings:
        merged = organisations.c.settings.op("||")(dict(settings))
        work.connection.execute(update(organisations).where(where).values(settings=merged))
    changes = {key: _told(value) for key, value in (settings or {}).items()}
    audit.record(work, "organisation.changed", work.organisation_id, **changes)
    return organisation(work)


def rename_organisation(work: Work, name: str) -> None:
    """Rename the organisation; its short name in URLs stays.

    Args:
        work: The unit of work.
        name: The new name.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        Invalid: The name is empty or too long; `fields` has the sentence at `name`.
    """
    require_admin(work.actor)
    name, before = one_line(name), organisation(work).name
    if fault := name_fault(name, "Skriv organisationens namn."):
        raise Invalid("Organisationen behöver ett namn.", fields={"name": fault})
    if name == before:
        return
    work.connection.execute(update(organisations).where(organisations.c.id == work.organisation_id).values(name=name))
    audit.record(work, "organisation.renamed", work.organisation_id, before=before, after=name)


def slugged(name: str) -> str:
    """Return a name as one word of a-z, 0-9 and hyphens."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _check_settings(settings: Mapping[str, object]) -> None:
    fields = {key: sentence for key, value in settings.items() if (sentence := _fault(key, value))}
    if fields:
        raise Invalid("Inställningarna kunde inte sparas.", fields=fields)


def _told(value: object) -> str:
    """Return a setting as text for the event log: the chosen values."""
    chosen = [key for key, choice in value.items() if choice.get("on")] if isinstance(value, Mapping) else value
    return ", ".join(chosen) if isinstance(chosen, list) else ""


def _fault(key: str, value: object) -> str:
    if key in LISTS:
        return "" if isinstance(value, list) and all(isinstance(item, str) for item in value) else "Välj ur listan."
    if key == "loa":
        return _fault_of_levels(value)
    return "Inställningen finns inte."


def _fault_of_levels(value: object) -> str:
    levels = value if isinstance(value, Mapping) else {}
    valid_levels = [level for key, level in levels.items() if key in {"1", "2", "3"} and isinstance(level, Mapping)]
    if len(valid_levels) != len(levels) or not any(level.get("on") for level in valid_levels):
        return "Låt minst en tillitsnivå vara på."
    if any(len(str(level.get("text", ""))) > LONGEST_TEXT for level in valid_levels):
        return Sentence("Beskrivningen får ha högst {longest_text} tecken.", longest_text=LONGEST_TEXT)
    return ""


def as_organisation(row: RowMapping) -> Organisation:
    """Return an organisation from its row."""
    return Organisation(row["id"], row["name"], row["slug"], row["settings"], OrganisationState(row["state"]))


def within(actor: Actor, organisation_id: UUID, *scopes: ActorScope) -> SystemActor:
    """Return an administrator of the installation as an actor in one organisation, with the given scopes.

    The administrator's account is in another organisation, and this one's log must not refer to a user that it lacks.
    """
    return SystemActor(organisation_id, actor.name, frozenset(scopes))


def change_state(
    connection: Connection,
    organisation_id: UUID,
    old: OrganisationState,
    new: OrganisationState,
    *,
    moved_to: str | None = None,
    holder: int | None = None,
) -> bool:
    """Change the state of an organisation, if it has the expected state; returns whether it had.

    All state changes go through here.

    Args:
        connection: In a transaction, or in autocommit mode.
        organisation_id: The organisation.
        old: The expected state.
        new: The new state; one that may follow the old one.
        moved_to: The address of the installation that it has moved to.
        holder: The server process of a connection that must still hold its advisory lock; None requires none.
    """
    if not may_follow(ORGANISATION, old, new):
        raise AssertionError(f"an organisation that is {old} does not become {new}")
    change = update(organisations).where(organisations.c.id == organisation_id, organisations.c.state == old.value)
    if holder is not None:
        change = change.where(text(_HOLDS_LOCK).bindparams(holder=holder))
    change = change.values(state=new.value, state_at=func.now(), moved_to=moved_to)
    return bool(connection.execute(change).rowcount)


def domain_faults(work: Work, new: User, old: User | None = None) -> dict[str, str]:
    """Return an error if the domain of an account's address is assigned to another organisation.

    An existing account with such an address may still be renamed and closed.

    Args:
        work: The unit of work, in the account's organisation.
        new: The account after the change.
        old: The account before the change; None for a new one.

    Returns:
        A sentence at the field `email`; empty if the address may be used.
    """
    if old and new.email == old.email and (old.active or not new.active):
        return {}
    if not (owner := owner_of_domain(work.platform.settings.mail_domains, new.email)):
        return {}
    slug = select(organisations.c.slug).where(organisations.c.id == work.organisation_id)
    if work.connection.execute(slug).scalar_one() == owner:
        return {}
    return {"email": "Domänen i adressen hör till en annan organisation. Be den som sköter Budkavle om hjälp."}
