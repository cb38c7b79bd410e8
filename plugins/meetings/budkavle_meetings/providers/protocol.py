"""The protocol of a meeting provider: a room for admitted people, opened on request."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from budkavle import Work
from budkavle_meetings.booking.meetings import Meeting
from budkavle_meetings.booking.participants import Participant


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """Where an admitted person goes.

    Attributes:
        url: One of our paths, or the address of another system's room with this participant's own token. It is shown
            to nobody else, and never sent in an invitation.
    """

    url: str


@runtime_checkable
class MeetingProvider(Protocol):
    """A kind of room: our own, or one of another system."""

    name: str
    """Stored in the table as the meeting's kind."""
    title: str
    """The display name: a Swedish sentence, which is also the translation key."""

    def is_available(self, work: Work) -> bool:
        """Tell whether the organisation can book meetings of this kind now; no network."""
        ...

    def open_room(self, meeting: Meeting, participant: Participant) -> OpenedRoom:
        """Return an admitted participant's way into the room, created on request.

        It is called outside transactions, because it may call another system.

        Raises:
            Temporary: The other system does not answer now.
            Permanent: It refuses; the message says what to do.
        """
        ...
