"""The protocol of a gateway: it takes one message and answers how the handing over went."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from budkavle import Temporary


class Unsure(Temporary):
    """The message had begun to be handed over when the answer failed: it may have been taken."""


@dataclass(frozen=True, slots=True)
class Sms:
    """One message on its way.

    Attributes:
        id: Ours, for peers that take one.
        to: The number, E.164.
        sender: A name or a number, as `senders.sender` gives it.
        text: What the phone shows; never in a log or an error.
        secret: Whether the text holds a code, which the peer shall not keep.
        report_url: Where a peer may tell what became of it; nobody can guess it.
    """

    id: UUID
    to: str = field(repr=False)
    sender: str
    text: str = field(repr=False)
    secret: bool = False
    report_url: str = field(default="", repr=False)


class Gateway(Protocol):
    """A service that carries SMS. Its errors never hold the text or the number."""

    name: str
    takes_once: bool
    """Whether the service knows a message again by its id, and sends what it gets twice only once."""

    async def send(self, sms: Sms) -> str:
        """Hand over one message; return the peer's own identifier of it, empty where it has none.

        Raises:
            Temporary: It has not been taken; try again later: the service is down, or the account is not right.
            Unsure: It may have been taken: the service was too slow, or answered with something else.
            Permanent: This message will never go.
        """
        ...

    async def probe(self) -> None:
        """Ask whether the service is there and knows us, without sending anything.

        Raises:
            Temporary: It is not, with what to do.
        """
        ...

    async def attend(self) -> None:
        """Keep what must stay open; the worker calls it before it looks for messages. Raises nothing."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
