"""The metrics of a host as text. It loads Prometheus' client: import it only where metrics are read."""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from budkavle.measures import switch
from budkavle.operations.metrics.figures import Figures
from budkavle.storage.platform import Platform


class Exposition:
    """The metrics of this host's processes and of the database, in Prometheus' format.

    Args:
        platform: The installation.
    """

    def __init__(self, platform: Platform) -> None:
        self._of_database = CollectorRegistry(auto_describe=False)
        self._of_database.register(Figures(platform))

    def text(self) -> bytes:
        """Return them as text; figures from the database may wait for it."""
        counted = switch.own_registry() or CollectorRegistry()
        if folder := os.environ.get(switch.SHARED):
            _forget_dead(Path(folder))
            counted = CollectorRegistry()
            MultiProcessCollector(counted, folder)  # type: ignore[no-untyped-call] # it registers itself
        return generate_latest(counted) + generate_latest(self._of_database)


def _forget_dead(folder: Path) -> None:
    """Delete live gauges of processes that have ended; what they have counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        process = file.stem.rpartition("_")[2]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            mark_process_dead(int(process), str(folder))  # type: ignore[no-untyped-call]
        except (PermissionError, ValueError):
            continue
