"""The rows of wrapped keys; each names the provider that wrapped it."""

import os
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, or_, select, update

from budkavle.model import sources
from budkavle.model.errors import Damaged, Misconfigured
from budkavle.storage.key_wrapping import keeper
from budkavle.storage.keys import KEY_BYTES, Keys
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.tables import organisation_keys


class _Queries(QueryFile):
    next_version: Statement
    add_key: Statement


QUERIES = _Queries.load()
_UNLIKE = "Nyckelleverantören {name} öppnar inte det som den själv har förseglat. Inget har ändrats."


def add(connection: Connection, keys: Keys, organisation_id: UUID) -> None:
    """Make the next version of an organisation's key, wrapped by the current provider.

    Raises:
        KeysUnavailable: The provider does not answer, or this process does not have it.
    """
    version = QUERIES.next_version.one(connection, {"organisation": organisation_id}).version
    provider = keys.of(keeper.held(connection) or keys.name)
    key, aad = os.urandom(KEY_BYTES), organisation_aad(organisation_id, version)
    row = {"organisation_id": organisation_id, "version": version, "created_at": sources.now()}
    wrapped = {"wrapped": provider.wrap(key, aad), "provider": provider.name, "recovery": _copied(keys, key, aad)}
    QUERIES.add_key.enqueue(connection, {**row, **wrapped})


def opened(keys: Keys, row: Any) -> bytes:
    """Open the key of a row with the provider that wrapped it; older rows name none.

    Raises:
        Damaged: It is not what was wrapped.
        KeysUnavailable: The provider does not answer, or this process does not have it.
    """
    provider = keys.of(row.provider) if row.provider else keys
    return provider.unwrap(row.wrapped, organisation_aad(row.organisation_id, row.version))


def wrap_anew(connection: Connection, keys: Keys, target: Keys, *, all_rows: bool) -> int:
    """Wrap the keys of the transaction's organisation with a provider.

    Args:
        connection: A transaction of the organisation.
        keys: The providers that can open them.
        target: The provider that wraps them.
        all_rows: Whether to wrap again also keys that it has already wrapped, and the copies for the recovery key.

    Returns:
        How many keys were wrapped.

    Raises:
        Damaged: A key does not open.
        KeysUnavailable: One of the providers does not answer.
        Misconfigured: The target cannot open what it has wrapped.
    """
    c = organisation_keys.c
    query = select(c.organisation_id, c.version, c.wrapped, c.provider)
    if not all_rows:
        query = query.where(_elsewhere(target.name))
    rows = connection.execute(query).all()
    for row in rows:
        key, aad = opened(keys, row), organisation_aad(row.organisation_id, row.version)
        values: dict[str, object] = {"wrapped": wrap_tried(target, key, aad), "provider": target.name}
        if all_rows:
            values["recovery"] = _copied(keys, key, aad)
        this_key = (c.organisation_id == row.organisation_id, c.version == row.version)
        connection.execute(update(organisation_keys).where(*this_key).values(**values))
    return len(rows)


def is_elsewhere(connection: Connection, name: str) -> bool:
    """Tell whether a key of the transaction's organisation is wrapped by another provider."""
    return connection.execute(select(func.count()).where(_elsewhere(name))).scalar_one() > 0


def wrap_tried(provider: Keys, key: bytes, aad: bytes) -> bytes:
    """Wrap a key, and check that it opens again before the old wrapping is replaced.

    Raises:
        Misconfigured: It does not open.
    """
    wrapped = provider.wrap(key, aad)
    try:
        is_same = provider.unwrap(wrapped, aad) == key
    except Damaged:
        is_same = False
    if not is_same:
        raise Misconfigured(_UNLIKE, name=provider.name)
    return wrapped


def organisation_aad(organisation_id: UUID, version: int) -> bytes:
    """Return the additional data (AAD) of an organisation's key: what it belongs to."""
    return f"budkavle|organisation-key|{organisation_id}|{version}".encode()


def _copied(keys: Keys, key: bytes, aad: bytes) -> bytes | None:
    return keys.recovery.wrap(key, aad) if keys.recovery else None


def _elsewhere(name: str) -> Any:
    c = organisation_keys.c
    return or_(c.provider.is_(None), c.provider != name)
