"""Which key an installation is sealed with: a missing or wrong key is reported before it can do harm.

From the first start, the table `installation` holds a check value: a hash of a key derived from the installation's key,
from which the key cannot be derived. A new key is made only if the database holds nothing that is sealed under an old
one.
"""

import hashlib
import os
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import Connection, select

from budkavle.logs import describe
from budkavle.model.errors import Damaged, Misconfigured, Unavailable
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import installation_key
from budkavle.storage.database import Database
from budkavle.storage.key_wrapping import keeper
from budkavle.storage.key_wrapping.hybrid import PublicKey
from budkavle.storage.key_wrapping.ring import KeyRing, find_provider
from budkavle.storage.keys import FILE, KEY_BYTES, FileKeys, KeeperUnknown, Keys, derive
from budkavle.storage.outside import notes
from budkavle.storage.tables import organisations
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
_OTHERS = (
    "Nyckeln hos nyckelleverantören {name} är inte den som installationen är krypterad med. Ange den rätta med"
    " key_provider, eller byt från den med budkavle keys rewrap {name}."
)
log = structlog.get_logger("budkavle.storage.keys")


def open_provider(settings: Settings, plugins: Plugins, database: Database) -> KeyRing:
    """Return the key provider that the settings name, and the others that can also open keys.

    Raises:
        Misconfigured: No active plugin offers it; or the key file is missing or its content is wrong.
        Unavailable: The key file is missing, and the database cannot say whether the installation is new.
    """
    own: Keys
    if settings.key_provider == FILE:
        own = open_file(settings.key_file, database)
    else:
        own = find_provider(settings.key_provider, plugins)
    return KeyRing(own, settings.key_file, plugins, recovery_key(settings))


def recovery_key(settings: Settings) -> PublicKey | None:
    """Return the recovery key of the settings.

    Raises:
        Misconfigured: The file holds none, or the installed library has no ML-KEM.
    """
    return PublicKey.read(settings.recovery_key) if settings.recovery_key else None


def open_file(path: Path, database: Database) -> FileKeys:
    """Open the file of the master key; it is made only for an installation in which nothing is sealed yet.

    Raises:
        Misconfigured: The file is missing, although the installation has a master key; or its content is wrong.
        Unavailable: The file is missing, and the database cannot say whether the installation is new.
    """
    if not path.exists():
        if not _is_new(database):
            raise Misconfigured(_MISSING, path=str(path))
        FileKeys.make(path)
    return FileKeys(path)


def check(provider: Keys, database: Database, path: Path) -> None:
    """Compare a provider's key with the one the installation is sealed with; store its fingerprint at the first start.

    If the database or the provider does not answer, nothing is compared. A process that has compared nothing parks
    nothing.

    Raises:
        Misconfigured: It is a different key.
    """
    try:
        _compare(provider, database, path, note=True)
    except Unavailable as error:
        log.warning("keys.not-compared", **describe(error))


def judge(settings: Settings, plugins: Plugins) -> bool:
    """Check the settings' key provider against the database, and change neither.

    Returns:
        Whether they could be compared: the database and the provider answer.

    Raises:
        Misconfigured: The key file or the provider is missing or is the wrong one.
    """
    path = settings.key_file
    provider: Keys | None = None
    recovery_key(settings)
    if settings.key_provider != FILE:
        provider = find_provider(settings.key_provider, plugins)
    elif path.exists():
        provider = FileKeys(path)
    if not settings.database.url and not (settings.data / "postgres" / "PG_VERSION").exists():
        return True  # nothing has been started here yet
    try:
        database = Database.open(settings)
    except Unavailable:
        return False
    try:
        if provider is not None:
            _compare(KeyRing(provider, path, plugins), database, path, note=False)
        elif not _is_new(database):
            raise Misconfigured(_MISSING, path=str(path))
    except Unavailable:
        return False
    finally:
        database.close()
    return True


def fingerprint(key: bytes) -> bytes:
    """Return the check value of an installation's key; the key cannot be derived from it."""
    return hashlib.sha256(derive(key, _PURPOSE)).digest()


def _compare(provider: Keys, database: Database, path: Path, *, note: bool) -> None:
    with database.transaction(None) as connection:
        has_table = notes.has_table(connection)
        stored = load_fingerprint(connection) if has_table else None
        key_stored = installation_key.load(connection)
        move = keeper.move(connection) if has_table else None
        oldest = _oldest(connection) if stored is None else None
    if (key_stored.provider or provider.name) == FILE:
        wrong = Misconfigured(_WRONG, path=str(path))
    else:
        wrong = Misconfigured(_OTHERS, name=key_stored.provider or provider.name)
    try:
        if move is not None:
            provider.of(move.target)
        key = installation_key.opened(provider, key_stored)
        if key is None:  # a plugin's provider, which has not yet wrapped a key
            if stored is not None or oldest is not None:
                raise wrong
            if not note or not has_table:
                return
            key = _make_key(provider, database)
    except Damaged as error:
        raise wrong from error
    except KeeperUnknown as error:
        raise Misconfigured(error.message, fields=None, **error.facts) from error
    check_value = fingerprint(key)
    if stored is None and (oldest is None or Vault(provider, database).holds(oldest)):
        stored = _store_fingerprint(database, check_value) if note and has_table else check_value
    if stored != check_value:
        raise wrong


def _make_key(provider: Keys, database: Database) -> bytes:
    """Make the key of a new installation; if two processes do, both use the one that was stored first."""
    wrapped = installation_key.wrap(provider, os.urandom(KEY_BYTES))
    with database.transaction(None) as connection:
        installation_key.add(connection, wrapped)
        stored = installation_key.load(connection)
    key = installation_key.opened(provider, stored)
    if key is None:
        raise Unavailable("Installationens nyckel kunde inte sparas. Försök igen.")
    return key


def _is_new(database: Database) -> bool:
    with database.transaction(None) as connection:
        is_noted = notes.has_table(connection) and load_fingerprint(connection) is not None
        return not is_noted and _oldest(connection) is None


def load_fingerprint(connection: Connection) -> bytes | None:
    """Return the check value of the installation's key; None if none has been stored."""
    return notes.read(connection, _NAME)


def _oldest(connection: Connection) -> UUID | None:
    """Return an organisation whose keys the master key has sealed, for installations without a check value."""
    if not notes.has_table(connection, organisations.name):
        return None
    query = select(organisations.c.id).order_by(organisations.c.created_at).limit(1)
    return connection.execute(query).scalar_one_or_none()


def _store_fingerprint(database: Database, check_value: bytes) -> bytes | None:
    """Store the check value, unless another process was first; return the stored one."""
    with database.transaction(None) as connection:
        notes.write(connection, _NAME, check_value, replace=False)
        return load_fingerprint(connection)
