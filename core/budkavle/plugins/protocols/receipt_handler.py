"""The Protocol of a receipt handler, which parses a peer's receipts."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from budkavle.model.receipts import Receipt


@runtime_checkable
class ReceiptHandler(Protocol):
    """Parses a peer's receipts about deliveries. Pure: it never sets a state.

    Attributes:
        transport: The transport whose receipts it parses; it may belong to another plugin.
    """

    name: str
    transport: str

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        """Parse the bytes from a peer into a receipt.

        Called in the process where the transport got the bytes, and in the same thread if the transport is the same
        plugin's. It is pure: the same bytes and context give the same receipt.

        Args:
            words: The bytes, whose sender the transport has verified.
            context: What else the transport knows, and `organisation_id`.

        Returns:
            The receipt; None if the bytes have another format, and then the next handler is called.
        """
        ...
