"""How the simulated network misbehaves on order: `budkavle sdk misbehave`, for as long as that command runs.

The order is a file in the federation's folder, and holds only while the process that gave it has it locked: whatever
becomes of that process, the network behaves again. Nothing but the simulator reads it.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from budkavle import Conflict

LATE_SECONDS: Final = 20.0
"""How long what is late takes."""
_PATIENCE: Final = 2.0


class NetworkFault(StrEnum):
    """What the network can be ordered to do to every parcel."""

    LATE = "late"
    """It takes `LATE_SECONDS`."""
    DOUBLE = "double"
    """It comes twice, under two transport ids."""
    SHUFFLED = "shuffled"
    """It comes before what was sent before it."""
    UNREACHABLE = "unreachable"
    """It does not come: no access point can be reached."""


@dataclass(frozen=True, slots=True)
class FaultOrders:
    """The order of one federation.

    Attributes:
        folder: The federation's.
    """

    folder: Path

    @contextmanager
    def give(self, network_faults: frozenset[NetworkFault]) -> Iterator[None]:
        """Let the network misbehave for as long as the block.

        Raises:
            Conflict: Somebody else has given an order.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+") as file:
            end = time.monotonic() + _PATIENCE
            while not _locked(file.fileno(), fcntl.LOCK_EX):  # a reader has it for a moment
                if time.monotonic() > end:
                    raise Conflict("Simulatorns nät krånglar redan på order av någon annan. Stoppa den först.")
                time.sleep(0.01)
            file.truncate(0)
            file.write(",".join(sorted(network_faults)))
            file.flush()
            yield

    def stand(self) -> bool:
        """Tell whether somebody has given an order."""
        try:
            with self._file.open() as file:
                return not _locked(file.fileno(), fcntl.LOCK_SH)
        except FileNotFoundError:
            return False

    def given(self) -> frozenset[NetworkFault]:
        """Return how the network is to misbehave now."""
        if not self.stand():
            return frozenset()
        return frozenset(NetworkFault(word) for word in self._file.read_text("utf-8").split(",") if word)

    @property
    def _file(self) -> Path:
        return self.folder / "misbehave"


def _locked(file: int, how: int) -> bool:
    """Tell whether the lock was to be had; it goes when the file is closed."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
