"""The protocol that creates addresses of rooms in other systems, and what they are told of a meeting and a person."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

MINUTES = 10
"""How long an address is valid: long enough to start a camera, too short to be passed on."""
SHORTEST_SECRET = 32
"""Least number of bytes in a secret that signs tokens with HMAC-SHA256 (RFC 7518, section 3.2)."""


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting as a provider sees it: its time and organiser, never its subject.

    Attributes:
        meeting_id: The meeting; the same meeting is always the same room.
        organiser_email: The address of the organiser.
    """

    meeting_id: UUID
    starts_at: datetime
    ends_at: datetime
    organiser_email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Joiner:
    """A person who has identified and been admitted.

    Attributes:
        id: The participant.
        name: The verified name.
        is_organiser: Whether the person leads the meeting.
    """

    id: UUID
    name: str = field(repr=False)
    is_organiser: bool = False


class Minter(Protocol):
    """Creates addresses of rooms in another system, each for one person and a short time."""

    def address(self, room: Room, joiner: Joiner, now: datetime) -> str:
        """Return the address that admits this person to the room. It is for this person alone: never store or send it.

        Raises:
            Temporary: The provider does not answer now.
            Permanent: The settings do not work; the message says what to do.
        """
        ...

    def test(self, now: datetime) -> Iterator[str]:
        """Try the settings, and yield a sentence for each successful step.

        Raises:
            Temporary: The provider does not answer now.
            Permanent: The settings do not work; the message says what to do.
        """
        ...


def lasts_until(now: datetime) -> datetime:
    """Return when an address created now expires."""
    return now + timedelta(minutes=MINUTES)
