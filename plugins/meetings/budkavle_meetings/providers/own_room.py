"""Our own room, in the browser."""

from budkavle import Work
from budkavle.accounts import read_settings
from budkavle_meetings.booking.meetings import Meeting
from budkavle_meetings.booking.participants import Participant
from budkavle_meetings.providers.protocol import OpenedRoom
from budkavle_meetings.settings import MeetingSettings

PATH = "/plugin/meetings"


class OwnRoom:
    """The meeting provider `room`: people see and hear each other without anybody else's system."""

    name = "room"
    title = "Eget mötesrum"

    def is_available(self, work: Work) -> bool:
        """Tell whether the organisation uses it."""
        return read_settings(work, MeetingSettings).own_room

    def open_room(self, meeting: Meeting, participant: Participant) -> OpenedRoom:
        """Return the path of the room: below the meeting for hosts, below their link for invited people."""
        if participant.is_host:
            return OpenedRoom(f"{PATH}/{meeting.id}/room")
        return OpenedRoom(f"{PATH}/join/{participant.invitee.token}/room")
