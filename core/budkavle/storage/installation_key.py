"""The key of the installation itself, under which lies what belongs to no organisation.

It is stored wrapped by the key provider, as an organisation's is. Where none is stored, the provider is the key file
and the file's own key is used: so have all installations begun that seal with a file.
"""

from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle.storage.keys import FileKeys, Keys
from budkavle.storage.tables import installation

_NAME: Final = "installation-key"
AAD: Final = b"budkavle|installation-key"


def load(connection: Connection) -> bytes | None:
    """Return the stored key, wrapped; None where there is none, or no table yet."""
    if not has_table(connection):
        return None
    query = select(installation.c.value).where(installation.c.name == _NAME)
    return connection.execute(query).scalar_one_or_none()


def opened(provider: Keys, wrapped: bytes | None) -> bytes | None:
    """Return the key; None where none is stored and the provider has none of its own.

    Raises:
        Damaged: The provider does not open what is stored: it has another key.
        KeysUnavailable: The provider does not answer.
    """
    if wrapped is not None:
        return provider.unwrap(wrapped, AAD)
    return provider.installation_key if isinstance(provider, FileKeys) else None


def wrap(provider: Keys, key: bytes) -> bytes:
    """Return the key as it is stored."""
    return provider.wrap(key, AAD)


def add(connection: Connection, wrapped: bytes) -> None:
    """Store a first key, unless another process was faster."""
    connection.execute(insert(installation).values(name=_NAME, value=wrapped).on_conflict_do_nothing())


def replace(connection: Connection, wrapped: bytes) -> None:
    """Store the key as another provider has wrapped it."""
    row = insert(installation).values(name=_NAME, value=wrapped)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": wrapped}))


def has_table(connection: Connection) -> bool:
    """Tell whether the table has been made."""
    return connection.execute(select(func.to_regclass(installation.name))).scalar_one() is not None
