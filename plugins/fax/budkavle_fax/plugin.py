"""What the fax plugin registers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from budkavle import Directory, Health, HealthCheck, Host, Job, Transport, hookimpl
from budkavle_fax import health
from budkavle_fax.arrivals import Arrivals
from budkavle_fax.carrier import Carrier
from budkavle_fax.directory import FaxDirectory
from budkavle_fax.following import Following
from budkavle_fax.register import Register
from budkavle_fax.settings import FaxSettings
from budkavle_fax.transport import FaxTransport


@dataclass(frozen=True, slots=True)
class Parts:
    """The plugin's parts, put together from its settings."""

    carrier: Carrier
    inbox: Path | None
    register: Register
    transport: FaxTransport
    following: Following
    arrivals: Arrivals


@lru_cache(maxsize=8)
def parts(host: Host) -> Parts:
    """Put the parts together for one host, once.

    Raises:
        Misconfigured: The carrier lacks a setting.
    """
    settings: FaxSettings = host.settings
    carrier, inbox = _carrier(host, settings)
    return put_together(host, carrier, inbox)


def put_together(host: Host, carrier: Carrier, inbox: Path | None) -> Parts:
    """Put the parts together around a carrier."""
    settings, register = host.settings, Register(host)
    return Parts(
        carrier,
        inbox,
        register,
        FaxTransport(host, settings, carrier, register),
        Following(host, carrier, register),
        Arrivals(host, settings, inbox),
    )


def _carrier(host: Host, settings: FaxSettings) -> tuple[Carrier, Path | None]:
    """Return who carries the faxes, and the folder that they come in to."""
    if settings.carrier == "hylafax":
        from budkavle_fax.hylafax import HylaFax

        inbox = Path(settings.hylafax.inbox) if settings.hylafax.inbox else None
        return HylaFax(settings.hylafax, settings.timeout_seconds), inbox
    if settings.carrier == "email":
        from budkavle_fax.email_fax import EmailFax

        return EmailFax(settings.email, settings.timeout_seconds), None
    if settings.carrier == "http":
        from budkavle_fax.http_fax import HttpFax

        return HttpFax(settings.http, settings.timeout_seconds), None
    from budkavle_fax.exchange import Exchange

    exchange = Exchange(host.data / "exchange", host)
    return exchange, host.data / "exchange" / "inbox"


@hookimpl
def budkavle_settings() -> type[FaxSettings]:
    """Give the type of `[plugins.fax]`."""
    return FaxSettings


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """Give the transport `fax`."""
    return [parts(host).transport]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """Give the address book of fax numbers."""
    return [FaxDirectory(host)]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Follow what is under way, and take in what has come."""
    own, every = parts(host), timedelta(seconds=host.settings.poll_seconds)
    jobs = [Job("follow", own.following.ask, every), Job("fetch", own.arrivals.fetch, every)]
    if host.settings.carrier == "email":
        from budkavle_fax.email_fax import EmailFax
        from budkavle_fax.mailed import Mailed

        if not isinstance(own.carrier, EmailFax):
            raise TypeError("the carrier is not the one of the settings")
        jobs.append(Job("mails", Mailed(host, own.carrier, own.arrivals).fetch, every))
    return jobs


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Ask the carrier, and look at what is needed and what has failed."""
    own = parts(host)

    def check(organisation_id: UUID | None) -> Iterable[Health]:
        return health.check(own.carrier, own.register, own.arrivals, own.inbox, organisation_id)

    return [HealthCheck("fax", check)]
