"""A simulated network on the own machine: a name server, a metadata publisher and an authority over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from budkavle import Actor, Host, Platform, Role, call, create_organisation
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.discovery.http import Web
from budkavle_sdk_transport.discovery.naptr import NameService
from budkavle_sdk_transport.discovery.publisher import Publisher
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.network import Network, network
from budkavle_sdk_transport.simulator import dns, http
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation
from budkavle_sdk_transport.simulator.network import serve
from budkavle_sdk_transport.simulator.smp import MetadataPublisher

ZONE = "simulator.example"
WHO, OTHER = (one.participant for one in PARTICIPANTS[:2])


@dataclass
class Net:
    """The servers, and a client of them with a clock of its own."""

    federation: Federation
    zone: dns.Zone
    service: http.Service
    nameserver: str
    url: str
    client: Web = field(default_factory=lambda: Web(seconds=2.0))
    passed: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.passed

    def names(self, **more: Any) -> NameService:
        given = {"nameservers": [self.nameserver], "schemes": ("http",), "seconds": 1.0}
        return NameService(ZONE, **{**given, **more})

    def publisher(self, **more: Any) -> Publisher:
        trust = self.service.publisher.trust
        return Publisher(self.names(), self.client, trust, ("http",), clock=self.now, **more)

    def certpub(self, **more: Any) -> CertPub:
        publisher = self.publisher()
        return CertPub(publisher.fetch, publisher.trust, clock=self.now, **more)

    def publish(self, pair: KeyPair, who: str = WHO) -> None:
        self.service.publisher.publish(who, encryption=pair.certificate, signing=pair.certificate)


@pytest.fixture(scope="session")
def federation(federation_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Federation:
    folder = tmp_path_factory.mktemp("federation")
    copytree(federation_keys, folder / "keys")
    return Federation.at(folder, PARTICIPANTS[:2])


@pytest.fixture(scope="session")
def spare(federation: Federation) -> KeyPair:
    """A pair of the authority's that nobody has published; its key serves other certificates too."""
    return federation.authority.issue("spare.example", "Reserv")


@pytest.fixture
def net(federation: Federation) -> Iterator[Net]:
    publisher = MetadataPublisher(federation.publisher.pair, federation.authority.pair.certificate)
    publisher.participants.update(federation.publisher.participants)
    zone, service = dns.Zone(ZONE), http.Service(publisher, federation.authority)
    with ExitStack() as stack:
        nameserver = stack.enter_context(dns.serve(zone))
        url = stack.enter_context(http.serve(service))
        made = Net(federation, zone, service, nameserver, url)
        service.clock = made.now
        for one in (WHO, OTHER):
            zone.register(one, url)
        yield made


SYSTEM = Actor(UUID(int=0), role=Role.PLATFORM)


@dataclass
class House:
    """An installation with one organisation, in an environment of its own."""

    platform: Platform
    federation: Federation
    zone: dns.Zone
    service: http.Service
    slug: str
    organisation_id: UUID

    @property
    def host(self) -> Host:
        host: Host = self.platform.plugins.host("sdk")
        return host

    @property
    def parts(self) -> Network:
        return network(self.host)

    @property
    def certpub(self) -> CertPub:
        assert isinstance(self.parts.certificates, CertPub)
        return self.parts.certificates

    def restart(self) -> None:
        """What the process remembered is gone."""
        network.cache_clear()

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(group(self.host), list(words))

    def health(self) -> list[tuple[bool, str]]:
        checks = [self.platform.plugins.health_checks[name] for name in ("sdk.lookups", "sdk.certificates")]
        asked: list[Any] = [
            one for check in checks for who in (None, self.organisation_id) for one in call(check.check, who)
        ]
        return [(one.ok, str(one)) for one in asked]


@pytest.fixture
def house_with(budkavle_open: Callable[..., Platform], federation: Federation) -> Iterator[Callable[..., House]]:
    """Make an installation with further settings of the plugin."""
    published = dict(federation.publisher.participants)
    with serve(federation) as (file, zone, service):

        def made(**more: Any) -> House:
            real = {"discovery": {"environment": str(file)}, "scanner": {"address": "elsewhere"}}
            sdk = {"simulator_folder": str(federation.folder), **real, **more}
            platform = budkavle_open(enabled=("addressbook", "sdk"), plugins={"sdk": sdk})
            organisation = create_organisation(platform, SYSTEM, "Björkviks kommun")
            one = House(platform, federation, zone, service, str(organisation.slug), organisation.id)
            one.parts.identities.add(organisation.id, WHO, federation.keys_of(WHO))
            return one

        yield made
    network.cache_clear()
    federation.publisher.participants.update(published)


@pytest.fixture
def house(house_with: Callable[..., House]) -> House:
    return house_with()
