"""Opens the shelf that the settings name."""

from budkavle.settings import Settings
from budkavle.storage.key_slots.folder import FolderShelf
from budkavle.storage.key_slots.postgres import PostgresShelf
from budkavle.storage.key_slots.shelf import Shelf


def open_shelf(settings: Settings) -> Shelf:
    """Return the shelf of the key store: a folder, or a separate PostgreSQL database.

    Raises:
        Misconfigured: The URL cannot be read.
    """
    if settings.key_store.url:
        return PostgresShelf(settings.key_store.url)
    return FolderShelf(settings.key_store_folder)
