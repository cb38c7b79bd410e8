"""The key of the installation itself, for data that belongs to no organisation.

It is stored wrapped by the key provider, like an organisation's. If none is stored, the provider is the key file and
the file's own key is used: all installations that seal with a file have begun this way.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle.storage.key_wrapping import keeper
from budkavle.storage.keys import Keys
from budkavle.storage.tables import installation

_NAME: Final = "installation-key"
AAD: Final = b"budkavle|installation-key"


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """The key as it is stored.

    Attributes:
        wrapped: None if none is stored.
        provider: The provider that has wrapped it; None if the settings decide.
    """

    wrapped: bytes | None = None
    provider: str | None = None


def load(connection: Connection) -> Stored:
    """Return the stored key, wrapped."""
    if not has_table(connection):
        return Stored()
    query = select(installation.c.value).where(installation.c.name == _NAME)
    return Stored(connection.execute(query).scalar_one_or_none(), keeper.current(connection))


def opened(keys: Keys, stored: Stored) -> bytes | None:
    """Return the key; None if none is stored and the provider has none of its own.

    Raises:
        Damaged: The provider cannot open what is stored: it has another key.
        KeysUnavailable: The provider does not answer, or this process does not have it.
    """
    provider = keys.of(stored.provider or keys.name)
    return provider.installation_key if stored.wrapped is None else provider.unwrap(stored.wrapped, AAD)


def wrap(provider: Keys, key: bytes) -> bytes:
    """Return the key wrapped, for storing."""
    return provider.wrap(key, AAD)


def add(connection: Connection, wrapped: bytes) -> None:
    """Store a first key, unless another process was faster."""
    connection.execute(insert(installation).values(name=_NAME, value=wrapped).on_conflict_do_nothing())


def replace(connection: Connection, wrapped: bytes) -> None:
    """Store the key as another provider has wrapped it."""
    row = insert(installation).values(name=_NAME, value=wrapped)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": wrapped}))


def has_table(connection: Connection) -> bool:
    """Tell whether the table exists."""
    return connection.execute(select(func.to_regclass(installation.name))).scalar_one() is not None
