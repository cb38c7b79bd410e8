"""What is done after meetings: old signals and seats go, and the chat goes into the case or is thrown away."""

from uuid import UUID

from budkavle import Host
from budkavle_meetings.room import chat, seats
from budkavle_meetings.room.people import gathering


class RoomSweep:
    """The job.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self) -> int:
        """Sweep the rooms of all organisations; returns how many chats were thrown away."""
        return self._host.platform.in_each_organisation(self._sweep)

    def _sweep(self, organisation_id: UUID) -> int:
        seats.sweep(self._host, organisation_id)
        removed = 0
        for meeting_id in chat.quiet_meetings(self._host, organisation_id):
            with self._host.work(self._host.system(organisation_id)) as work:
                is_over = gathering(self._host, work, meeting_id) is None
            if is_over:
                chat.remove_lines(self._host, organisation_id, meeting_id)
                removed += 1
        return removed
