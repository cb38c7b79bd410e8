"""Messages and receipts whose certificates are looked up over DNS and HTTP, and whose keys are asked about."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.discovery.environment import certificates, load
from budkavle_sdk_transport.discovery.http import Web
from budkavle_sdk_transport.discovery.naptr import NameService
from budkavle_sdk_transport.discovery.publisher import Publisher
from budkavle_sdk_transport.discovery.revocation import Revocation
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.simulator import network
from budkavle_sdk_transport.simulator.dns import Zone
from budkavle_sdk_transport.simulator.federation import Federation
from budkavle_sdk_transport.simulator.http import OCSP_PATH, Reply, Service

STRANGER = "0203:trygghet.example"


@dataclass(frozen=True)
class Net:
    """The network around the installation."""

    zone: Zone
    service: Service
    responder: str


@pytest.fixture
def net(certpub: CertPub, live_federation: Federation) -> Iterator[Net]:
    """Let the installation look up over the network, and ask about revocation."""
    with network.serve(live_federation) as (file, zone, service):
        environment, web, source = load(str(file)), Web(seconds=5.0), certpub
        names = NameService(environment.zone, environment.nameservers, environment.schemes)
        source.fetch = Publisher(names, web, source.trust, environment.schemes).fetch
        source.revocation = Revocation(web, certificates(environment.roots))
        yield Net(zone, service, names.publishers(STRANGER)[0] + OCSP_PATH)


@pytest.mark.feature("SD14", "SD3")
def test_a_message_and_its_receipt_go_by_looked_up_certificates(
    municipality: Any, region: Any, sdk_worker: Any, net: Net
) -> None:
    """Three messages there and their receipts back, with one look-up for each certificate that is needed."""
    for _ in range(3):
        municipality.send(region.address())
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"] * 3
    # Encryption for the recipient, and the signing certificates of both.
    assert len(net.service.asked) == 3


@pytest.mark.feature("SD14", "SD3")
def test_a_revoked_senders_message_is_rejected(
    region: Any, peer: Any, sdk_worker: Any, certpub: CertPub, live_federation: Federation, net: Net
) -> None:
    """The sender's certificate is published and revoked: REJECTED SIG security, as for a wrong signature."""
    pair = live_federation.authority.issue("trygghet.example", "Trygghetsmyndigheten", answers_at=[net.responder])
    peer.publish(pair.certificate)
    peer.submit(peer.seal(peer.message(), signer=pair))
    sdk_worker.settle()
    assert len(region.messages()) == 1
    live_federation.authority.revoke(pair.certificate)
    certpub.revocation._known.clear()
    peer.submit(peer.seal(peer.message(), signer=pair))
    sdk_worker.settle()
    assert len(region.messages()) == 1
    assert b"REJECTED" in peer.pending_receipts()[-1]


@pytest.mark.feature("SD14", "SD3")
def test_a_sender_who_cannot_be_asked_about_waits(
    region: Any, peer: Any, sdk_worker: Any, parts: Network, live_federation: Federation, net: Net
) -> None:
    """Neither accepted nor rejected: the parcel stays where it is, and arrives when the authority answers again."""
    pair = live_federation.authority.issue("trygghet.example", "Trygghetsmyndigheten", answers_at=[net.responder])
    peer.publish(pair.certificate)
    net.service.instead[OCSP_PATH] = Reply(503)
    peer.submit(peer.seal(peer.message(), signer=pair))
    sdk_worker.settle()
    assert (len(region.messages()), peer.pending_receipts()) == (0, [])
    assert len(parts.access_point.pending("0203:regionvattern.example")) == 1


@pytest.mark.feature("SD14")
def test_a_name_service_that_is_down_puts_messages_off(
    municipality: Any, region: Any, sdk_worker: Any, certpub: CertPub, net: Net
) -> None:
    """Nothing is lost and nothing given up: the delivery waits for its next try, and goes when DNS answers."""
    net.zone.fault = "servfail"
    municipality.send(region.address())
    sdk_worker.settle()
    assert municipality.states() == ["WAITING_FOR_RETRY"]
    net.zone.fault = ""
    certpub.forget()
    municipality.organisation.make_due()
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]
