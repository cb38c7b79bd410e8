"""The disk of a run: what our processes write fails now and then, and in some runs there is no room for a while."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from budkavle.storage.outside import ledger
from simulate.disk import failing
from simulate.network import Network
from simulate.scheduling import current

FAULTS = {"": 940, "full": 20, "broken": 20, "short": 20}
"""What befalls an operation, by weight."""
FULL_SECONDS = 15.0


@dataclass
class RunDisk:
    """Says what befalls each operation of a simulated process.

    Attributes:
        folders: Where our processes write in this run.
        full_at: From when on there is no room for `FULL_SECONDS`; after the end of the run for never.
        counts: How often what befell whom.
        unkept: How often something of the ledger failed: so many lines may be missing.
    """

    network: Network
    folders: tuple[Path, ...]
    full_at: float
    counts: Counter[str] = field(default_factory=Counter)
    unkept: int = 0

    def __call__(self, operation: str, path: str) -> str:
        """Judge one operation."""
        process = current()
        if process is None or process.is_dead or self.network.is_calm:
            return ""
        if not any(path.startswith(str(folder)) for folder in self.folders):
            return ""
        scheduler = self.network.scheduler
        is_full = self.full_at <= scheduler.time < self.full_at + FULL_SECONDS
        fault = "full" if is_full and operation != "flush" else self.network.choose(FAULTS)
        if fault == "short" and operation != "write":
            fault = ""
        if fault:
            self.counts[f"disk {fault}"] += 1
            self.unkept += ledger.FOLDER in path
            scheduler.note(f"{process.name} {operation} {fault}")
        return fault

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Ask for each operation as long as the block lasts."""
        ledger.keep()  # what an earlier run has left unflushed
        with failing(self):
            yield
