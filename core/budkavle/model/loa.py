"""Levels of assurance: how surely a person has been identified (tillitsnivå)."""

from enum import IntEnum


class Loa(IntEnum):
    """Tillitsnivå 1 to 3; higher is a stronger identification.

    Source: the Swedish trust framework's levels as the product's guide uses them.
    """

    NONE = 0
    """Nobody has been identified."""
    ONE = 1
    """Access to a mailbox was enough; no personal data may be sent."""
    TWO = 2
    """A password, or e-mail and a code by SMS."""
    THREE = 3
    """Svensk e-legitimation or its equal."""

    def meets(self, required: "Loa") -> bool:
        """Tell whether this level is at least the required one.

        Args:
            required: The level that is needed.
        """
        return self >= required
