"""The settings sections for rooms of other systems, each with its test."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from budkavle import Actor, Host, SettingsSection, SettingsTest
from budkavle_meetings.providers import settings
from budkavle_meetings.providers.minting import MintingProvider, minting_providers
from budkavle_meetings.providers.settings import JitsiRooms, LiveKitRooms, TeamsRooms

TEST_SECONDS = 30.0


def sections(host: Host) -> list[SettingsSection[Any]]:
    """Return the settings sections, each with its test."""
    provider = {provider.name: provider for provider in minting_providers(host)}
    return [
        SettingsSection(
            name="teams",
            type=TeamsRooms,
            title="Möten i Teams",
            help="Programmet i Entra ID som skapar möten. Teams adress visas först när någon har legitimerat sig.",
            check=settings.check_teams,
            order=410,
            test=_test(provider["teams"], label="Testa Teams", help="Ett prov skapas i kontot. Ingen får en kallelse."),
        ),
        SettingsSection(
            name="jitsi",
            type=JitsiRooms,
            title="Möten i Jitsi",
            help="En egen Jitsi som kräver token.",
            check=settings.check_jitsi,
            order=420,
            test=_test(provider["jitsi"], label="Testa Jitsi", help="Vi frågar om Jitsi svarar."),
        ),
        SettingsSection(
            name="livekit",
            type=LiveKitRooms,
            title="Möten i LiveKit",
            help="En egen LiveKit, och sidan LiveKit Meet som visar dess rum.",
            check=settings.check_livekit,
            order=430,
            test=_test(provider["livekit"], label="Testa LiveKit", help="Vi frågar LiveKit efter dess rum."),
        ),
    ]


def _test(provider: MintingProvider, *, label: str, help: str) -> SettingsTest[Any]:  # noqa: A002 - as SettingsTest has it
    def run(actor: Actor, chosen: Any, _: str) -> Iterator[str]:
        return provider.minter(provider.host, actor.organisation_id, chosen).test(datetime.now(UTC))

    return SettingsTest(label=label, help=help, run=run, seconds=TEST_SECONDS)
