"""A time stamp of a third party for a part of an event log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LogStamp:
    """A stamp (RFC 3161) over the text of a `LogSpan`, kept by the plugin that asked for it.

    Attributes:
        first: The number of the span's first entry.
        last: The number of its last.
        at: The time that the third party states.
        authority: The name of the time stamping authority in its certificate.
        token: The unchanged response of the authority (DER).
        judge: Called with the span's text; raises a `BudkavleError` if the stamp is not over that text, or not by an
            authority that is trusted here.
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
