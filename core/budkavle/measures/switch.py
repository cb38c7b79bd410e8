"""Whether this process counts anything.

Prometheus' client decides as it is loaded whether processes share their figures, by `PROMETHEUS_MULTIPROC_DIR`: the
variable is set before a process is started that is to share them.
"""

from typing import TYPE_CHECKING

from budkavle.measures import catalogue

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of the environment that names the folder in which the processes of a host share their figures."""
_registry: list["CollectorRegistry"] = []


def switch_on() -> None:
    """Begin to count in this process; nothing happens where it counts already."""
    if _registry:
        return
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    for instrument in catalogue.ALL:
        instrument.made = instrument.make(registry)
    _registry.append(registry)


def switch_off() -> None:
    """Count nothing any more, and forget what has been counted."""
    for instrument in catalogue.ALL:
        instrument.made = None
    _registry.clear()


def own_registry() -> "CollectorRegistry | None":
    """Return what this process has counted; None where it counts nothing."""
    return _registry[0] if _registry else None
