"""What this process knows of a database that does not answer: a frozen server or a lost host closes no connection.

It also knows whether a page has just timed out waiting for a lock or a standby: then neither its retry nor the next
page waits as long again. Short timeouts do not extend this period, so normal timeouts soon apply again.
"""

from collections.abc import Mapping
from typing import Final

from budkavle.model import sources
from budkavle.model.errors import Unavailable

DOWN: Final = "Databasen svarar inte just nu. Försök igen om en stund."
PAUSE_SECONDS: Final = 2.0
"""Seconds until a silent database is tried again; longer than one attempt takes."""
_BRIEFLY: Final = {"lock_timeout": "200"}
"""A page's lock timeout in milliseconds, shortly after another page has timed out."""


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
        """Return a page's timeouts now; without a lock timeout nothing is shortened, since it is not a page's."""
        waits = limits.get("lock_timeout", "0") != "0"
        return {**limits, **_BRIEFLY} if waits and self.is_brief else limits

    def refuse(self) -> None:
        """Refuse at once while the database is silent, except for one request that tries again.

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
        """Record that the database is silent."""
        self._until = sources.monotonic() + PAUSE_SECONDS

    def end(self) -> None:
        """Record that the database answers."""
        self._until = 0.0
