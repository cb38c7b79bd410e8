"""The installation's settings of the plugin, `[plugins.records]`."""

from msgspec import Struct


class RecordsSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """What the installation decides.

    Attributes:
        key_backup_days: For how long copies of keys are kept in backups; protocols say when the last one is gone.
    """

    key_backup_days: int = 30

    def __post_init__(self) -> None:
        """Judge the days where the operator's own line is in sight."""
        if self.key_backup_days < 0:
            raise ValueError("key_backup_days must be 0 or more")
