"""What the fax plugin registers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from budkavle import Actor, Directory, Health, HealthCheck, Host, Job, Panel, Transport, hookimpl
from budkavle_fax import health
from budkavle_fax.arrivals import Arrivals
from budkavle_fax.carrier import Carrier
from budkavle_fax.directory import FaxDirectory
from budkavle_fax.email_fax import EmailFax
from budkavle_fax.following import Following
from budkavle_fax.mailed import Mailed
from budkavle_fax.register import Register
from budkavle_fax.settings import FaxSettings
from budkavle_fax.transport import FaxTransport

if TYPE_CHECKING:
    import click
    from litestar import Router


@dataclass(frozen=True, slots=True)
class Parts:
    """The plugin's parts, put together from its settings."""

    carrier: Carrier
    inbox: Path | None
    register: Register
    transport: FaxTransport
    following: Following
    arrivals: Arrivals
    mails: Mailed | None


@lru_cache(maxsize=8)
def parts(host: Host) -> Parts:
    """Put the parts together for one host, once.

    Raises:
        Misconfigured: The carrier lacks a setting.
    """
    settings, register = host.settings, Register(host)
    carrier, inbox = _carrier(host, settings)
    arrivals = Arrivals(host, settings, inbox)
    return Parts(
        carrier,
        inbox,
        register,
        FaxTransport(host, settings, carrier, register),
        Following(host, carrier, register),
        arrivals,
        Mailed(host, carrier, arrivals) if isinstance(carrier, EmailFax) else None,
    )


def _carrier(host: Host, settings: FaxSettings) -> tuple[Carrier, Path | None]:
    """Return who carries the faxes, and the folder that they come in to."""
    if settings.carrier == "hylafax":
        from budkavle_fax.hylafax import HylaFax

        inbox = Path(settings.hylafax.inbox) if settings.hylafax.inbox else None
        return HylaFax(settings.hylafax, settings.timeout_seconds), inbox
    if settings.carrier == "email":
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
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {
        "fax.number-linked": "Faxnumret {number} kopplades till brevlådan {thing}",
        "fax.number-unlinked": "Faxnumret {number} kopplades bort från brevlådan {thing}",
        "fax.numbers-given": "Organisationen fick faxnumren {first} till {last}",
        "fax.numbers-taken-back": "Faxnumren {first} till {last} togs tillbaka från organisationen",
        "fax.rules-changed": "Reglerna för när och hur fax går ändrades",
        "fax.test-sent": "Ett provfax skickades",
    }


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages, the preview, and the address where a service brings faxes."""
    from budkavle_fax import incoming_routes, preview_routes, routes

    own = parts(host)
    return [routes.router(host, own), preview_routes.router(host), incoming_routes.router(host, own.arrivals)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the way to the pages, and the piece beside a fax that is written."""
    from budkavle_fax import preview_routes, routes

    def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
        return routes.mailbox_card(host, actor, subject)

    return [
        Panel("nav.item", "nav.html", routes.nav_item, order=70),
        Panel("compose.options", "compose.html", preview_routes.compose_panel),
        Panel(
            "mailbox.settings", "mailbox_card.html", lambda actor, subject: routes.mailbox_card(host, actor, subject)
        ),
    ]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Follow what is under way, and take in what has come."""
    own, every = parts(host), timedelta(seconds=host.settings.poll_seconds)
    fetches = {"fetch": own.arrivals.fetch, **({"mails": own.mails.fetch} if own.mails else {})}
    return [Job("follow", own.following.ask, every), *(Job(name, run, every) for name, run in fetches.items())]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle fax ...`."""
    from budkavle_fax.commands import group

    return [group(host)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Ask the carrier, and look at what is needed and what has failed."""
    own = parts(host)

    def check(organisation_id: UUID | None) -> Iterable[Health]:
        return health.check(own.carrier, own.register, own.arrivals, own.inbox, organisation_id)

    return [HealthCheck("fax", check)]
