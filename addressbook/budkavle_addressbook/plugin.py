"""What the address book registers: two directories, the reading of the national one, health checks and commands."""

from collections.abc import Iterable
from datetime import timedelta

import click

from budkavle import Directory, HealthCheck, Host, Job, hookimpl
from budkavle_addressbook import health, national
from budkavle_addressbook.commands import group
from budkavle_addressbook.directory import ContactDirectory, NationalDirectory
from budkavle_addressbook.settings import Settings

_LOOK = timedelta(minutes=1)
"""How often a worker looks whether the copy is due; the interval itself is a setting and survives a restart."""


@hookimpl
def budkavle_settings() -> type[Settings]:
    """Settings of `[plugins.addressbook]`."""
    return Settings


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """The national address book, and contacts."""
    return [NationalDirectory(host), ContactDirectory(host)]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Read the national address book when the copy is due."""
    return [Job("refresh", lambda: national.refresh_if_due(host), _LOOK)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """The copy's age, and broken links."""
    return [HealthCheck("addressbook", lambda organisation_id: health.check(host, organisation_id))]


@hookimpl
def budkavle_commands(host: Host | None) -> Iterable[click.Command]:
    """`budkavle addressbook ...`."""
    return [group(host)]
