"""The installation's settings for the plugin, `[plugins.records]`."""

from pathlib import Path

from msgspec import Struct


class RecordsSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """The settings made by the installation.

    Attributes:
        archive_folder: Where packages for the archive are also written, in clear text, for the transfers that use it;
            by default, nowhere.
    """

    archive_folder: Path | None = None
