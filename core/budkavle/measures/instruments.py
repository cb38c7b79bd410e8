"""Counters, gauges and histograms that cost a comparison while nobody wants them.

Prometheus' client is loaded only where something is made. Labels are names of parts of the installation, never ids,
persons or addresses.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class Instrument(ABC):
    """One figure, with a value for each combination of its labels.

    Args:
        name: Its name, with the unit at the end.
        text: What it says, in a sentence.
        labels: The names of its labels.
        buckets: Upper bounds of a histogram, in its unit.
    """

    made: Any = None

    def __init__(self, name: str, text: str, labels: Sequence[str] = (), buckets: Sequence[float] = ()) -> None:
        self.name, self.text, self.labels, self.buckets = name, text, tuple(labels), tuple(buckets)

    @abstractmethod
    def make(self, registry: "CollectorRegistry") -> Any:
        """Make the one of Prometheus' client."""

    def child(self, values: Sequence[str]) -> Any:
        """Return what holds the value of one combination of labels."""
        return self.made.labels(*values) if values else self.made


class Counter(Instrument):
    """Counts what happens; its name ends in `_total`."""

    def count(self, *values: str) -> None:
        """Count one more under these labels."""
        if self.made is not None:
            self.child(values).inc()

    def make(self, registry: "CollectorRegistry") -> Any:
        """Make the one of Prometheus' client."""
        from prometheus_client import Counter as Made

        return Made(self.name, self.text, self.labels, registry=registry)


class Gauge(Instrument):
    """Says how many there are now; of several processes it is the sum."""

    def add(self, by: float, *values: str) -> None:
        """Add to the value under these labels."""
        if self.made is not None:
            self.child(values).inc(by)

    def make(self, registry: "CollectorRegistry") -> Any:
        """Make the one of Prometheus' client."""
        from prometheus_client import Gauge as Made

        return Made(self.name, self.text, self.labels, registry=registry, multiprocess_mode="livesum")


class Histogram(Instrument):
    """Says how long things take; its name ends in `_seconds`."""

    def observe(self, seconds: float, *values: str) -> None:
        """Note that one has taken so long."""
        if self.made is not None:
            self.child(values).observe(max(0.0, seconds))

    def make(self, registry: "CollectorRegistry") -> Any:
        """Make the one of Prometheus' client."""
        from prometheus_client import Histogram as Made

        return Made(self.name, self.text, self.labels, registry=registry, buckets=self.buckets)
