"""The hook implementations of the plugin."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from budkavle import HealthCheck, Host, Job, SettingsSection, hookimpl
from budkavle_siem.settings import SiemSettings, StreamSettings

if TYPE_CHECKING:
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[SiemSettings]:
    """Give the type of `[plugins.siem]`."""
    return SiemSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Logg till säkerhetsövervakning"


@hookimpl
def budkavle_settings_sections(host: Host) -> "Iterable[SettingsSection[StreamSettings]]":
    """Give the settings of where an organisation's log is sent, with a test."""
    from budkavle_siem.section import section

    return [section(host)]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Give the job that sends the logs."""
    from budkavle_siem.stream import Stream

    return [Job("send", Stream(host).run, every=timedelta(seconds=host.settings.seconds))]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Report whether the logs are sent."""
    from budkavle_siem import health
    from budkavle_siem.stream import Stream

    stream = Stream(host)
    return [HealthCheck("stream", lambda organisation_id: health.check(stream, organisation_id))]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_siem.personal_data import personal_data

    return personal_data()
