"""Whether this process counts anything.

When Prometheus' client is loaded, `PROMETHEUS_MULTIPROC_DIR` decides whether processes share their metrics: the
variable is set before the sharing processes are started.
"""

from typing import TYPE_CHECKING

from budkavle.measures import catalogue

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable with the folder in which the processes of a host share their metrics."""
_registry: list["CollectorRegistry"] = []


def switch_on() -> None:
    """Begin to count in this process; does nothing if it already counts."""
    if _registry:
        return
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    for instrument in catalogue.ALL:
        instrument.made = instrument.make(registry)
    _registry.append(registry)


def switch_off() -> None:
    """Stop counting, and discard what has been counted."""
    for instrument in catalogue.ALL:
        instrument.made = None
    _registry.clear()


def own_registry() -> "CollectorRegistry | None":
    """Return this process's registry; None if it counts nothing."""
    return _registry[0] if _registry else None
