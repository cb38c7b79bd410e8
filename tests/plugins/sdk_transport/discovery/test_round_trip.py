"""Messages and receipts whose certificates are looked up over DNS and HTTP, and whose keys are asked about."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from budkavle_sdk_transport.discovery.environment import certificates, load
from budkavle_sdk_transport.discovery.http import Web
from budkavle_sdk_transport.discovery.naptr import NameService
from budkavle_sdk_transport.discovery.publisher import Publisher
from budkavle_sdk_transport.discovery.revocation import Revocation
from budkavle_sdk_transport.simulator import network
from budkavle_sdk_transport.simulator.dns import Zone
from budkavle_sdk_transport.simulator.http import OCSP_PATH, Reply, Service

STRANGER = "0203:trygghet.example"


@dataclass(frozen=True)
class Net:
    """The network around the installation."""

    zone: Zone
    service: Service
    responder: str


@pytest.fixture
def net(town: Any) -> Iterator[Net]:
    """Let the installation look up over the network, and ask about revocation."""
    with network.serve(town.federation) as (file, zone, service):
        environment, web, source = load(str(file)), Web(seconds=5.0), town.certificates
        names = NameService(environment.zone, environment.nameservers, environment.schemes)
        source.fetch = Publisher(names, web, source.trust, environment.schemes).fetch
        source.revocation = Revocation(web, certificates(environment.roots))
        yield Net(zone, service, names.publishers(STRANGER)[0] + OCSP_PATH)


@pytest.mark.feature("SD14", "SD3")
def test_a_message_and_its_receipt_go_by_looked_up_certificates(town: Any, net: Net) -> None:
    """Three messages there and their receipts back, with one look-up for each certificate that is needed."""
    for _ in range(3):
        town.a.send(town.b.address())
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"] * 3
    # Encryption for the recipient, and the signing certificates of both.
    assert len(net.service.asked) == 3


@pytest.mark.feature("SD14", "SD3")
def test_a_revoked_senders_message_is_rejected(town: Any, net: Net) -> None:
    """The sender's certificate is published and revoked: REJECTED SIG security, as for a wrong signature."""
    pair = town.federation.authority.issue("trygghet.example", "Trygghetsmyndigheten", answers_at=[net.responder])
    town.publish(pair.certificate)
    town.submit(town.seal(town.message(), signer=pair))
    town.settle()
    assert len(town.b.messages()) == 1
    town.federation.authority.revoke(pair.certificate)
    town.certificates.revocation._known.clear()
    town.submit(town.seal(town.message(), signer=pair))
    town.settle()
    assert len(town.b.messages()) == 1
    assert b"REJECTED" in town.receipts_for_the_stranger()[-1]


@pytest.mark.feature("SD14", "SD3")
def test_a_sender_who_cannot_be_asked_about_waits(town: Any, net: Net) -> None:
    """Neither accepted nor rejected: the parcel stays where it is, and arrives when the authority answers again."""
    pair = town.federation.authority.issue("trygghet.example", "Trygghetsmyndigheten", answers_at=[net.responder])
    town.publish(pair.certificate)
    net.service.instead[OCSP_PATH] = Reply(503)
    town.submit(town.seal(town.message(), signer=pair))
    town.settle()
    assert (len(town.b.messages()), town.receipts_for_the_stranger()) == (0, [])
    assert len(town.network.access_point.pending("0203:regionvattern.example")) == 1


@pytest.mark.feature("SD14")
def test_a_name_service_that_is_down_puts_messages_off(town: Any, net: Net) -> None:
    """Nothing is lost and nothing given up: the delivery waits for its next try, and goes when DNS answers."""
    net.zone.fault = "servfail"
    town.a.send(town.b.address())
    town.settle()
    assert town.a.states() == ["WAITING_FOR_RETRY"]
    net.zone.fault = ""
    town.certificates.forget()
    town.a.make_due()
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
