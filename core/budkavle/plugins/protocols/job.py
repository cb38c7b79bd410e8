"""The periodic jobs of a plugin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from budkavle.model.errors import Misconfigured
from budkavle.plugins.protocols.base import MaybeAsync


@dataclass(frozen=True, slots=True)
class Job:
    """Periodic work, run by one worker at a time.

    Attributes:
        name: Its name, unique in the plugin.
        run: Returns how many items it handled; a number above zero means: run again at once.
        every: The pause until it is due again.
        deadline: The timeout of one `run`. After it the worker stops waiting and releases the job: another worker may
            run it, and this one may when the late run has ended.

    Raises:
        Misconfigured: `every` or `deadline` is no timedelta, or not above zero.
    """

    name: str
    run: Callable[[], MaybeAsync[int]]
    every: timedelta = timedelta(minutes=1)
    deadline: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        """Check the times here, so that the traceback shows the author's own line; a worker could only fail later."""
        times: Mapping[str, object] = {"every": self.every, "deadline": self.deadline}
        for name, value in times.items():
            details: dict[str, Any] = {"job": self.name, "field": name}
            if not isinstance(value, timedelta):
                actual = type(value).__name__
                raise Misconfigured(
                    "jobbet {job}: {field} ska vara en timedelta, inte {given}", **details, given=actual
                )
            if value <= timedelta(0):
                raise Misconfigured("jobbet {job}: {field} ska vara längre än noll", **details)
