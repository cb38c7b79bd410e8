"""The key of the installation itself, for data that belongs to no organisation.

It is stored wrapped by the key provider, like an organisation's. If none is stored, the provider is the key file and
the file's own key is used: all installations that seal with a file have begun this way.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from budkavle.storage.key_wrapping import keeper
from budkavle.storage.keys import Keys
from budkavle.storage.outside import notes

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
    if not notes.has_table(connection):
        return Stored()
    return Stored(notes.read(connection, _NAME), keeper.current(connection))


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
    notes.write(connection, _NAME, wrapped, replace=False)


def replace(connection: Connection, wrapped: bytes) -> None:
    """Store the key as another provider has wrapped it."""
    notes.write(connection, _NAME, wrapped)
