"""What makes the address of another system's room, and what it is told of a meeting and of a person."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

MINUTES = 10
"""How long an address lets a person in: enough to start a camera, too short to be passed on."""
SHORTEST_SECRET = 32
"""Bytes of a secret that signs tokens by HMAC-SHA256 (RFC 7518, section 3.2)."""


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting as a provider is told of it: when it is, and whose. Never its subject.

    Attributes:
        meeting_id: The meeting; the same meeting is always the same room.
        organiser_email: The address of who called the meeting.
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
        name: As identified.
        is_organiser: Whether the person leads the meeting.
    """

    id: UUID
    name: str = field(repr=False)
    is_organiser: bool = False


class Minter(Protocol):
    """Makes addresses of rooms in another system, each for one person and a short time."""

    def address(self, room: Room, joiner: Joiner, now: datetime) -> str:
        """Return the address that lets this person into the room. It is for this person alone: never store or send it.

        Raises:
            Temporary: The provider does not answer now.
            Permanent: The settings do not hold; the sentence says what to do.
        """
        ...

    def test(self, now: datetime) -> Iterator[str]:
        """Try the settings; give a sentence for each step that went well.

        Raises:
            Temporary: The provider does not answer now.
            Permanent: The settings do not hold; the sentence says what to do.
        """
        ...


def lasts_until(now: datetime) -> datetime:
    """Return when an address made now ends."""
    return now + timedelta(minutes=MINUTES)
