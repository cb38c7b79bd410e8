"""The parts of the plugin, put together from its settings: participants, access point, certificates, transport."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from budkavle import Host
from budkavle_sdk_transport.access_points.interface import AccessPoint
from budkavle_sdk_transport.discovery.refresh import CertificateRefresh
from budkavle_sdk_transport.discovery.settings import SIMULATOR, DiscoverySettings
from budkavle_sdk_transport.formats.identifiers import FEDERATION_TEST
from budkavle_sdk_transport.incoming.receiving import Receiver
from budkavle_sdk_transport.keys.certificates import CertificateSource
from budkavle_sdk_transport.keys.memberships import Memberships, memberships_of
from budkavle_sdk_transport.outgoing.status_polling import StatusPolling
from budkavle_sdk_transport.settings import SdkSettings
from budkavle_sdk_transport.transport import SdkTransport

if TYPE_CHECKING:
    from budkavle_sdk_transport.discovery.factory import Discovery
    from budkavle_sdk_transport.simulator.federation import Federation


@dataclass(frozen=True, slots=True)
class Network:
    """The plugin's parts, put together from its settings."""

    memberships: Memberships
    access_point: AccessPoint
    certificates: CertificateSource
    transport: SdkTransport
    receiver: Receiver
    status_polling: StatusPolling
    discovery: "Discovery | None"
    """How certificates are found in a network; None in the simulated federation."""


@lru_cache(maxsize=8)
def network(host: Host) -> Network:
    """Put the parts together for one host, once: what is remembered is remembered for all of them.

    Raises:
        Misconfigured: The settings do not say how the access point is reached.
    """
    lookups, certificates = _discovery(host)
    settings = _in_environment(host.settings, lookups)
    access_point, memberships = _access_point(host, settings), memberships_of(host)
    return Network(
        memberships,
        access_point,
        certificates,
        SdkTransport(host, settings, memberships, access_point, certificates),
        Receiver(host, settings, memberships, access_point, certificates),
        StatusPolling(host, memberships, access_point, settings.timing),
        lookups,
    )


def certificate_refresh(host: Host) -> CertificateRefresh:
    """Return what looks after the certificates of one installation in the background."""
    parts = network(host)
    return CertificateRefresh(
        host, parts.memberships, parts.certificates, parts.discovery.certpub if parts.discovery else None
    )


def _access_point(host: Host, settings: SdkSettings) -> AccessPoint:
    if settings.access_point == "soap":
        from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint

        return DomibusAccessPoint.of(settings.soap, host)
    return federation_of(host).access_point


def _discovery(host: Host) -> "tuple[Discovery | None, CertificateSource]":
    """Return how certificates are found: in the environment that the settings name, or in the simulated federation."""
    settings: DiscoverySettings = host.settings.discovery
    if settings.environment == SIMULATOR:
        return None, federation_of(host).certificates
    from budkavle_sdk_transport.discovery.environment import load
    from budkavle_sdk_transport.discovery.factory import discovery

    lookups = discovery(host, settings, load(settings.environment))
    return lookups, lookups.certpub


def _in_environment(settings: SdkSettings, lookups: "Discovery | None") -> SdkSettings:
    """Return the settings with the environment's federation, unless they name another."""
    federation = lookups.environment.federation if lookups else FEDERATION_TEST
    return structs.replace(settings, federation=settings.federation or federation)


def federation_of(host: Host) -> "Federation":
    """Return the simulated federation that the settings name."""
    from budkavle_sdk_transport.simulator.federation import Federation
    from budkavle_sdk_transport.simulator.participants import publisher_of

    federation = Federation.at(simulator_folder(host))
    federation.certificates.fetch = publisher_of(federation)
    return federation


def simulator_folder(host: Host) -> Path:
    """Return the folder of the simulated federation."""
    settings: SdkSettings = host.settings
    return settings.simulator_folder or host.data / "federation"
