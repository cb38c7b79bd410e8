"""Times in which somebody is busy."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

Busy: TypeAlias = tuple[datetime, datetime]
"""From when until when."""


def joined(times: Iterable[Busy]) -> list[Busy]:
    """Return times in order, those that touch as one."""
    whole: list[Busy] = []
    for start, end in sorted(times):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole
