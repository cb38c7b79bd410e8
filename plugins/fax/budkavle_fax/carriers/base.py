"""The protocol of a carrier: it takes finished faxes and reports their progress."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from budkavle import Health, Temporary


class Unsure(Temporary):
    """The connection was lost while the fax was handed over: it is unknown whether the carrier took it."""


class Stage(StrEnum):
    """Progress of a fax at its carrier."""

    WAITING = "WAITING"
    """Taken, but not dialled yet."""
    SENDING = "SENDING"
    RETRYING = "RETRYING"
    """The attempt failed; the carrier dials again by itself."""
    SENT = "SENT"
    FAILED = "FAILED"


ENDED = frozenset({Stage.SENT, Stage.FAILED})


@dataclass(frozen=True, slots=True)
class Fax:
    """An outgoing fax.

    Attributes:
        tag: Our identifier; the carrier stores it if it can, so that the fax can be found again after a crash.
        to: The number, E.164.
        sender: Our own number, E.164; empty if there is none.
        tiff: All pages, G4.
    """

    tag: str
    to: str = field(repr=False)
    sender: str = field(repr=False)
    tiff: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a fax.

    Attributes:
        sent: Pages that have arrived.
        pages: Pages in all; 0 if the carrier does not say.
        dials: Number of calls made.
        reason: Why it failed, in words; empty if nothing is wrong.
    """

    stage: Stage
    remote_id: str
    sent: int = 0
    pages: int = 0
    dials: int = 0
    reason: str = ""


class Carrier(Protocol):
    """A way to send faxes. Its errors never contain a number or a page."""

    name: str
    remembers: bool
    """Whether faxes can be found by tag, or handed over twice without being sent twice."""
    follows: bool
    """Whether it reports the progress of a fax."""
    stops: bool
    """Whether a fax can be stopped until it has arrived."""

    def submit(self, fax: Fax) -> str:
        """Hand over a fax, and return the carrier's identifier for it.

        Raises:
            Unsure: It may have been taken.
            Temporary: It has not been taken; try again later.
            Permanent: It will never be taken.
        """
        ...

    def find(self, tag: str) -> str | None:
        """Return the identifier of the fax with this tag; None if there is none.

        Raises:
            Temporary: It does not answer.
        """
        ...

    def progress(self, jobs: Sequence[tuple[str, str]]) -> Mapping[str, Progress | None]:
        """Return the progress of faxes by tag, each fax given as (tag, remote id).

        Unknown faxes are left out; None means that there is no answer about a fax right now.

        Raises:
            Temporary: It does not answer.
        """
        ...

    def cancel(self, tag: str, remote_id: str) -> bool:
        """Stop a fax; False if it is too late.

        Raises:
            Temporary: It does not answer.
        """
        ...

    def health(self) -> Iterator[Health]:
        """Report its health: whether it answers, its modems, its queue. Never raises."""
        ...
