"""The installation's settings of the plugin, `[plugins.records]`."""

from pathlib import Path

from msgspec import Struct


class RecordsSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """What the installation decides.

    Attributes:
        archive_folder: Where packages for the archive are also written, in clear, for those transfers that ask for it;
            none means nowhere.
    """

    archive_folder: Path | None = None
