"""The protocol of a carrier: it takes a finished fax and says how far each fax has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from budkavle import Health, Temporary


class Unsure(Temporary):
    """The connection was lost after the fax had begun to be handed over: nobody here knows whether it was taken."""


class Stage(StrEnum):
    """How far a fax has come at its carrier."""

    WAITING = "WAITING"
    """Taken, and not called yet."""
    SENDING = "SENDING"
    RETRYING = "RETRYING"
    """It did not go this time; the carrier calls again by itself."""
    SENT = "SENT"
    FAILED = "FAILED"


ENDED = frozenset({Stage.SENT, Stage.FAILED})


@dataclass(frozen=True, slots=True)
class Fax:
    """One fax on its way out.

    Attributes:
        tag: Ours; the carrier keeps it where it can, so that the fax is found again after a crash.
        to: The number, E.164.
        sender: Our own number, E.164; empty where there is none.
        tiff: All pages, G4.
    """

    tag: str
    to: str = field(repr=False)
    sender: str = field(repr=False)
    tiff: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How it goes for one fax.

    Attributes:
        sent: Pages that have arrived.
        pages: Pages in all; 0 where the carrier does not say.
        dials: How many calls have been made.
        reason: Why it did not go, in words; empty where nothing is wrong.
    """

    stage: Stage
    remote_id: str
    sent: int = 0
    pages: int = 0
    dials: int = 0
    reason: str = ""


class Carrier(Protocol):
    """A way out. Its errors never hold a number or a page."""

    name: str
    remembers: bool
    """Whether a fax can be looked for by its tag, or handed over twice and still be one."""
    follows: bool
    """Whether it can be asked how a fax goes."""
    stops: bool
    """Whether a fax can be stopped as long as it has not arrived."""

    def submit(self, fax: Fax) -> str:
        """Hand over one fax; return the carrier's own identifier of it.

        Raises:
            Unsure: It may have been taken.
            Temporary: It has not been taken; try again later.
            Permanent: It will never be.
        """
        ...

    def find(self, tag: str) -> str | None:
        """Return the identifier of a fax that was handed over with this tag; None where there is none.

        Raises:
            Temporary: It does not answer.
        """
        ...

    def progress(self, jobs: Sequence[tuple[str, str]]) -> Mapping[str, Progress | None]:
        """Say by tag how it goes for faxes, each given as (tag, remote id).

        Those that it does not know are left out; None stands for one about which it had no answer now.

        Raises:
            Temporary: It does not answer.
        """
        ...

    def cancel(self, tag: str, remote_id: str) -> bool:
        """Stop a fax; False where it cannot be stopped any more.

        Raises:
            Temporary: It does not answer.
        """
        ...

    def health(self) -> Iterator[Health]:
        """Say how it is: whether it answers, its modems, its queue. Raises nothing."""
        ...
