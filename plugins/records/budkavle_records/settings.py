"""The installation's settings of the plugin, `[plugins.records]`."""

from pathlib import Path

from msgspec import Struct


class RecordsSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """What the installation decides.

    Attributes:
        key_backup_days: For how long copies of keys are kept in backups; protocols say when the last one is gone.
        archive_folder: Where packages for the archive are also written, in clear, for those transfers that ask for it;
            none means nowhere.
    """

    key_backup_days: int = 30
    archive_folder: Path | None = None

    def __post_init__(self) -> None:
        """Judge the days where the operator's own line is in sight."""
        if self.key_backup_days < 0:
            raise ValueError("key_backup_days must be 0 or more")
