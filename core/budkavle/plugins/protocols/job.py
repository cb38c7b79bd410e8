"""What a plugin promises of work that is done again and again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from budkavle.model.errors import Misconfigured
from budkavle.plugins.protocols.base import MaybeAsync


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is done again and again by one worker at a time.

    Attributes:
        name: Its name, which is the plugin's own.
        run: Returns how many things it did; more than none means: again at once.
        every: The pause until it is due again.
        deadline: How long one `run` may take. After that the worker waits for it no longer and frees its turn: another
            worker may begin it, this one not before the late run has ended.

    Raises:
        Misconfigured: `every` or `deadline` is no timedelta, or not longer than nothing.
    """

    name: str
    run: Callable[[], MaybeAsync[int]]
    every: timedelta = timedelta(minutes=1)
    deadline: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        """Judge the times here, where the author's own line is in sight; a worker could only fail by them."""
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
