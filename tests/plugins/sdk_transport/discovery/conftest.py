"""A simulated network on the own machine: a name server, a metadata publisher and an authority over HTTP."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.discovery.naptr import NameService
from budkavle_sdk_transport.discovery.publisher import Publisher
from budkavle_sdk_transport.discovery.web import Web
from budkavle_sdk_transport.keys import KeyPair
from budkavle_sdk_transport.simulator import dns, web
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation
from budkavle_sdk_transport.simulator.smp import MetadataPublisher

ZONE = "simulator.example"
WHO, OTHER = (one.participant for one in PARTICIPANTS[:2])


@dataclass
class Net:
    """The servers, and a client of them with a clock of its own."""

    federation: Federation
    zone: dns.Zone
    service: web.Service
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
def federation(tmp_path_factory: pytest.TempPathFactory) -> Federation:
    return Federation.at(tmp_path_factory.mktemp("federation"), PARTICIPANTS[:2])


@pytest.fixture(scope="session")
def spare(federation: Federation) -> KeyPair:
    """A pair of the authority's that nobody has published; its key serves other certificates too."""
    return federation.authority.issue("spare.example", "Reserv")


@pytest.fixture
def net(federation: Federation) -> Iterator[Net]:
    publisher = MetadataPublisher(federation.publisher.pair, federation.authority.pair.certificate)
    publisher.participants.update(federation.publisher.participants)
    zone, service = dns.Zone(ZONE), web.Service(publisher, federation.authority)
    with ExitStack() as stack:
        nameserver = stack.enter_context(dns.serve(zone))
        url = stack.enter_context(web.serve(service))
        made = Net(federation, zone, service, nameserver, url)
        service.clock = made.now
        for one in (WHO, OTHER):
            zone.register(one, url)
        yield made
