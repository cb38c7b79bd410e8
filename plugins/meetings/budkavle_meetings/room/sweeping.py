"""Cleaning up after meetings: old signals and seats are deleted, and chats that are not kept."""

from uuid import UUID

from budkavle import Host
from budkavle_meetings.room import chat, seats
from budkavle_meetings.room.people import gathering


class RoomSweep:
    """The clean-up job.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self) -> int:
        """Clean up the rooms of all organisations, and return the number of chats deleted."""
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
