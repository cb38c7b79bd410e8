"""What a meeting provider promises: a room for those who have been admitted, opened on the spot."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from budkavle import Work
from budkavle_meetings.booking.meetings import Meeting
from budkavle_meetings.booking.participants import Participant


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """Where somebody goes who has been admitted.

    Attributes:
        url: A path of ours, or the address of another's room with a token of this participant's own. It is shown to
            nobody else, and never sent in an invitation.
    """

    url: str


@runtime_checkable
class MeetingProvider(Protocol):
    """A kind of room: our own, or one of another system."""

    name: str
    """Stands in the table as the meeting's kind."""
    title: str
    """What people read, a Swedish sentence and key of a translation."""

    def is_available(self, work: Work) -> bool:
        """Tell whether the organisation can book meetings of this kind now; no network."""
        ...

    def open_room(self, meeting: Meeting, participant: Participant) -> OpenedRoom:
        """Return the way in for somebody who has been admitted, made on the spot.

        It is called outside of any transaction, since it may ask another system.

        Raises:
            Temporary: The other system does not answer now.
            Permanent: It refuses; the sentence says what to do.
        """
        ...
