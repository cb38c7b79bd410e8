"""Plugins that raise, exit, hang or answer nonsense while somebody reads and writes: the page says so, and goes on."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Router, get
from sqlalchemy import text
from structlog.testing import capture_logs

from budkavle.messaging import directories, drafts
from budkavle.model.errors import TooMany
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address
from budkavle.model.people import Actor
from budkavle.operations import health
from budkavle.operations.jobs import Jobs, core_jobs
from budkavle.operations.leases import Leases
from budkavle.plugins.call_threads import CallThreads
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.directory import Entry
from budkavle.plugins.protocols.health import Health, HealthCheck
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, Work, open_platform
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.web.app import route_faults
from budkavle.web.http import page_threads
from budkavle.web.http.page_threads import OWN
from budkavle.web.views import panels

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
KNOWN = Address("fake", "region", "Vårdcentralen", "Regionen")


WELL = Health("Duvslaget", True, "Duvslaget är helt.")
MISSING = "Adressboken Kaos svarar inte just nu"
WRITTEN = {"subject": "Om ärendet", "body": "En lång text som ingen vill skriva om."}


class Chaos:
    """What a plugin does when it is asked: nothing wrong, until a test says otherwise.

    Attributes:
        fault: What happens instead of an answer, by method.
    """

    def __init__(self) -> None:
        self.fault: dict[str, Callable[[], Any]] = {}
        self.go = threading.Event()

    def do(self, method: str, answer: Any) -> Any:
        """Answer rightly, or do what the test wants."""
        return self.fault[method]() if method in self.fault else answer

    def raises(self) -> Any:
        raise RuntimeError("hemligt")

    def exits(self) -> Any:
        raise SystemExit(5)

    def hangs(self) -> Any:
        self.go.wait(60)

    def gives_none(self) -> Any:
        return None

    def gives_nonsense(self) -> Any:
        return ["nonsense", 7]


FAULTS = (Chaos.raises, Chaos.exits, Chaos.hangs, Chaos.gives_nonsense)


class Book:
    """The address book of a plugin that does as a test wants."""

    name, label = "chaos", "Kaos"

    def __init__(self, chaos: Chaos) -> None:
        self.chaos = chaos

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> list[Entry]:
        return list(self.chaos.do("search", []))

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        found: Entry | None = self.chaos.do("find", None)
        return found

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:
        return None

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        own: Address | None = self.chaos.do("address", None)
        return own


class Transport(FakeTransport):
    """A transport whose `check` does as a test wants."""

    chaos: Chaos

    def check(self, *_: Any) -> Any:
        return self.chaos.do("check", [])


def pages(chaos: Chaos) -> Router:
    """Return the plugin's pages: one that waits, as for a database, and one in the server's own loop."""

    @get("/page", sync_to_thread=True, media_type="text/plain")
    def page() -> str:
        return str(chaos.do("page", "en sida"))

    @get("/later", media_type="text/plain")
    async def later() -> str:
        return str(chaos.do("page", "en sida"))

    return Router("/plugin/chaos", route_handlers=[page, later])


@pytest.fixture
def chaos(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chaos]:
    """A plugin to be told what to do; nobody waits for it as long as for a real one."""
    for module in (directories, drafts, panels):
        monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(health, "ASKED", 0.2)
    made = Chaos()
    yield made
    made.go.set()


@pytest.fixture
def platform(budkavle_settings: Settings, chaos: Chaos) -> Iterator[Platform]:
    """An installation with an address book that works and one that does as it is told."""
    transport = Transport(label="Låtsas")
    transport.chaos = chaos
    place = [Panel("nav.item", "", lambda actor, page: chaos.do("panel", {}))]
    checks = [HealthCheck("birds", lambda _: chaos.do("birds", [])), HealthCheck("loft", lambda _: [WELL])]
    modules = {
        "fake": plugin_module(
            "fake",
            transports=lambda host: [transport],
            directories=lambda host: [FakeDirectory(entries=[Entry(KNOWN)])],
        ),
        "chaos": plugin_module(
            "chaos",
            directories=lambda host: [Book(chaos)],
            panels=lambda host: place,
            health_checks=lambda host: checks,
            routes=lambda host: [pages(chaos)],
        ),
    }
    settings = msgspec.structs.replace(budkavle_settings, enabled=("chaos", "fake"))
    plugins = Plugins.load(settings, offer(**modules))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: None)
        yield opened


@pytest.fixture
def ada(browse: Callable[..., Browser], case_worker: SampleUser) -> Browser:
    """The browser of somebody who writes."""
    return browse(case_worker)


def sent(organisation: SampleOrganisation) -> int:
    """Return how many messages the organisation has."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        return int(connection.execute(text("SELECT count(*) FROM messages")).scalar_one())


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", [*FAULTS, Chaos.gives_none])
def test_a_broken_address_book_leaves_the_page_and_the_others(
    ada: Browser, chaos: Chaos, mailbox: FunctionMailbox, fault: Callable[[Chaos], Any]
) -> None:
    """The page for writing comes with what the other books know, and says which one is missing; so does the search."""
    chaos.fault = dict.fromkeys(("search", "find", "address"), lambda: fault(chaos))
    page = ada.get("/compose")
    assert page.status_code == 200
    assert MISSING in page.text
    found = ada.post("/compose", mailbox=str(mailbox.id), kind="fake", q="Vård", find="1")
    assert found.status_code == 200
    assert MISSING in found.text
    assert "Vårdcentralen" in found.text
    piece = ada.get(f"/compose/{mailbox.id}/fake/recipients?q=vård")
    assert MISSING in piece.text
    assert "Vårdcentralen" in piece.text


