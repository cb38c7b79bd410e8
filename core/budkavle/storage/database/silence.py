"""What this process knows of a database that does not answer: a frozen server or a vanished host hangs up on nobody."""

from typing import Final

from budkavle.model import sources
from budkavle.model.errors import Unavailable

DOWN: Final = "Databasen svarar inte just nu. Försök igen om en stund."
PAUSE_SECONDS: Final = 2.0
"""Until a silent database is tried again; longer than one try takes."""


class Silence:
    """What one process knows of a silent database: one asks for all, and nobody queues up behind it."""

    def __init__(self) -> None:
        self._until = 0.0

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
