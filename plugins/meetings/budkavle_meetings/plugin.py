"""What meetings registers."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from budkavle import SettingsSection, hookimpl
from budkavle_meetings.settings import MeetingSettings

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings_sections() -> list[SettingsSection[MeetingSettings]]:
    """Give what an organisation chooses about its meetings."""
    return [SettingsSection(name="meetings", type=MeetingSettings, title="Möten")]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {}


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_meetings.personal_data import personal_data

    return personal_data()
