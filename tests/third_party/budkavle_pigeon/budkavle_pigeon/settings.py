"""The section `[plugins.pigeon]`."""

from pathlib import Path
from uuid import UUID

import msgspec


class PigeonSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the loft is and who lives there.

    Attributes:
        loft: The folder of the loft; by default in the plugin's own data folder.
        birds: How many pigeons there are.
        homes: Our own addresses, each with its organisation and mailbox.
        lofts: Other people's addresses and what they are called.
        rings: Rings that prove who their bearer is, by ring.
        moulting: Whether the pigeons moult, and no letter may be thrown away.
    """

    loft: Path | None = None
    birds: int = 3
    homes: dict[str, tuple[UUID, UUID]] = {}
    lofts: dict[str, str] = {}
    rings: dict[str, str] = {}
    moulting: bool = False
