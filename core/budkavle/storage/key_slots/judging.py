"""Checks before the start whether the key store in the settings is the installation's."""

from budkavle.model.errors import BudkavleError, Damaged, Misconfigured, Unavailable
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import master_key
from budkavle.storage.database import Database
from budkavle.storage.key_slots import watch
from budkavle.storage.key_slots.places import open_shelf
from budkavle.storage.key_slots.store import KeyStore
from budkavle.storage.keys import FILE, KeysUnavailable
from budkavle.storage.vault import Vault


def judge_store(settings: Settings, plugins: Plugins) -> bool:
    """Check the key store against the database, and change neither.

    Returns:
        Whether they could be compared: the database and the key provider answer.

    Raises:
        Misconfigured: The key store does not answer, is another installation's, or its URL cannot be read.
    """
    shelf = open_shelf(settings)
    try:
        shelf.stamp()
        if not settings.database.url and not (settings.data / "postgres" / "PG_VERSION").exists():
            return True  # nothing has been started here yet
        if settings.key_provider == FILE and not settings.key_file.exists():
            return True  # reported by the check of the master key
        database = Database.open(settings)
    except KeysUnavailable as error:
        raise wrong(error) from error
    except Unavailable:
        return False
    try:
        with database.transaction(None) as connection:
            note = watch.load_note(connection) if watch.has_table(connection) else None
        key = Vault(master_key.open_provider(settings, plugins, database), database).store_key()
    except Unavailable:
        return False
    else:
        _compare(KeyStore(shelf, lambda: key), note)
    finally:
        shelf.close()
        database.close()
    return True


def _compare(store: KeyStore, note: watch.StoreNote | None) -> None:
    try:
        if note is not None:
            watch.judge(store, note)
    except (KeysUnavailable, Damaged) as error:
        raise wrong(error) from error


def wrong(error: BudkavleError) -> Misconfigured:
    """Return an error of the key store as an error in the settings."""
    changed = Misconfigured(error.message)
    changed.facts = error.facts
    return changed
