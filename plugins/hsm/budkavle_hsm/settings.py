"""The section `[plugins.hsm]`."""

from pathlib import Path

from msgspec import Struct


class HsmSettings(Struct, forbid_unknown_fields=True, frozen=True, repr_omit_defaults=True):
    """Which key in which token of which module.

    Attributes:
        module: The library of the manufacturer, such as `/usr/lib/softhsm/libsofthsm2.so`.
        label: The label of the token.
        pin: The user PIN, preferably as `pin_file`.
        key_label: The label of the AES key that wraps.
        older_key_labels: The labels of former wrapping keys, which still unwrap.
        timeout_seconds: How long to wait while the token is busy with others. The core waits ten seconds in all.
    """

    module: Path | None = None
    label: str = "budkavle"
    pin: str = ""
    key_label: str = "budkavle-1"
    older_key_labels: tuple[str, ...] = ()
    timeout_seconds: float = 8.0

    def __repr__(self) -> str:
        """Leave out the PIN."""
        return f"HsmSettings(module={self.module!s}, label={self.label!r}, key_label={self.key_label!r})"
