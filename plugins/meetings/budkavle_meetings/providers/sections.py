"""The sections of the settings for the rooms of other systems, each with its test."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from budkavle import Actor, Host, SettingsSection, SettingsTest
from budkavle_meetings.providers import settings
from budkavle_meetings.providers.graph import graph
from budkavle_meetings.providers.jitsi import Jitsi
from budkavle_meetings.providers.livekit import LiveKit
from budkavle_meetings.providers.settings import JitsiRooms, LiveKitRooms, TeamsRooms
from budkavle_meetings.providers.teams import Teams

TEST_SECONDS = 30.0


def sections(host: Host) -> list[SettingsSection[Any]]:
    """Return the sections of the settings, each with its test."""

    def try_teams(actor: Actor, chosen: TeamsRooms, _: str) -> Iterator[str]:
        return Teams(graph(host, actor.organisation_id, chosen)).test(datetime.now(UTC))

    def try_jitsi(_: Actor, chosen: JitsiRooms, __: str) -> Iterator[str]:
        return Jitsi(host, chosen).test(datetime.now(UTC))

    def try_livekit(_: Actor, chosen: LiveKitRooms, __: str) -> Iterator[str]:
        return LiveKit(host, chosen).test(datetime.now(UTC))

    return [
        SettingsSection(
            name="teams",
            type=TeamsRooms,
            title="Möten i Teams",
            help="Programmet i Entra ID som skapar möten. Teams adress visas först när någon har legitimerat sig.",
            check=settings.check_teams,
            order=410,
            test=SettingsTest(
                label="Testa Teams",
                help="Ett prov skapas i kontot. Ingen får en kallelse.",
                run=try_teams,
                seconds=TEST_SECONDS,
            ),
        ),
        SettingsSection(
            name="jitsi",
            type=JitsiRooms,
            title="Möten i Jitsi",
            help="En egen Jitsi som kräver token.",
            check=settings.check_jitsi,
            order=420,
            test=SettingsTest(
                label="Testa Jitsi", help="Vi frågar om Jitsi svarar.", run=try_jitsi, seconds=TEST_SECONDS
            ),
        ),
        SettingsSection(
            name="livekit",
            type=LiveKitRooms,
            title="Möten i LiveKit",
            help="En egen LiveKit, och sidan LiveKit Meet som visar dess rum.",
            check=settings.check_livekit,
            order=430,
            test=SettingsTest(
                label="Testa LiveKit", help="Vi frågar LiveKit efter dess rum.", run=try_livekit, seconds=TEST_SECONDS
            ),
        ),
    ]
