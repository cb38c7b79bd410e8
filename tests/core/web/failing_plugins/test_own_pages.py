"""A plugin's own pages that hang, raise or exit are named, and hold up no others."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.core.web.failing_plugins.chaos import Chaos, pages

from budkavle.plugins.call_threads import CallThreads
from budkavle.plugins.loader import Of
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser
from budkavle.web.app import route_faults
from budkavle.web.http import page_threads
from budkavle.web.http.page_threads import OWN

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.mark.feature("PL5")
def test_a_plugins_pages_that_hang_take_no_other_pages_threads(
    ada: Browser, chaos: Chaos, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many of its pages may hang; who asks for more is told soon, and all other pages come."""
    inside = threading.Semaphore(0)

    def hang() -> str:
        inside.release()
        chaos.go.wait(60)
        return "till slut"

    chaos.fault["page"] = hang
    with ThreadPoolExecutor(OWN) as pool:
        waiting = [pool.submit(ada.get, "/plugin/chaos/page") for _ in range(OWN)]
        for _ in waiting:
            assert inside.acquire(timeout=60)
        monkeypatch.setattr(page_threads, "PATIENCE", 0.05)
        refused = ada.get("/plugin/chaos/page")
        assert refused.status_code == 503
        monkeypatch.setattr(page_threads, "WAITING", 0)
        assert ada.get("/plugin/chaos/page").status_code == 503
        assert "Sidorna i tillägget chaos svarar inte just nu" in refused.text
        assert [ada.get("/compose").status_code for _ in range(OWN)] == [200] * OWN
        chaos.go.set()
        assert {one.result(60).text for one in waiting} == {"till slut"}
    assert ada.get("/plugin/chaos/page").text == "till slut"


@pytest.mark.feature("PL5")
def test_a_page_that_hangs_is_given_up_and_named(
    ada: Browser, platform: Platform, chaos: Chaos, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked is told to come back, its thread keeps its place, and the line where it hangs is told."""
    monkeypatch.setattr(page_threads, "LONGEST", 0.2)
    chaos.fault["page"] = chaos.hangs
    assert [ada.get("/plugin/chaos/page").status_code for _ in range(2)] == [503, 503]
    (fault,) = [fault for fault in platform.plugins.walls.faults() if fault.called.hook == "routes"]
    assert (fault.called.plugin, fault.error, fault.faults) == ("chaos", "Late", 2)
    assert fault.called.part.endswith("page")
    monkeypatch.setattr(page_threads, "PATIENCE", 0.05)
    monkeypatch.setattr(page_threads, "LONGEST", 60.0)
    chaos.go.set()
    del chaos.fault["page"]
    assert ada.get("/plugin/chaos/page").text == "en sida"
    assert [fault.faults for fault in platform.plugins.walls.faults() if fault.called.hook == "routes"] == [0]


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("path", ["/plugin/chaos/page", "/plugin/chaos/later"])
def test_a_page_that_raises_is_named(ada: Browser, platform: Platform, chaos: Chaos, path: str) -> None:
    """By its plugin and its function; that somebody asks for what is not there is no fault."""
    chaos.fault["page"] = chaos.raises
    assert ada.get(path).status_code == 500
    assert ada.get("/plugin/chaos/nothing").status_code == 404
    (fault,) = [fault for fault in platform.plugins.walls.faults() if fault.called.hook == "routes"]
    assert (fault.called.plugin, fault.error, fault.faults) == ("chaos", "RuntimeError", 1)
    assert fault.at.startswith(f"{pages.__code__.co_filename}:")


@pytest.mark.feature("PL5")
def test_many_who_come_to_a_plugins_pages_at_once_wait_for_each_other(
    ada: Browser, chaos: Chaos, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those do who open their links when a mail has gone to many: nobody is sent away while pages are made."""
    inside = threading.Semaphore(0)

    def page() -> str:
        inside.release()
        chaos.go.wait(60)
        return "en sida"

    chaos.fault["page"] = page
    monkeypatch.setattr(page_threads, "PATIENCE", 60.0)  # however slow the machine is
    with ThreadPoolExecutor(3 * OWN) as pool:
        asked = [pool.submit(ada.get, "/plugin/chaos/page") for _ in range(3 * OWN)]
        for _ in range(OWN):
            assert inside.acquire(timeout=60)
        chaos.go.set()
        assert [one.result(60).status_code for one in asked] == [200] * 3 * OWN
    assert ada.get("/plugin/chaos/page").status_code == 200


@pytest.mark.feature("PL5")
def test_pages_that_got_no_thread_take_no_place_for_ever(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has run out of threads for a while has them again, and so has the plugin."""

    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(CallThreads, "give", refuse)
        assert [ada.get("/plugin/chaos/page").status_code for _ in range(OWN + 1)] == [500] * (OWN + 1)
    assert ada.get("/plugin/chaos/page").text == "en sida"


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("path", ["/plugin/chaos/page", "/plugin/chaos/later"])
def test_a_page_that_exits_is_an_error_page_and_ends_no_server(ada: Browser, chaos: Chaos, path: str) -> None:
    """`sys.exit()` in a plugin's page, `def` or `async def`, is that page's failure."""
    chaos.fault["page"] = chaos.exits
    assert ada.get(path).status_code == 500
    del chaos.fault["page"]
    assert ada.get(path).text == "en sida"


def test_looking_at_a_plugins_pages_leaves_logging_alone(chaos: Chaos, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else libraries would tell what they do, addresses among it, in a form that is not ours."""
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.WARNING)
    assert list(route_faults([Of("chaos", pages(chaos))])) == []
    assert (logging.root.handlers, logging.root.level) == ([], logging.WARNING)
