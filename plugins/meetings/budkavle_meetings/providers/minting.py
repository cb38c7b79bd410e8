"""The meeting providers of other systems: each creates an address for each admitted person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from budkavle import Host, Permanent, Work
from budkavle.accounts import find_user, read_settings
from budkavle_meetings.booking.meetings import NOBODY, Meeting
from budkavle_meetings.booking.participants import Participant
from budkavle_meetings.providers.graph import graph
from budkavle_meetings.providers.jitsi import Jitsi
from budkavle_meetings.providers.livekit import LiveKit
from budkavle_meetings.providers.minter import Joiner, Minter, Room
from budkavle_meetings.providers.protocol import OpenedRoom
from budkavle_meetings.providers.settings import JitsiRooms, LiveKitRooms, TeamsRooms
from budkavle_meetings.providers.teams import Teams

SWITCHED_OFF = "{title} är inte längre på i organisationens inställningar. Kontakta den som bjöd in till mötet."


@dataclass(slots=True)
class MintingProvider:
    """A kind of room in another system, which the organisation can switch on in its settings.

    Attributes:
        settings: The type of its settings section.
        minter: Creates the minter from an organisation's settings.
    """

    host: Host
    name: str
    title: str
    settings: type[Any]
    minter: Callable[[Host, UUID, Any], Minter]

    def is_available(self, work: Work) -> bool:
        """Tell whether the organisation has switched it on."""
        return bool(read_settings(work, self.settings).on)

    def open_room(self, meeting: Meeting, participant: Participant) -> OpenedRoom:
        """Return the address for this participant; it must not be given to anybody else."""
        organisation_id = meeting.organisation_id
        with self.host.work(self.host.system(organisation_id)) as work:
            chosen = read_settings(work, self.settings)
            organiser = "" if meeting.organiser_id == NOBODY else find_user(work, meeting.organiser_id).email
        if not chosen.on:
            raise Permanent(SWITCHED_OFF, title=self.title)
        room = Room(meeting.id, meeting.schedule.starts_at, meeting.schedule.ends_at, organiser)
        joiner = Joiner(participant.id, participant.name, participant.is_host)
        return OpenedRoom(self.minter(self.host, organisation_id, chosen).address(room, joiner, datetime.now(UTC)))


def minting_providers(host: Host) -> list[MintingProvider]:
    """Return the providers of other systems, in the order in which they are offered."""
    return [
        MintingProvider(
            host, "teams", "Teams", TeamsRooms, lambda host, whose, chosen: Teams(graph(host, whose, chosen))
        ),
        MintingProvider(host, "jitsi", "Jitsi", JitsiRooms, lambda host, _, chosen: Jitsi(host, chosen)),
        MintingProvider(host, "livekit", "LiveKit", LiveKitRooms, lambda host, _, chosen: LiveKit(host, chosen)),
    ]
