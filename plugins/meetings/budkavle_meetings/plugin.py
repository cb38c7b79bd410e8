"""What meetings registers."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from budkavle import Host, Job, SettingsSection, hookimpl
from budkavle_meetings.installation import InstallationSettings
from budkavle_meetings.room import room_settings
from budkavle_meetings.settings import MeetingSettings

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[InstallationSettings]:
    """Give the type of `[plugins.meetings]`."""
    return InstallationSettings


@hookimpl
def budkavle_settings_sections(host: Host) -> list[SettingsSection[Any]]:
    """Give what an organisation chooses about its meetings."""
    from budkavle_meetings.providers.sections import sections

    meetings = SettingsSection(name="meetings", type=MeetingSettings, title="Möten")
    return [meetings, room_settings.SECTION, *sections(host)]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages."""
    from budkavle_meetings.room import pages as room

    return [room.router(host)]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Give what is done again and again."""
    from budkavle_meetings.room.sweeping import RoomSweep

    return [Job("rooms", RoomSweep(host).run, every=timedelta(minutes=1))]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {}


@hookimpl(optionalhook=True)
def statistics_events() -> Mapping[str, Mapping[str, Any]]:
    """Say that booked meetings are counted, by the kind of their room."""
    names = {"room": "Eget mötesrum", "teams": "Teams", "jitsi": "Jitsi", "livekit": "LiveKit"}
    return {"meetings.booked": {"title": "Möten", "names": names}}


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_meetings.personal_data import personal_data

    return personal_data()
