"""What the doing floor works with: settings, database, vault, attachments and plugins of one installation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import master_key
from budkavle.storage.blobs import Blobs
from budkavle.storage.database import Database
from budkavle.storage.keys import KeyProvider
from budkavle.storage.tables import organisations
from budkavle.storage.vault import Vault


@dataclass(slots=True)
class Platform:
    """One installation in one process; the first argument of every function of the doing floor."""

    settings: Settings
    database: Database
    vault: Vault
    blobs: Blobs
    plugins: Plugins = field(repr=False)
    keys: KeyProvider = field(repr=False)

    def check_key(self) -> None:
        """Compare the master key with what the installation is sealed with, and note it where nothing is noted.

        Raises:
            Misconfigured: It is another key.
        """
        master_key.check(self.keys, self.database, self.settings.key_file)

    def organisations(self) -> Sequence[Row[UUID, Mapping[str, Any]]]:
        """Return id and settings of every organisation, for work that is done in each."""
        with self.database.transaction(None) as connection:
            return connection.execute(select(organisations.c.id, organisations.c.settings)).all()

    def close(self) -> None:
        """Close the connections; the last process that uses the embedded database stops it."""
        self.database.close()


def open_platform(settings: Settings, plugins: Plugins | None = None, *, keys: KeyProvider | None = None) -> Platform:
    """Open the database, the keys and the store, and load the plugins; they are not started and nothing is migrated.

    Args:
        settings: The installation's settings.
        plugins: Plugins that are loaded already.
        keys: Another provider of the master key than the file.

    Raises:
        Misconfigured: A setting, a plugin or the master key is wrong.
        Unavailable: The database does not start.
    """
    plugins = plugins or Plugins.load(settings)
    blobs = Blobs.open(settings)
    database = Database.open(settings)
    try:
        provider = keys or master_key.open_file(settings.key_file, database)
        platform = Platform(settings, database, Vault(provider, database), blobs, plugins, provider)
        platform.check_key()
    except BaseException:
        database.close()
        raise
    return platform
