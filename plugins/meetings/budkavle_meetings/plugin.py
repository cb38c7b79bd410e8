"""What meetings registers."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from budkavle import Host, SettingsSection, hookimpl
from budkavle_meetings.installation import InstallationSettings
from budkavle_meetings.settings import MeetingSettings

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[InstallationSettings]:
    """Give the type of `[plugins.meetings]`."""
    return InstallationSettings


@hookimpl
def budkavle_settings_sections(host: Host) -> list[SettingsSection[Any]]:
    """Give what an organisation chooses about its meetings."""
    from budkavle_meetings.providers.sections import sections

    return [SettingsSection(name="meetings", type=MeetingSettings, title="Möten"), *sections(host)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {}


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_meetings.personal_data import personal_data

    return personal_data()
