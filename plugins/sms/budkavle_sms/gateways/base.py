"""The protocol of a gateway: it takes a message and reports whether it was handed over."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from budkavle import Temporary


class Unsure(Temporary):
    """No proper answer came after the message was sent to the service: it may have been taken."""


@dataclass(frozen=True, slots=True)
class Sms:
    """A message to send.

    Attributes:
        id: Our id, for services that accept one.
        to: The number, E.164.
        sender: A name or a number, as returned by `senders.sender`.
        text: The text for the phone; never in a log or an error.
        secret: Whether the text contains a code, which the service must not store.
        report_url: Where a service may report the outcome; it cannot be guessed.
    """

    id: UUID
    to: str = field(repr=False)
    sender: str
    text: str = field(repr=False)
    secret: bool = False
    report_url: str = field(default="", repr=False)


class Gateway(Protocol):
    """A service that sends SMS. Its errors never contain the text or the number."""

    name: str
    takes_once: bool
    """Whether the service recognises a message by its id, and sends a repeated one only once."""

    async def send(self, sms: Sms) -> str:
        """Hand over a message, and return the service's own identifier, empty if it has none.

        Raises:
            Temporary: It has not been taken; try again later. The service is down, or the account is wrong.
            Unsure: It may have been taken: the service was too slow, or the answer was unexpected.
            Permanent: This message will never be taken.
        """
        ...

    async def probe(self) -> None:
        """Check that the service answers and accepts our account, without sending anything.

        Raises:
            Temporary: It does not; the message says what to do.
        """
        ...

    async def attend(self) -> None:
        """Keep connections open that must stay open; a job calls it regularly. Never raises."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
