"""What the SDK plugin registers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING
from uuid import UUID

from litestar import Router
from msgspec import structs

from budkavle import Health, HealthCheck, Host, Job, Panel, Transport, hookimpl
from budkavle_sdk_transport.access_point import AccessPoint
from budkavle_sdk_transport.arrivals import SHARES, Arrivals
from budkavle_sdk_transport.certificates import CertificateSource
from budkavle_sdk_transport.discovery.settings import SIMULATOR, DiscoverySettings
from budkavle_sdk_transport.discovery.watch import Watch
from budkavle_sdk_transport.following import Following
from budkavle_sdk_transport.identifiers import FEDERATION_TEST
from budkavle_sdk_transport.identities import Identities
from budkavle_sdk_transport.network import network
from budkavle_sdk_transport.point_watch import PointWatch, untold
from budkavle_sdk_transport.screening import Screening
from budkavle_sdk_transport.settings import SdkSettings
from budkavle_sdk_transport.transport import SdkTransport

if TYPE_CHECKING:
    import click


@hookimpl
def budkavle_settings() -> type[SdkSettings]:
    """Give the type of `[plugins.sdk]`."""
    return SdkSettings


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """Give the transport `sdk`."""
    return [network(host).transport]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {
        "sdk.key-added": "En nyckel för SDK lades in",
        "parcel.lost": "En försändelse bröts av på vägen hit, och accesspunkten har den inte kvar",
        "parcel.postponed": "En försändelse som inte gick att ta emot lades åt sidan, och provas igen",
    }


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Fetch what waits at the access point, and ask about what it has taken."""
    parts, settings = network(host), host.settings
    poll = settings.soap.poll_seconds if settings.access_point == "soap" else settings.poll_seconds
    shares = [partial(parts.arrivals.fetch, share, SHARES) for share in range(SHARES)]
    jobs = [
        *(Job(f"fetch-{share}", fetch, timedelta(seconds=poll)) for share, fetch in enumerate(shares, 1)),
        Job("status", parts.following.ask, timedelta(seconds=settings.status_seconds)),
        Job("overdue", parts.following.expire, timedelta(minutes=1)),
        Job("log", partial(_prune, host), timedelta(days=1)),
    ]
    jobs.append(Job("certificates", _watch(host).refresh, timedelta(minutes=1)))
    if _is_pushed_to(settings):
        from budkavle_sdk_transport.domibus.doorbell import EVERY, answerer

        jobs.append(Job("doorbell", answerer(host, parts.arrivals.fetch, parts.following.ask), EVERY))
    return jobs


def _prune(host: Host) -> int:
    from budkavle_sdk_transport.transfers import prune

    return prune(host, [one.organisation_id for one in network(host).identities.all()])


def _watch(host: Host) -> Watch:
    parts = network(host)
    return Watch(host, parts.identities, parts.certificates, parts.discovery.certpub if parts.discovery else None)


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Tell of the access point, of what was refused, of participants, of certificates, and of the scanner."""
    return [
        HealthCheck("access-point", lambda organisation_id: _point(host, organisation_id)),
        HealthCheck("refused", lambda organisation_id: untold(host, network(host).identities, organisation_id)),
        HealthCheck("lookups", lambda organisation_id: _watch(host).lookups(organisation_id)),
        HealthCheck("certificates", lambda organisation_id: _watch(host).ending(organisation_id)),
        HealthCheck(
            "scanner",
            lambda organisation_id: _scanner(host, organisation_id),
        ),
    ]


def _point(host: Host, organisation_id: UUID | None) -> Iterable[Health]:
    """As the scanner; nothing of the simulated federation's folder, which cannot be away."""
    if host.settings.access_point != "soap":
        return []
    if organisation_id and network(host).identities.of_organisation(organisation_id) is None:
        return []
    return PointWatch(host).health()


def _scanner(host: Host, organisation_id: UUID | None) -> Iterable[Health]:
    """The same for the installation and for each organisation in SDK, whose administrators see only their own."""
    if organisation_id and network(host).identities.of_organisation(organisation_id) is None:
        return []
    return Screening(host, host.settings.scanner).health()


@hookimpl
def budkavle_routes(host: Host) -> Iterable[Router]:
    """Give the log of transfers, and the address that the access point pushes to, where it does."""
    from budkavle_sdk_transport import keys_page, transfers_page

    settings: SdkSettings = host.settings
    pages = [transfers_page.router(host), keys_page.router(host)]
    if not _is_pushed_to(settings):
        return pages
    from budkavle_sdk_transport.domibus.doorbell import Bells, Doorbell, router

    return [*pages, router(Doorbell(Bells(host), network(host).arrivals.deliver), settings.soap)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the cards that lead to the log of transfers and to the organisation's keys."""
    from budkavle_sdk_transport import keys_page, transfers_page

    return [
        Panel("organisation.settings", "transfers_card.html", transfers_page.card),
        Panel("organisation.settings", "keys_card.html", partial(keys_page.card, host)),
    ]


def _is_pushed_to(settings: SdkSettings) -> bool:
    return settings.access_point == "soap" and bool(settings.soap.push_user and settings.soap.push_password)


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle sdk ...`."""
    from budkavle_sdk_transport.commands import group

    return [group(host)]
