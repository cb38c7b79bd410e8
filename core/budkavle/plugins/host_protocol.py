"""The part of `budkavle.Host` that the modules below `host` may refer to."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection

from budkavle.model.messages import Refusal
from budkavle.model.receipts import ReceiptResult, ReceiptWords


class Host(Protocol):
    """One plugin's view of the installation.

    `budkavle.Host` is the class that hooks get, and the one that plugins name in their signatures. It adds the
    members whose types are defined in higher layers, such as `platform`, `vault`, `work` and `accept`.

    Attributes:
        settings: An object of the type that `budkavle_settings` returned, or None.
        log: A structlog logger that adds the plugin's name.
    """

    settings: Any
    log: Any

    @property
    def data(self) -> Path:
        """The plugin's own folder."""
        ...

    def transaction(self, organisation_id: UUID | None) -> AbstractContextManager[Connection]:
        """Open a transaction of one organisation.

        Args:
            organisation_id: The organisation; None sees only tables that belong to none.
        """
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Record an incoming message that was not accepted.

        Args:
            refusal: What was refused, and why.
        """
        ...

    def receipt(self, words: ReceiptWords) -> ReceiptResult:
        """Read, store and apply a peer's receipt.

        Args:
            words: The receipt as the transport got it.

        Returns:
            The result.
        """
        ...
