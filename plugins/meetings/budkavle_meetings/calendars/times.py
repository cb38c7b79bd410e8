"""Times when somebody is busy."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

Busy: TypeAlias = tuple[datetime, datetime]
"""Start and end."""


def joined(times: Iterable[Busy]) -> list[Busy]:
    """Return the times in order; adjacent and overlapping times are merged."""
    whole: list[Busy] = []
    for start, end in sorted(times):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole
