"""The simulator's network misbehaves on order, for as long as the order stands (feature SD16)."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from budkavle import Conflict, Platform
from budkavle.testing.working import do_job
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.simulator.fault_injection import FaultInjection
from budkavle_sdk_transport.simulator.fault_orders import FaultOrders, NetworkFault
from budkavle_sdk_transport.simulator.federation import Federation

GIVE = """
import sys, threading
from pathlib import Path
from budkavle_sdk_transport.simulator.fault_orders import FaultOrders, NetworkFault
with FaultOrders(Path(sys.argv[1])).give(frozenset({NetworkFault.LATE})):
    print("given", flush=True)
    threading.Event().wait()
"""


@pytest.fixture
def detour(live_federation: Federation) -> FaultInjection:
    """What the simulator does with parcels, a minute after they were put aside."""
    point = live_federation.access_point
    return FaultInjection(point, point.orders, lambda: time.time() + 60)


@pytest.fixture
def ordered(live_federation: Federation) -> Iterator[Callable[..., ExitStack]]:
    """Give an order; it stands until what comes back is closed."""
    with ExitStack() as whole:

        def give(*network_faults: NetworkFault) -> ExitStack:
            one = whole.enter_context(ExitStack())
            one.enter_context(live_federation.access_point.orders.give(frozenset(network_faults)))
            return one

        yield give


@pytest.mark.feature("SD16")
def test_what_is_late_is_under_way_until_it_comes(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, detour: FaultInjection, ordered: Any
) -> None:
    """The sender sees that it has been handed over and not delivered; then everything is as usual."""
    order = ordered(NetworkFault.LATE)
    municipality.send(region.address())
    sdk_worker.settle()
    soon = FaultInjection(detour.point, detour.orders)
    assert soon.act() == 0
    do_job(platform, "sdk.status")
    assert (municipality.states(), region.messages()) == (["SEND_ENQUEUED"], [])
    assert detour.act() == 1
    do_job(platform, "sdk.status")
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    order.close()
    sdk_worker.settle()
    assert (municipality.states(), len(region.messages())) == (["ACKNOWLEDGED"], 1)


def test_what_comes_twice_is_shown_once(
    municipality: Any, region: Any, sdk_worker: Any, detour: FaultInjection, ordered: Any
) -> None:
    """The second is refused as a duplicate, which the recipient's administrator is told."""
    order = ordered(NetworkFault.DOUBLE)
    municipality.send(region.address())
    sdk_worker.deliver()
    assert detour.act() == 1
    order.close()
    sdk_worker.settle()
    assert len(region.messages()) == 1
    (told,) = region.organisation.log_entries("message.refused")
    assert "samma id har redan tagits emot" in told


def test_what_was_sent_last_comes_first(
    municipality: Any, region: Any, sdk_worker: Any, live_federation: Federation, detour: FaultInjection, ordered: Any
) -> None:
    """Nothing is lost by it, and each is receipted."""
    order = ordered(NetworkFault.SHUFFLED)
    for number in range(3):
        municipality.send(region.address(), subject=f"Nummer {number}")
        sdk_worker.deliver()
    sent = [str(row.id) for row in municipality.organisation.rows("SELECT id FROM deliveries ORDER BY created_at")]
    assert detour.act() == 3
    assert live_federation.access_point.pending(region.participant.participant) == sent[::-1]
    order.close()
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"] * 3
    assert len(region.messages()) == 3


def test_what_reaches_nobody_is_told_in_words(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, detour: FaultInjection, ordered: Any
) -> None:
    """The sender reads what happened and what will; once the network behaves, the same message comes through."""
    order = ordered(NetworkFault.UNREACHABLE)
    municipality.send(region.address())
    sdk_worker.deliver()
    assert detour.act() == 1
    do_job(platform, "sdk.status")
    row = municipality.delivery()
    assert (row.state, row.failure) == (
        "WAITING_FOR_RETRY",
        "Mottagarens accesspunkt gick inte att nå. Meddelandet skickas en gång till av sig självt.",
    )
    order.close()
    municipality.organisation.make_due()
    sdk_worker.settle()
    assert (municipality.states(), len(region.messages())) == (["ACKNOWLEDGED"], 1)


def test_an_order_ends_with_the_process_that_gave_it(
    municipality: Any, region: Any, sdk_worker: Any, live_federation: Federation, detour: FaultInjection
) -> None:
    """Killed, it leaves nothing behind: what lay aside is passed on, and nobody's parcels are held any more."""
    orders = live_federation.access_point.orders
    words = [sys.executable, "-c", GIVE, str(orders.folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "given\n"
        assert orders.given() == {NetworkFault.LATE}
        municipality.send(region.address())
        sdk_worker.deliver()
        with pytest.raises(Conflict, match="på order av någon annan"), orders.give(frozenset({NetworkFault.DOUBLE})):
            pytest.fail("two orders stand at a time")
        process.kill()
    assert not orders.stand()
    assert FaultInjection(detour.point, orders).act() == 1
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]


def test_without_an_order_nothing_is_put_aside(
    municipality: Any, region: Any, sdk_worker: Any, live_federation: Federation, detour: FaultInjection
) -> None:
    """Not even when there has been one."""
    with live_federation.access_point.orders.give(frozenset({NetworkFault.LATE})):
        pass
    municipality.send(region.address())
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert detour.act() == 0


@pytest.mark.parametrize(("words", "sentence"), [("sent", "sent kan inte beställas"), ("late,,", "kan inte beställas")])
@pytest.mark.usefixtures("members")
def test_only_what_there_is_can_be_ordered(platform: Platform, words: str, sentence: str) -> None:
    """A word that nobody knows is refused, with those that are known."""
    result = CliRunner().invoke(group(platform.plugins.host("sdk")), ["misbehave", words])
    assert result.exit_code == 2
    assert sentence in result.output
    assert "late, double, shuffled, unreachable" in result.output


@pytest.fixture
def real(budkavle_open: Any) -> Any:
    """An installation in a real network."""
    sdk = {"access_point": "soap", "discovery": {"environment": "SDK-QA", "zone": "qa.example"}}
    sdk["soap"] = {"url": "https://ap.example/domibus/services/wsplugin"}
    return budkavle_open(enabled=("addressbook", "sdk"), plugins={"sdk": sdk}).plugins.host("sdk")


@pytest.mark.parametrize("words", [("misbehave", "late"), ("simulator", "--port", "0")])
def test_nothing_goes_wrong_on_purpose_in_a_real_network(real: Any, words: tuple[str, ...]) -> None:
    """The commands refuse, and leave nothing in the installation's folder."""
    result = CliRunner().invoke(group(real), words)
    assert isinstance(result.exception, Conflict)
    assert "SDK-QA" in str(result.exception)
    assert not (real.data / "federation").exists()


def test_an_order_is_read_by_nobody_in_another_folder(tmp_path: Path) -> None:
    """Each federation has its own."""
    with FaultOrders(tmp_path / "one").give(frozenset({NetworkFault.LATE})):
        assert FaultOrders(tmp_path / "one").stand()
        assert not FaultOrders(tmp_path / "two").stand()
