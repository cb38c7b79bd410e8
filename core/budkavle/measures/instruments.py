"""Counters, gauges and histograms that cost only a comparison while metrics are off.

Prometheus' client is loaded only when instruments are made. Labels are names of parts of the installation, never ids,
persons or addresses.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class Instrument(ABC):
    """One metric, with a value for each combination of its labels.

    Args:
        name: Its name, with the unit at the end.
        text: Its description, in a sentence.
        labels: The names of its labels.
        buckets: Upper bounds of a histogram, in its unit.
    """

    made: Any = None

    def __init__(self, name: str, text: str, labels: Sequence[str] = (), buckets: Sequence[float] = ()) -> None:
        self.name, self.text, self.labels, self.buckets = name, text, tuple(labels), tuple(buckets)

    @abstractmethod
    def make(self, registry: "CollectorRegistry") -> Any:
        """Make the instrument of Prometheus' client."""

    def child(self, values: Sequence[str]) -> Any:
        """Return the object that holds the value of one combination of labels."""
        return self.made.labels(*values) if values else self.made


class Counter(Instrument):
    """Counts events; its name ends in `_total`."""

    def count(self, *values: str) -> None:
        """Count one more under these labels."""
        if self.made is not None:
            self.child(values).inc()

    def make(self, registry: "CollectorRegistry") -> Any:
        """Make the instrument of Prometheus' client."""
        from prometheus_client import Counter as Made

        return Made(self.name, self.text, self.labels, registry=registry)


class Gauge(Instrument):
    """The current number of something; the sum over all processes."""

    def add(self, by: float, *values: str) -> None:
        """Add to the value under these labels."""
        if self.made is not None:
            self.child(values).inc(by)

    def make(self, registry: "CollectorRegistry") -> Any:
        """Make the instrument of Prometheus' client."""
        from prometheus_client import Gauge as Made

        return Made(self.name, self.text, self.labels, registry=registry, multiprocess_mode="livesum")


class Histogram(Instrument):
    """The distribution of durations; its name ends in `_seconds`."""

    def observe(self, seconds: float, *values: str) -> None:
        """Record one duration."""
        if self.made is not None:
            self.child(values).observe(max(0.0, seconds))

    def make(self, registry: "CollectorRegistry") -> Any:
        """Make the instrument of Prometheus' client."""
        from prometheus_client import Histogram as Made

        return Made(self.name, self.text, self.labels, registry=registry, buckets=self.buckets)
