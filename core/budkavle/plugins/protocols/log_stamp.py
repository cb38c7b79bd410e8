"""A time stamp of a third party over a piece of an event log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogStamp:
    """A stamp (RFC 3161) over the text of a `LogSpan`, kept by the plugin that asked for it.

    Attributes:
        first: The number of the span's first entry.
        last: The number of its last.
        at: When the third party says that it was.
        authority: Who has stamped, as its certificate calls it.
        token: The reply of the time stamping authority, as it came (DER).
        judge: Called with the span's text; raises a `BudkavleError` where the stamp is not over that text, or not by
            an authority that is trusted here.
    """

    first: int
    last: int
    at: datetime
    authority: str
    token: bytes
    judge: Callable[[bytes], None]

    def covers(self, number: int) -> bool:
        """Tell whether an entry is in the span."""
        return self.first <= number <= self.last
