"""The section `[plugins.pigeon]`, and what organisations and mailboxes choose for themselves."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec

from budkavle import Setting


class PigeonSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the loft is and who lives there.

    Attributes:
        loft: The folder of the loft; by default in the plugin's own data folder.
        birds: How many pigeons there are.
        homes: Our own addresses, each with its organisation and mailbox.
        lofts: Other people's addresses and what they are called.
        lockbox: The file of the key, where the installation's `key_provider` is `lockbox`; by default in the plugin's
            own data folder.
        rings: Rings that prove who their bearer is, by ring.
        moulting: Whether the pigeons moult, and no letter may be thrown away.
    """

    loft: Path | None = None
    birds: int = 3
    homes: dict[str, tuple[UUID, UUID]] = {}
    lofts: dict[str, str] = {}
    lockbox: Path | None = None
    rings: dict[str, str] = {}
    moulting: bool = False


class LoftSettings(msgspec.Struct, frozen=True):
    """What an organisation, or a mailbox, says of its pigeons."""

    rest: Annotated[timedelta, Setting(label="Vila mellan två flygningar", unit="timmar", least=0, most=48)] = (
        timedelta(hours=2)
    )
    load: Annotated[
        int, Setting(label="Största vikt", help="Brev som väger mer flyger inte.", unit="gram", least=1, most=75)
    ] = 50
    feed: Annotated[str, Setting(label="Foder", choices={"maize": "Majs", "peas": "Ärtor"})] = "maize"
    rings: Annotated[bool, Setting(label="Ringmärk alla duvor")] = True
    call: Annotated[str, Setting(label="Lockrop", most=40)] = "Hem!"
    key: Annotated[str, Setting(label="Nyckel till duvslaget", secret=True)] = ""
