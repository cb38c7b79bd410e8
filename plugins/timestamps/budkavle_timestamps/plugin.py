"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from budkavle import HealthCheck, Host, Job, SettingsSection, hookimpl
from budkavle.web import Panel
from budkavle_timestamps.sections import section
from budkavle_timestamps.settings import StampSettings, TimestampSettings

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import LogStamp


@hookimpl
def budkavle_settings() -> type[TimestampSettings]:
    """Give the type of `[plugins.timestamps]`."""
    return TimestampSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Tidsstämplar"


@hookimpl
def budkavle_settings_sections(host: Host) -> "Iterable[SettingsSection[StampSettings]]":
    """Give the settings of organisations."""
    return [section(host)]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Give the job that stamps the logs. It checks every minute whether one is due."""
    from budkavle_timestamps.stamping import Stamping

    return [Job("stamp", Stamping(host).run, every=timedelta(minutes=1))]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Report whether the log is stamped."""
    from budkavle_timestamps import health
    from budkavle_timestamps.stamping import Stamping

    stamping = Stamping(host)
    return [HealthCheck("stamps", lambda organisation_id: health.check(stamping, organisation_id))]


@hookimpl
def budkavle_log_stamps(
    host: Host, organisation_id: UUID, numbers: Sequence[int], at_once: bool
) -> "Iterable[LogStamp]":
    """Give the stamps that cover the entries."""
    from budkavle_timestamps.stamping import Stamping

    return Stamping(host).stamps_of(organisation_id, numbers, at_once=at_once)


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the page."""
    from budkavle_timestamps import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the link to the page, among the organisation's settings."""
    from budkavle_timestamps import pages

    return [Panel("organisation.settings", "card.html", pages.card)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give no sentences: it writes no entries, or the log would never be completely stamped."""
    return {}


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Give an empty list: only a hash is sent, and returned signed."""
    return []
