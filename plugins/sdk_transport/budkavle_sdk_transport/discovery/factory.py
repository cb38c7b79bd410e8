"""Puts the parts of discovery together from the settings."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta

import httpx

from budkavle import Host, Misconfigured
from budkavle_sdk_transport.discovery.cache import DiscoveryCache
from budkavle_sdk_transport.discovery.certpub import CacheTimes, CertPub
from budkavle_sdk_transport.discovery.environment import Environment, certificates
from budkavle_sdk_transport.discovery.http import Web
from budkavle_sdk_transport.discovery.naptr import NameService, nameserver
from budkavle_sdk_transport.discovery.publisher import Publisher
from budkavle_sdk_transport.discovery.revocation import Revocation
from budkavle_sdk_transport.discovery.settings import DiscoverySettings

NO_ZONE = (
    "DNS-zonen för {environment} saknas. Den står i miljöspecifikationen från Digg; ange den som zone i "
    "[plugins.sdk.discovery]."
)
BAD_NAMESERVER = "Namnservern {name} är ingen IP-adress. Rätta nameservers i [plugins.sdk.discovery]."
BAD_PROXY = "Proxyn {proxy} är ingen adress. Rätta proxy i [plugins.sdk.discovery]."
BAD_CA = "Filen {path} går inte att läsa ({reason}). Rätta ca i [plugins.sdk.discovery]."


@dataclass(frozen=True, slots=True)
class Discovery:
    """The parts, for those who look at them one by one.

    Attributes:
        environment: Its facts.
        name_service: Where publishers are.
        publisher: Fetches what they say.
        certpub: What the transport asks.
    """

    environment: Environment
    name_service: NameService
    publisher: Publisher
    certpub: CertPub


def discovery(host: Host, settings: DiscoverySettings, environment: Environment) -> Discovery:
    """Put the parts together.

    Raises:
        Misconfigured: The zone is missing, or another setting cannot be used.
    """
    zone = settings.zone or environment.zone
    if not zone:
        raise Misconfigured(NO_ZONE, environment=environment.name)
    names = NameService(
        zone,
        _nameservers(settings.nameservers or environment.nameservers),
        environment.schemes,
        settings.require_dnssec,
        settings.timeout_seconds,
    )
    trust, cache, web = environment.trust(), DiscoveryCache(host), _web(settings)
    publisher = Publisher(names, web, trust, environment.schemes, environment.redirects)
    revocation = Revocation(
        web,
        (*certificates(environment.issuers), *trust.roots),
        settings.revocation,
        grace=timedelta(hours=settings.revocation_grace_hours),
        retry=timedelta(seconds=settings.failed_seconds),
        cache=cache,
    )
    certpub = CertPub(publisher.fetch, trust, _cache_times(settings), revocation, cache)
    return Discovery(environment, names, publisher, certpub)


def _cache_times(settings: DiscoverySettings) -> CacheTimes:
    return CacheTimes(
        fresh=timedelta(minutes=settings.keep_minutes),
        stale=timedelta(hours=settings.stale_hours),
        absent=timedelta(seconds=settings.absent_seconds),
        failed=timedelta(seconds=settings.failed_seconds),
    )


def _web(settings: DiscoverySettings) -> Web:
    try:
        ssl.create_default_context(cafile=settings.ca)
    except (OSError, ValueError) as error:
        reason = error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
        raise Misconfigured(BAD_CA, path=str(settings.ca), reason=reason) from error
    try:
        httpx.Proxy(settings.proxy or "http://127.0.0.1")
    except (ValueError, httpx.InvalidURL) as error:
        raise Misconfigured(BAD_PROXY, proxy=settings.proxy) from error
    return Web(settings.timeout_seconds, settings.ca, settings.proxy)


def _nameservers(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        try:
            nameserver(name)
        except ValueError as error:
            raise Misconfigured(BAD_NAMESERVER, name=name) from error
    return names