def test_a_book_that_was_asked_too_often_leaves_the_search_to_the_others(
    ada: Browser, chaos: Chaos, mailbox: FunctionMailbox
) -> None:
    """What the others know comes, and the page says which one is missing."""

    def refuse() -> None:
        raise TooMany("Du har slagit upp många adresser. Vänta en stund.")

    chaos.fault = {"search": refuse}
    piece = ada.get(f"/compose/{mailbox.id}/fake/recipients?q=vård")
    assert piece.status_code == 200
    assert MISSING in piece.text
    assert "Vårdcentralen" in piece.text


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_one_book_knows_is_sent_without_the_other(
    ada: Browser,
    chaos: Chaos,
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    fault: Callable[[Chaos], Any],
) -> None:
    """A recipient that another address book knows needs none that is broken."""
    chaos.fault["find"] = lambda: fault(chaos)
    answer = ada.post("/compose", mailbox=str(mailbox.id), kind="fake", recipients="fake:region", send="1", **WRITTEN)
    assert answer.status_code == 303
    assert sent(organisation) == 1


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("method", "recipient", "said"),
    [
        ("find", "fake:nobody", "Adressboken Kaos svarar inte"),
        ("address", "fake:region", "Adressboken Kaos svarar inte"),
        ("check", "fake:region", "Tillägget för Låtsas kunde inte kontrollera meddelandet"),
    ],
)
def test_what_a_broken_plugin_must_judge_is_not_sent_and_not_lost(
    ada: Browser,
    chaos: Chaos,
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    fault: Callable[[Chaos], Any],
    method: str,
    recipient: str,
    said: str,
) -> None:
    """The page comes back with everything that was written, and names the plugin; nothing is stored."""
    chaos.fault[method] = lambda: fault(chaos)
    with capture_logs() as logs:
        answer = ada.post("/compose", mailbox=str(mailbox.id), kind="fake", recipients=recipient, send="1", **WRITTEN)
    assert answer.status_code == 503
    assert said in answer.text
    assert all(words in answer.text for words in WRITTEN.values())
    assert sent(organisation) == 0
    assert "hemligt" not in str(logs)
    assert any("chaos" in {log.get("directory"), log.get("plugin")} or "transport" in log for log in logs)


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("fault", [*FAULTS, Chaos.gives_none])
def test_a_broken_line_of_the_menu_breaks_no_page(ada: Browser, chaos: Chaos, fault: Callable[[Chaos], Any]) -> None:
    """Every page has the menu: it comes without that line, also where the plugin exits or hangs."""
    chaos.fault["panel"] = lambda: fault(chaos)
    assert ada.get("/compose").status_code == 200


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(
    "fault", [*FAULTS, Chaos.gives_none, lambda _: [Health("a", True, "{b}", facts={"c": 1})], lambda _: [Health]]
)
def test_a_broken_health_check_is_named_and_the_rest_is_told(
    platform: Platform, chaos: Chaos, fault: Callable[[Chaos], Any]
) -> None:
    """What hangs, exits or answers nonsense is one line that is not well; every other answer is there, in words."""
    names = {answer.name for answer in health.check_all(platform, None)}
    assert len(names) > len(health.OWN) / 2
    chaos.fault["birds"] = lambda: fault(chaos)
    answers = health.check_all(platform, None)
    assert [one.ok for one in answers if one.name == "chaos.birds"] == [False]
    assert WELL in answers
    assert all(str(one) and one.remedy for one in answers if not one.ok)
    assert {answer.name for answer in answers} == {*names, "chaos.birds"}


@pytest.mark.feature("PL5")
def test_a_job_that_is_not_done_in_time_is_told(platform: Platform) -> None:
    """A job whose turn is long past, and whose run has had its time, is named; one that only takes its time is not."""
    Jobs(platform, Leases(timedelta(seconds=15)), {**core_jobs(platform), "gone.job": Job("job", int)}).take(99)
    assert any(one.ok for one in health.check_all(platform, None) if one.name == "Jobben")
    late = "UPDATE schedule SET due_at = now() - CAST(:late AS interval) WHERE name IN ('core.uploads', 'gone.job')"
    for minutes, ok in ((15, True), (25, False)):
        with platform.database.transaction(None) as connection:
            connection.execute(text(late), {"late": timedelta(minutes=minutes)})
        (answer,) = (one for one in health.check_all(platform, None) if one.name == "Jobben")
        assert answer.ok is ok
        assert ok or str(answer) == "Jobb som inte har blivit klara i tid: core.uploads."


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
    assert fault.at.startswith(f"{__file__}:")


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
