"""Levels of assurance: how surely a person has been identified (tillitsnivå)."""

from enum import IntEnum


class Loa(IntEnum):
    """Tillitsnivå 1 to 3; higher is a stronger identification.

    Source: the Swedish trust framework's levels as the product's guide uses them.

    Attributes:
        NONE: Nobody has been identified.
        ONE: Access to a mailbox was enough; no personal data may be sent.
        TWO: A password, or e-mail and a code by SMS.
        THREE: Svensk e-legitimation or its equal.
    """

    NONE = 0
    ONE = 1
    TWO = 2
    THREE = 3

    def meets(self, required: "Loa") -> bool:
        """Tell whether this level is at least the required one.

        Args:
            required: The level that is needed.
        """
        return self >= required
