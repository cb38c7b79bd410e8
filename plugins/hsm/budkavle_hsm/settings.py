"""The section `[plugins.hsm]`."""

from pathlib import Path

from msgspec import Struct


class HsmSettings(Struct, forbid_unknown_fields=True, frozen=True, repr_omit_defaults=True):
    """Which key in which token of which module.

    Attributes:
        module: The maker's library, such as `/usr/lib/softhsm/libsofthsm2.so`.
        label: The token's label.
        pin: The user's PIN; best as `pin_file`.
        key_label: The label of the AES key that wraps.
        older_key_labels: Labels of keys that wrapped before, and still open.
        timeout_seconds: How long somebody waits while the token is busy with others; the core waits for ten in all.
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
