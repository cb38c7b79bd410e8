"""What this process knows of a database that does not answer: a frozen server or a lost host closes no connection.

It also knows that a page has just waited in vain for a lock or a standby: neither that page, as it asks again, nor the
next one waits as long again. A short wait in vain prolongs nothing, so what needs a little longer is soon given it.
"""

from collections.abc import Mapping
from typing import Final

from budkavle.model import sources
from budkavle.model.errors import Unavailable

DOWN: Final = "Databasen svarar inte just nu. Försök igen om en stund."
PAUSE_SECONDS: Final = 2.0
"""Until a silent database is tried again; longer than one try takes."""
_BRIEFLY: Final = {"lock_timeout": "200"}
"""Milliseconds that a page waits soon after one has waited in vain."""


class Silence:
    """What one process knows of a silent database: one request probes it, and the others do not wait for it."""

    def __init__(self) -> None:
        self._until = 0.0
        self._brief_until = 0.0
        self._brief_at_commit_until = 0.0

    @property
    def is_brief(self) -> bool:
        """Whether a request has recently timed out, although the database answers."""
        return sources.monotonic() < self._brief_until

    @property
    def is_brief_at_commit(self) -> bool:
        """Whether that request waited for a commit."""
        return sources.monotonic() < self._brief_at_commit_until

    def be_brief(self, *, at_commit: bool = False) -> None:
        """Record that a request has timed out, waiting for a lock, a statement or a commit."""
        until = sources.monotonic() + PAUSE_SECONDS
        if not self.is_brief:
            self._brief_until = until
        if at_commit and not self.is_brief_at_commit:
            self._brief_at_commit_until = until

    def shortened(self, limits: Mapping[str, str]) -> Mapping[str, str]:
        """Return what limits a page now; who has none, makes no pages."""
        waits = limits.get("lock_timeout", "0") != "0"
        return {**limits, **_BRIEFLY} if waits and self.is_brief else limits

    def refuse(self) -> None:
        """Refuse at once while it is silent, except for the one that tries again.

        Raises:
            Unavailable: It was silent a moment ago.
        """
        if not self._until:
            return
        now = sources.monotonic()
        if now < self._until:
            raise Unavailable(DOWN)
        self._until = now + PAUSE_SECONDS

    def begin(self) -> None:
        """Note that it is silent."""
        self._until = sources.monotonic() + PAUSE_SECONDS

    def end(self) -> None:
        """Note that it answers."""
        self._until = 0.0
