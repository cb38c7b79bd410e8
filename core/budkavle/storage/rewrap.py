"""Changing the key provider, and renewing keys.

When the provider changes, every wrapped key is opened by the old one and wrapped by the new, all or nothing. A renewal
gives each organisation a new version of its key, and wraps its older ones anew with the provider's newest key; it goes
organisation by organisation while the installation runs, and goes on where it was stopped.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from budkavle.model.errors import Damaged, Misconfigured
from budkavle.model.people import INSTALLATION
from budkavle.storage import installation_key
from budkavle.storage.keys import Keys
from budkavle.storage.platform import Platform
from budkavle.storage.tables import organisation_keys, organisations
from budkavle.storage.vault import organisation_aad

_UNLIKE = "Nyckelleverantören {name} öppnar inte det som den själv har förseglat. Inget har ändrats."


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


def renew(platform: Platform, before: datetime) -> Iterator[int]:
    """Renew the keys of all whose newest version is from before a time, each in a transaction of its own.

    What is sealed from then on is sealed under the new version: at once here, and in other processes within
    `vault.NEWEST_SECONDS`. What was sealed before still opens. Begun again with the same time, it goes on where it was.

    Args:
        platform: The installation; it may be running.
        before: Whose key is as new as this, or newer, is left alone.

    Returns:
        How many organisations are still to be done, before each of them.

    Raises:
        KeysUnavailable: The provider does not answer. Those that are done stay so.
    """
    with platform.database.transaction(None) as connection:
        stored = installation_key.load(connection)
        if stored is not None:
            key = platform.vault.installation_key()
            installation_key.replace(connection, _wrapped(platform.keys, key, installation_key.AAD))
        everybody = [
            *connection.execute(select(organisations.c.id).order_by(organisations.c.id)).scalars(),
            INSTALLATION,
        ]
    due = [organisation_id for organisation_id in everybody if _is_due(platform, organisation_id, before)]
    for count, organisation_id in enumerate(due):
        yield len(due) - count
        with platform.database.transaction(organisation_id) as connection:
            _rewrap_organisation(connection, platform.keys, platform.keys)
            platform.vault.create_organisation_key(connection, organisation_id)
        platform.vault.forget()


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
