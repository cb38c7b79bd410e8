"""The settings section of an organisation, with its test."""

from collections.abc import Iterator
from datetime import timedelta

from budkavle import Actor, Host, Sentence, SettingsSection, SettingsTest
from budkavle_timestamps.authority import Authority
from budkavle_timestamps.settings import StampSettings, TimestampSettings, faults_of


def section(host: Host) -> SettingsSection[StampSettings]:
    """Return the section. Its defaults are those of the installation."""
    ours: TimestampSettings = host.settings

    def run(actor: Actor, value: StampSettings, address: str) -> Iterator[str]:  # noqa: ARG001 - the signature of all tests
        stamp = Authority(host, value).stamp(b"budkavle time stamp test\n")
        yield Sentence("Tjänsten svarade med en stämpel som håller.")
        yield Sentence("Stämpeln är från {authority}, {at}.", authority=stamp.authority, at=stamp.at.isoformat())

    return SettingsSection(
        name="stamps",
        type=StampSettings,
        title="Tidsstämplar",
        help="En utomstående intygar när händelseloggen såg ut som den gör.",
        changed_by="administrators",
        defaults=StampSettings(ours.url, ours.root, ours.policy, timedelta(minutes=ours.every_minutes)),
        check=faults_of,
        order=410,
        test=SettingsTest(label="Be om en stämpel på prov", run=run, help="Stämpeln sparas inte."),
    )
