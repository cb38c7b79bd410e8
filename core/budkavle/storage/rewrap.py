"""Changing the key provider, and renewing keys.

When the provider changes, every wrapped key is opened by the old one and wrapped by the new, all or nothing. A renewal
gives each organisation a new version of its key, and wraps its older ones anew with the provider's newest key; it goes
organisation by organisation while the installation runs, and goes on where it was stopped.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from budkavle.model.errors import Conflict, Damaged, Misconfigured
from budkavle.model.people import CORE_NAME, INSTALLATION, Actor, SystemActor
from budkavle.storage import audit, installation_key
from budkavle.storage.keys import Keys
from budkavle.storage.platform import Platform
from budkavle.storage.tables import organisation_keys, organisations
from budkavle.storage.vault import organisation_aad

_UNLIKE = "Nyckelleverantören {name} öppnar inte det som den själv har förseglat. Inget har ändrats."
_RUNNING = "Nycklarna förnyas redan av ett annat kommando. Vänta tills det är klart, och kör det här igen vid behov."
_LOCK = "keys are renewed"


def rewrap(platform: Platform, provider: Keys) -> int:
    """Wrap the keys of the installation and of every organisation with another provider.

    What is sealed stays as it is, and so do the hashes of identities: only the wrapping of the keys changes. No other
    process of the installation may run meanwhile, since it would wrap new keys with the old provider.

    Args:
        platform: The installation, opened with the old provider.
        provider: The new one.

    Returns:
        How many keys of organisations were wrapped.

    Raises:
        Damaged: The old provider does not open a key. Nothing has changed.
        KeysUnavailable: One of the providers does not answer. Nothing has changed.
        Misconfigured: The new one does not open what it has wrapped. Nothing has changed.
    """
    count = 0
    with platform.database.transaction(None) as connection:
        key = platform.vault.installation_key()
        installation_key.replace(connection, _wrapped(provider, key, installation_key.AAD))
        for organisation_id in (*connection.execute(select(organisations.c.id)).scalars(), INSTALLATION):
            connection.execute(select(func.set_config("budkavle.organisation", str(organisation_id), True)))
            count += _rewrap_organisation(connection, platform.keys, provider)
    platform.vault.forget()
    return count


def renew(platform: Platform, before: datetime, by: Actor | None = None) -> Generator[int, None, None]:
    """Renew the keys of all whose newest version is from before a time, each in a transaction of its own.

    What is sealed from then on is sealed under the new version: at once here, and in other processes within
    `vault.NEWEST_SECONDS`. What was sealed before still opens. Begun again with the same time, it goes on where it was.
    The installation's event log says that it began, and how many were done when it ended.

    Args:
        platform: The installation; it may be running.
        before: Whose key is as new as this, or newer, is left alone.
        by: Who renews them; None is the system itself.

    Returns:
        How many organisations are still to be done, before each of them.

    Raises:
        Conflict: Another renewal is running.
        KeysUnavailable: The provider does not answer. Those that are done stay so.
    """
    with _alone(platform):
        due, done = _due(platform, before), 0
        actor = by or SystemActor(INSTALLATION, CORE_NAME)
        _note(platform, actor, "keys.renewal-begun", count=len(due))
        try:
            for organisation_id in due:
                yield len(due) - done
                with platform.database.transaction(organisation_id) as connection:
                    _rewrap_organisation(connection, platform.keys, platform.keys)
                    platform.vault.create_organisation_key(connection, organisation_id)
                platform.vault.forget()
                done += 1
        finally:
            kind = "keys.renewed" if done == len(due) else "keys.renewal-stopped"
            _note(platform, actor, kind, count=done, left=len(due) - done)


@contextmanager
def _alone(platform: Platform) -> Iterator[None]:
    """Hold the lock of renewals, which a process that dies lets go.

    Raises:
        Conflict: Somebody else holds it.
    """
    with platform.database.transaction(None) as connection:
        lock = func.pg_try_advisory_xact_lock(func.hashtextextended(_LOCK, 0))
        # The transaction does nothing else, for as long as all the others take.
        patience = func.set_config("idle_in_transaction_session_timeout", "0", True)
        if not connection.execute(select(lock, patience)).one()[0]:
            raise Conflict(_RUNNING)
        yield


def _note(platform: Platform, actor: Actor, kind: str, **counts: int) -> None:
    """Write an entry of the installation's own event log: counts, and nothing of a key."""
    with platform.work(actor) as work:
        audit.record(work, kind, None, **counts)


def _due(platform: Platform, before: datetime) -> list[UUID]:
    """Wrap the installation's key anew, and return the organisations whose newest key is from before a time."""
    with platform.database.transaction(None) as connection:
        stored = installation_key.load(connection)
        if stored is not None:
            key = platform.vault.installation_key()
            installation_key.replace(connection, _wrapped(platform.keys, key, installation_key.AAD))
        everybody = [
            *connection.execute(select(organisations.c.id).order_by(organisations.c.id)).scalars(),
            INSTALLATION,
        ]
    return [organisation_id for organisation_id in everybody if _is_due(platform, organisation_id, before)]


def _is_due(platform: Platform, organisation_id: UUID, before: datetime) -> bool:
    c = organisation_keys.c
    query = select(func.max(c.created_at)).where(c.organisation_id == organisation_id)
    with platform.database.transaction(organisation_id) as connection:
        newest = connection.execute(query).scalar_one()
    return newest is not None and newest < before


def _rewrap_organisation(connection: Connection, old: Keys, new: Keys) -> int:
    c = organisation_keys.c
    rows = connection.execute(select(c.organisation_id, c.version, c.wrapped)).all()
    for row in rows:
        aad = organisation_aad(row.organisation_id, row.version)
        wrapped = _wrapped(new, old.unwrap(row.wrapped, aad), aad)
        this_key = (c.organisation_id == row.organisation_id, c.version == row.version)
        connection.execute(update(organisation_keys).where(*this_key).values(wrapped=wrapped))
    return len(rows)


def _wrapped(provider: Keys, key: bytes, aad: bytes) -> bytes:
    """Wrap a key, and see that it opens again before the old wrapping is given up."""
    wrapped = provider.wrap(key, aad)
    try:
        is_same = provider.unwrap(wrapped, aad) == key
    except Damaged:
        is_same = False
    if not is_same:
        raise Misconfigured(_UNLIKE, name=provider.name)
    return wrapped
