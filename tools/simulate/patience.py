"""How long a run waits for what the real clock decides: a machine may be slow, and the product is not at fault."""

import time

PATIENCE_SECONDS = 300.0
"""Of the real clock, without anything new, until the machine is said to be too slow for the run."""


class TooSlow(Exception):
    """The machine did not get anything done for so long that the run tells nothing of the product."""


class Patience:
    """How long is waited for something that the real clock decides."""

    def __init__(self) -> None:
        self._end = time.monotonic() + PATIENCE_SECONDS

    def check(self) -> None:
        """Go on waiting.

        Raises:
            TooSlow: It has taken too long.
        """
        if time.monotonic() > self._end:
            raise TooSlow(f"nothing happened for {PATIENCE_SECONDS:.0f} seconds of the real clock")
