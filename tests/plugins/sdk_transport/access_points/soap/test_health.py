"""What health and administrators are told of the access point."""

from time import monotonic, sleep
from typing import Any

import pytest
from click.testing import CliRunner
from tests.plugins.sdk_transport.access_points.soap.conftest import PATIENCE

from budkavle import Health, Platform, call
from budkavle.testing.working import wait_until
from budkavle_sdk_transport.commands.access_point import group
from budkavle_sdk_transport.commands.doctor import SENTENCES, examine
from budkavle_sdk_transport.incoming.receiving import SHARES
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.simulator.domibus_stub.faults import CallFault, CallFaultKind
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS

MUNICIPALITY = PARTICIPANTS[0].participant


def test_an_administrator_can_ask_the_access_point(platform: Platform, peer: Any, stub: Stub) -> None:
    """What it says of a parcel and of its errors; and what it could not push, which it is told to push again."""
    commands = group(platform.plugins.host("sdk"))

    def run(*words: str) -> str:
        done = CliRunner().invoke(commands, words)
        assert done.exception is None, done.output
        return done.output

    lost = peer.submit(b"<xhe/>", recipient="0203:nobody.example")
    end = monotonic() + PATIENCE
    while "SEND_FAILURE" not in run("status", lost):
        assert monotonic() < end
        sleep(0.01)
    assert "EBMS_0003" in run("status", lost)
    assert "NOT_FOUND" in run("status", lost, "--received")
    stub.message_store.add_push(lost, "receiveSuccess")
    stub.message_store._do("UPDATE pushes SET tries = 3", ())
    assert lost in run("push-failed", MUNICIPALITY, "--again")
    assert lost not in run("push-failed", MUNICIPALITY)


def test_the_doctor_says_whether_what_is_fetched_is_left(
    platform: Platform, parts: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the access point's own WSDL, once for the installation."""
    host = platform.plugins.host("sdk")
    assert [str(one) for one in examine(host)].count(SENTENCES["leaves"]) == 1
    monkeypatch.setattr(type(parts.access_point), "leaves", False)
    assert [str(one) for one in examine(host)].count(SENTENCES["once"]) == 1


def told(platform: Platform, region: Any, name: str, *, organisation: bool = False) -> list[Health]:
    """What a health check of the plugin says, of the installation or of the region."""
    check = platform.plugins.health_checks[f"sdk.{name}"]
    return list(call(check.check, region.organisation.id if organisation else None))


REASONS = {
    "(HTTP 401)": CallFault(CallFaultKind.STATUS, "401"),
    "(HTTP 415)": CallFault(CallFaultKind.STATUS, "415"),
    "HTTP 503": CallFault(CallFaultKind.STATUS, "503"),
    "webbsida i stället för SOAP": CallFault(CallFaultKind.HTML),
    "inte följer dess WSDL": CallFault(CallFaultKind.NONSENSE),
    "svarade inte, eller inte färdigt": CallFault(CallFaultKind.DIES_BEFORE),
    "godtar inte vår inloggning": CallFault(CallFaultKind.FAULT, "WS_PLUGIN_0002"),
}


def test_health_knows_why_the_access_point_does_not_answer(
    platform: Platform, region: Any, sdk_worker: Any, stub: Stub
) -> None:
    """Since when, and why, each kind of trouble by itself; until it answers again."""
    for reason, fault in REASONS.items():
        assert [one.ok for one in told(platform, region, "access-point")] == [True], reason
        sdk_worker.fetch()
        stub.faults.plan("listPendingMessages", *[fault] * SHARES)
        sdk_worker.fetch()
        for whose in (False, True):
            (bad,) = told(platform, region, "access-point", organisation=whose)
            assert not bad.ok, reason
            assert reason in str(bad), reason
            assert "Senaste riktiga svar" in str(bad), reason
            assert "As it was asked" not in str(bad), "the access point's own words may name somebody"
        sdk_worker.fetch()
        (well,) = told(platform, region, "access-point")
        assert well.ok, reason
        assert "Accesspunkten svarade senast" in str(well), reason


def test_one_that_has_never_answered_is_not_said_to_have(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, stub: Stub
) -> None:
    """And a message that cannot be handed over tells its writer no more than that."""
    stub.faults.plan("listPendingMessages", *[CallFault(CallFaultKind.STATUS, "401")] * SHARES)
    sdk_worker.fetch()
    assert "aldrig svarat rätt" in str(told(platform, region, "access-point")[0])
    stub.faults.plan("submitMessage", CallFault(CallFaultKind.STATUS, "401"))
    municipality.send(region.address())
    sdk_worker.deliver()
    assert municipality.delivery().failure == "Accesspunkten svarar inte. Vi försöker igen."


@pytest.mark.feature("SD4")
def test_health_counts_what_nobody_was_told_of(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any, stub: Stub
) -> None:
    """A message that is refused without a receipt has been deleted at the access point: an administrator must know."""
    assert [one.ok for one in told(platform, region, "refused", organisation=True)] == [True]
    name = peer.submit(b"<xhe/>")
    wait_until(lambda: stub.message_store.pending() == [name])
    sdk_worker.fetch()
    assert stub.message_store.status(name, "RECEIVING") == "DELETED"
    for whose in (False, True):
        (bad,) = told(platform, region, "refused", organisation=whose)
        assert not bad.ok
        assert "1 meddelanden" in str(bad)
    region.organisation.rows("UPDATE sdk_arrivals SET at = at - interval '2 days' RETURNING 1")
    (older,) = told(platform, region, "refused", organisation=True)
    assert older.ok
    assert "1 meddelanden" in str(older)
