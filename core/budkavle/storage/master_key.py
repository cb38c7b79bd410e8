"""Which master key an installation is sealed with: a missing or a wrong key file is reported before it can do harm.

A check value stands in the table `installation` from the first start on: a hash of what is derived from the key, from
which the key does not follow. A new key is made only where the database holds nothing that an old one has sealed.
"""

import hashlib
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle.logs import describe
from budkavle.model.errors import Misconfigured, Unavailable
from budkavle.settings import Settings
from budkavle.storage.database import Database
from budkavle.storage.keys import FileKeys, KeyProvider
from budkavle.storage.tables import installation, organisations
from budkavle.storage.vault import Vault

_NAME, _PURPOSE = "master-key", "master-key-check"
_MISSING = (
    "Nyckelfilen {path} saknas, men databasen hör till en installation som redan har en. Kopiera den från en annan"
    " dator i installationen eller från säkerhetskopian, eller ange med keys var den finns. En ny nyckel skulle inte"
    " öppna något av det som finns."
)
_WRONG = (
    "Nyckeln i {path} är inte den som installationen är krypterad med. Lägg tillbaka den rätta filen, från en annan"
    " dator i installationen eller från säkerhetskopian, eller ange med keys var den finns."
)
log = structlog.get_logger("budkavle.storage.keys")


def open_file(path: Path, database: Database) -> FileKeys:
    """Open the file of the master key; it is made only for an installation in which nothing is sealed yet.

    Raises:
        Misconfigured: The file is missing, although the installation has a master key; or it holds something else.
        Unavailable: The file is missing, and the database does not tell whether the installation is new.
    """
    if not path.exists():
        if not _is_new(database):
            raise Misconfigured(_MISSING, path=str(path))
        FileKeys.make(path)
    return FileKeys(path)


def check(provider: KeyProvider, database: Database, path: Path) -> None:
    """Compare a master key with what the installation is sealed with, and store its fingerprint at the first start.

    Where the database does not answer nothing is compared; who works without having compared parks nothing.

    Raises:
        Misconfigured: It is another key.
    """
    try:
        _compare(provider, database, path, note=True)
    except Unavailable as error:
        log.warning("keys.not-compared", **describe(error))


def judge(settings: Settings) -> bool:
    """Judge the settings' key file against the database, leaving both as they are.

    Returns:
        Whether they could be compared: the database answers.

    Raises:
        Misconfigured: The file is missing or another one than it should be.
    """
    path = settings.key_file
    keys = FileKeys(path) if path.exists() else None
    if not settings.database.url and not (settings.data / "postgres" / "PG_VERSION").exists():
        return True  # nothing has been started here yet
    try:
        database = Database.open(settings)
    except Unavailable:
        return False
    try:
        if keys is not None:
            _compare(keys, database, path, note=False)
        elif not _is_new(database):
            raise Misconfigured(_MISSING, path=str(path))
    except Unavailable:
        return False
    finally:
        database.close()
    return True


def _compare(provider: KeyProvider, database: Database, path: Path, *, note: bool) -> None:
    with database.transaction(None) as connection:
        has_table = _has(connection, "installation")
        stored = _load_fingerprint(connection) if has_table else None
        oldest = _oldest(connection)
    fingerprint = hashlib.sha256(provider.secret(_PURPOSE)).digest()
    if stored is None and (oldest is None or Vault(provider, database).holds(oldest)):
        stored = _store_fingerprint(database, fingerprint) if note and has_table else fingerprint
    if stored != fingerprint:
        raise Misconfigured(_WRONG, path=str(path))


def _is_new(database: Database) -> bool:
    with database.transaction(None) as connection:
        is_noted = _has(connection, "installation") and _load_fingerprint(connection) is not None
        return not is_noted and _oldest(connection) is None


def _has(connection: Connection, table: str) -> bool:
    return connection.execute(select(func.to_regclass(table))).scalar_one() is not None


def _load_fingerprint(connection: Connection) -> bytes | None:
    query = select(installation.c.value).where(installation.c.name == _NAME)
    return connection.execute(query).scalar_one_or_none()


def _oldest(connection: Connection) -> UUID | None:
    """Return an organisation whose keys the master key has sealed, as installations without a check value have them."""
    if not _has(connection, "organisations"):
        return None
    query = select(organisations.c.id).order_by(organisations.c.created_at).limit(1)
    return connection.execute(query).scalar_one_or_none()


def _store_fingerprint(database: Database, fingerprint: bytes) -> bytes | None:
    """Store the check value, unless another process was first; return the stored one."""
    with database.transaction(None) as connection:
        row = insert(installation).values(name=_NAME, value=fingerprint)
        connection.execute(row.on_conflict_do_nothing())
        return _load_fingerprint(connection)
