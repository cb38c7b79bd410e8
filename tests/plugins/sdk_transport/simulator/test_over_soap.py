"""The simulator by SOAP: its organisations answer, and its network misbehaves on order, as in the folder (SD16)."""

from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest

from budkavle import Address, DeliveryState, Platform, Sentence
from budkavle.testing.running import free_ports
from budkavle.testing.working import do_job
from budkavle_sdk_transport.commands.simulator import Act, serve_access_point
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.network import Network, federation_of
from budkavle_sdk_transport.simulator.fault_orders import NetworkFault
from budkavle_sdk_transport.simulator.federation import Federation
from budkavle_sdk_transport.simulator.participants import ORGANISATIONS, PROVING_OFFICE, SimulatedParticipants, address
from budkavle_sdk_transport.texts import SENT_AGAIN

PATIENCE = 30.0


@pytest.fixture
def sdk_settings() -> dict[str, Any]:
    """By SOAP, where the simulator's access point will answer."""
    url = f"http://127.0.0.1:{free_ports()}/domibus/services/wsplugin"
    return {"access_point": "soap", "soap": {"url": url, "timeout_seconds": 10.0}}


@pytest.fixture(autouse=True)
def acts(platform: Platform, parts: Network, certpub: CertPub) -> Iterator[list[Act]]:
    """What `budkavle sdk simulator` does over and over again."""
    host = platform.plugins.host("sdk")
    federation = federation_of(host)
    certpub.fetch = federation.certificates.fetch
    with serve_access_point(host, federation, SimulatedParticipants.join(federation), 0.0) as made:
        yield made
        parts.access_point.close()


def told_of(municipality: Any) -> bool:
    """Whether the access point has given one up: until then it tries by itself, which looks alike."""
    return any(
        SENT_AGAIN in (row.failure or "") for row in municipality.organisation.rows("SELECT failure FROM deliveries")
    )


def until(
    platform: Platform,
    municipality: Any,
    sdk_worker: Any,
    parts: Network,
    acts: list[Act],
    *ends: list[str],
    given_up: bool = False,
) -> None:
    """Let workers work and access points deliver until the municipality's messages have come to one of the ends."""
    end = monotonic() + PATIENCE
    while sorted(municipality.states()) not in ends or (given_up and not told_of(municipality)):
        assert monotonic() < end, f"{municipality.states()}"
        for act in acts:
            act()
        parts.receiver._retry_delays._waits.clear()
        sdk_worker.deliver()
        sdk_worker.fetch()
        do_job(platform, "sdk.status")
        sleep(0.02)


def office(name: str) -> Address:
    return Address("sdk", address(name), name, PROVING_OFFICE.name, PROVING_OFFICE.participant)


def inbox(number: int) -> Address:
    one = ORGANISATIONS[number - 2].participant
    return Address("sdk", one.functions[0].identifier, one.functions[0].name, one.name, one.participant)


@pytest.mark.feature("SD15", "SD16")
def test_the_proving_office_and_the_test_organisations_answer(
    platform: Platform, municipality: Any, sdk_worker: Any, parts: Network, acts: list[Act]
) -> None:
    """Accepted, rejected with its code in words, silent; not delivered, and out of time."""
    municipality.send(office("prompt"), office("not-found"), office("silent"), inbox(4), inbox(3))
    until(
        platform,
        municipality,
        sdk_worker,
        parts,
        acts,
        ["ACKNOWLEDGED", "REJECTED", "WAITING_FOR_RECEIPT", "WAITING_FOR_RETRY", "WAITING_FOR_RETRY"],
        given_up=True,
    )
    rows = municipality.organisation.rows("SELECT failure FROM deliveries")
    failures = " ".join(Sentence.from_stored(row.failure or "") for row in rows)
    assert "Mottagarens ord: Provningsverket avvisar: not-found." in failures
    assert "be dem förnya det" in failures
    (row,) = municipality.organisation.rows("SELECT id FROM deliveries WHERE failure LIKE 'Mottagarens accesspunkt%'")
    errors = parts.access_point.errors(str(row.id))
    assert len(errors) == 4, "the access point's own tries"
    assert "EBMS_0005 Accesspunkten visar fel certifikat för AS4." in errors


def test_an_order_is_obeyed_for_as_long_as_it_stands(
    platform: Platform,
    municipality: Any,
    region: Any,
    sdk_worker: Any,
    parts: Network,
    live_federation: Federation,
    acts: list[Act],
) -> None:
    """Reached by nobody, then by everybody; twice, and shown once."""
    orders = live_federation.access_point.orders
    with orders.give(frozenset({NetworkFault.UNREACHABLE})):
        obeyed(acts)
        municipality.send(region.address())
        until(platform, municipality, sdk_worker, parts, acts, ["WAITING_FOR_RETRY"], given_up=True)
    municipality.organisation.make_due()
    with orders.give(frozenset({NetworkFault.DOUBLE})):
        obeyed(acts)
        until(
            platform, municipality, sdk_worker, parts, acts, ["ACKNOWLEDGED"], ["REJECTED"]
        )  # whichever of the two answers came first
    assert len(region.messages()) == 1
    assert DeliveryState.SEND_ATTEMPT_FAILED in municipality.timeline()
    obeyed(acts)
    municipality.send(region.address(), subject="Efteråt")
    until(platform, municipality, sdk_worker, parts, acts, ["ACKNOWLEDGED"] * 2, ["ACKNOWLEDGED", "REJECTED"])
    assert len(region.messages()) == 2


def obeyed(acts: list[Act]) -> None:
    for act in acts:
        act()
