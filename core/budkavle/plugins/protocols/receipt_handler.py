"""What a receipt handler promises: it reads a peer's words."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from budkavle.model.receipts import Receipt


@runtime_checkable
class ReceiptHandler(Protocol):
    """Reads a peer's words about a delivery. Pure: it never sets a state."""

    name: str
    transport: str
    """The transport whose peers' words it reads; that of another plugin is possible."""

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        """Turn a peer's words into a receipt.

        Called where the transport has got the words, in its own thread if it is the same plugin's. Reading is pure: the
        same words and context give the same receipt.

        Args:
            words: The bytes, whose sender the transport has verified.
            context: What the transport knows beside them, and `organisation_id`.

        Returns:
            The receipt; None where the words are none of this kind, and then the next handler is asked.
        """
        ...
