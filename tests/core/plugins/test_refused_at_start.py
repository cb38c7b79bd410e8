"""What a plugin does wrong is said in a line at the start, by plugin and hook."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from litestar import Router, get
from litestar.exceptions import LitestarWarning
from tests.core.plugins.loading import Loft, leave, leave_host, load, load_with, with_transports

from budkavle.model.errors import Misconfigured
from budkavle.plugins.hookspecs import hookimpl
from budkavle.plugins.loader import Installed
from budkavle.plugins.protocols.health import Health, HealthCheck
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.outbox import Outbox
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.protocols.transport import FactWords
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module


@pytest.mark.feature("PL2")
@pytest.mark.parametrize("section", [{"brids": 3}, {"birds": "many"}])
def test_wrong_settings_are_refused_by_plugin_and_key(section: dict[str, Any]) -> None:
    """An unknown key and a value of the wrong type both name plugin and key."""
    with pytest.raises(Misconfigured, match=r"loft.*(brids|birds)"):
        load_with({"loft": section}, loft=plugin_module("loft", settings=lambda: Loft))


@pytest.mark.feature("PL2")
def test_settings_of_a_plugin_without_settings_are_refused() -> None:
    """A section for a plugin that reads none is a mistake that is told."""
    with pytest.raises(Misconfigured, match=r"ta bort \[plugins.loft\]"):
        load_with({"loft": {"birds": 1}}, loft=plugin_module("loft"))


def test_two_transports_of_one_name_are_refused() -> None:
    """The second plugin is told whose the name already is."""
    with pytest.raises(Misconfigured, match=r"Tillägget b .*namnet fax är redan taget av tillägget a"):
        load(a=with_transports("a", FakeTransport("fax")), b=with_transports("b", FakeTransport("fax")))


def test_a_hook_that_raises_at_the_start_is_named() -> None:
    """The sentence has the plugin, the hook and what was raised."""

    def transports(host: object) -> Iterable[object]:
        raise LookupError("no modem")

    with pytest.raises(Misconfigured, match=r"fax .*budkavle_transports .*LookupError: no modem"):
        load(fax=plugin_module("fax", transports=transports))


async def _async_transports(host: object) -> Iterable[object]:
    return []


def _unknown_argument(modem: object) -> Iterable[object]:
    return [modem]


def _asks_for_nothing() -> list[Health]:
    return []


@get("/")
async def _page() -> str:
    return ""


def _blocking_page() -> Any:
    """A page that its author forgot to move to a thread; Litestar warns of it."""

    def _blocks() -> str:
        return ""

    with pytest.warns(LitestarWarning, match="sync_to_thread"):
        return get("/")(_blocks)


@pytest.mark.parametrize(
    ("hooks", "words"),
    [
        ({"transports": _async_transports}, "budkavle_transports är async"),
        ({"transports": _unknown_argument}, "budkavle_transports kan inte ta modem; argumenten är: host"),
        ({"telephones": lambda host: []}, "budkavle_telephones finns inte"),
        ({"transport": lambda host: []}, r"Menades budkavle_transports\?"),
        ({"settings": lambda: dict}, "msgspec.Struct"),
        ({"transports": lambda host: [FakeTransport]}, "FakeTransport är en klass"),
        ({"transports": lambda host: [object()]}, r"object saknar name \(str\)"),
        ({"panels": lambda host: [Panel("roof", "x.html", lambda actor, page: {})]}, "plats roof finns inte"),
        ({"jobs": lambda host: ["sweep"]}, "str är inte Job"),
        ({"jobs": lambda host: None}, "budkavle_jobs lämnade ingenting"),
        ({"jobs": lambda host: Job("sweep", lambda: 0)}, "budkavle_jobs .*ska lämna en list, inte Job"),
        ({"jobs": lambda host: [Job("sweep", 60)]}, r"Job sweep: metoden run ska ta \(\)"),  # type: ignore[arg-type]
        ({"outboxes": lambda host: [Outbox("mails", lambda: None)]}, r"Outbox mails: metoden handle ska ta \(entry\)"),  # type: ignore[arg-type,misc]
        (
            {"health_checks": lambda host: [HealthCheck("paper", _asks_for_nothing)]},  # type: ignore[arg-type,misc]
            r"HealthCheck paper: metoden check ska ta \(organisation_id\)",
        ),
        (
            {"panels": lambda host: [Panel("nav.item", "x.html", lambda actor: {})]},  # type: ignore[arg-type,misc]
            r"metoden context ska ta \(actor, page\)",
        ),
        ({"routes": lambda host: ["/wrong"]}, r"str är inte litestar\.Router"),
        (
            {"routes": lambda host: [Router("/sign-in", route_handlers=[_page])]},
            "/sign-in ska börja med",
        ),
        ({"routes": lambda host: [Router("/plugin/wrongly", route_handlers=[_page])]}, "ska börja med /plugin/wrong/"),
        (
            {"routes": lambda host: [Router("/plugin/wrong", route_handlers=[_blocking_page()])]},
            "_blocks är en def i händelseslingan.*sync_to_thread=True",
        ),
        ({"label": lambda: " "}, "budkavle_label ska ge tilläggets namn i ord"),
        ({"label": lambda: ["Fel"]}, "budkavle_label ska ge tilläggets namn i ord"),
        ({"event_words": lambda: ["wrong.done"]}, "ska lämna en dict, inte list"),
        (
            {"event_words": lambda: {"delivery.seen": FactWords("Sedd {", "Sedd", "")}},
            r"meningen för delivery\.seen går inte att läsa",
        ),
        ({"event_words": lambda: {"wrong.done": "Klart {"}}, r"meningen för wrong\.done går inte att läsa"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(hooks: dict[str, Any], words: str) -> None:
    """Wrong hooks and wrong objects are refused at the start, each in a sentence."""
    with pytest.raises(Misconfigured, match=words):
        load(wrong=plugin_module("wrong", **hooks))


def test_a_hook_without_its_mark_is_told() -> None:
    """A function named as a hook but not marked would else be passed over in silence."""
    module = plugin_module("shy")
    module.budkavle_jobs = lambda host: []  # type: ignore[attr-defined]
    with pytest.raises(Misconfigured, match="budkavle_jobs saknar @hookimpl"):
        load(shy=module)


def test_a_wrapper_is_refused() -> None:
    """A wrapper would change other plugins' answers."""
    module = plugin_module("nosy")

    @hookimpl(wrapper=True)
    def budkavle_jobs(host: object) -> Any:
        return (yield)

    module.budkavle_jobs = budkavle_jobs  # type: ignore[attr-defined]
    with pytest.raises(Misconfigured, match="wrapper"):
        load(nosy=module)


def test_a_method_with_too_few_arguments_is_told() -> None:
    """The signature of each promised method is compared before anything is sent."""

    class Short(FakeTransport):
        def send(self) -> None:  # type: ignore[override]
            """Take nothing."""

    with pytest.raises(Misconfigured, match=r"metoden send ska ta \(outgoing\)"):
        load(fax=with_transports("fax", Short("fax")))


def _judged(**modules: ModuleType | Callable[[], ModuleType]) -> dict[str, list[str]]:
    """Return the faults of each plugin, as `budkavle plugin check` says them; a function is called as the import."""
    offers = offer(**{name: one for name, one in modules.items() if isinstance(one, ModuleType)})
    for name, one in modules.items():
        if not isinstance(one, ModuleType):
            offers[name] = [Installed(name, name, f"test-{name}", "0", one)]
    plugins = Plugins(Settings(enabled=tuple(modules)), offers)
    plugins.register(lambda plugin: "host")
    return {report.name: report.faults for report in plugins.report()}


@pytest.mark.feature("PL5")
def test_a_plugin_that_exits_is_named_and_ends_nothing() -> None:
    """`sys.exit()` at the import, in settings, in a hook or while its things are read is that plugin's fault."""
    faults = _judged(
        imports=leave,
        settings=plugin_module("settings", settings=leave),
        hook=plugin_module("hook", jobs=leave_host),
        lazy=plugin_module("lazy", jobs=lambda host: (leave() for _ in "a")),
        sound=plugin_module("sound", jobs=lambda host: [Job("j", lambda: 0)]),
    )
    assert faults.pop("sound") == []
    for name, (fault,) in faults.items():
        assert "SystemExit(3)" in fault, name
        assert "loading.py" in fault, name


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"every": 60}, "jobbet j: every ska vara en timedelta, inte int"),
        ({"every": timedelta(0)}, "jobbet j: every ska vara längre än noll"),
        ({"every": timedelta(seconds=-1)}, "jobbet j: every ska vara längre än noll"),
        ({"every": None}, "jobbet j: every ska vara en timedelta, inte NoneType"),
        ({"deadline": 60}, "jobbet j: deadline ska vara en timedelta, inte int"),
        ({"deadline": timedelta(0)}, "jobbet j: deadline ska vara längre än noll"),
    ],
)
def test_the_times_of_a_job_are_judged_when_it_is_made(times: dict[str, Any], said: str) -> None:
    """`every=60` is told at the start with plugin and job, and not by a worker that ends on it."""
    with pytest.raises(Misconfigured, match=said):
        Job("j", lambda: 0, **times)
    module = plugin_module("fax", jobs=lambda host: [Job("j", lambda: 0, **times)])
    assert _judged(fax=module)["fax"] == [f"kroken budkavle_jobs misslyckades: {said}"]


def test_a_panel_without_its_template_is_told(tmp_path: Path) -> None:
    """A page would else break when it is shown; a plugin that has no templates at all has not this one either."""
    module = plugin_module("a", panels=lambda host: [Panel("inbox.toolbar", "gone.html", lambda actor, page: {})])
    module.__file__ = str(tmp_path / "plugin.py")
    for make in (lambda: None, (tmp_path / "templates").mkdir):
        make()
        with pytest.raises(Misconfigured, match=r"mallen gone\.html finns inte"):
            load(a=module)


@pytest.mark.feature("PL4")
def test_the_report_says_what_is_registered_and_every_fault() -> None:
    """One line for each fault, of every plugin, without raising."""
    good = plugin_module("good", transports=lambda host: [FakeTransport("fax")], settings=lambda: Loft)
    bad = plugin_module("bad", transports=lambda host: [object()], jobs=lambda host: [1, 2])
    plugins = Plugins(Settings(enabled=("good", "bad", "gone")), offer(good=good, bad=bad))
    plugins.register(lambda plugin: None)
    reports = {report.name: report for report in plugins.report()}
    assert reports["good"].registers == {"settings": ["birds"], "transports": ["fax"]}
    assert reports["good"].faults == []
    assert len(reports["bad"].faults) == 2 + len(["name", "label", "icon", "capabilities", "backoff", "check", "send"])
    assert all("\n" not in fault for report in reports.values() for fault in report.faults)
    assert "inte installerat" in reports["gone"].faults[0]


def test_a_plugin_that_uses_the_installation_while_it_registers_is_told_so(
    budkavle_open: Callable[..., Platform],
) -> None:
    """The installation is not open yet then, since a plugin may bring the key to it."""
    pigeon = plugin_module("pigeon", transports=lambda host: [FakeTransport(str(host.vault))])
    with pytest.raises(Misconfigured, match="while it registers"):
        budkavle_open(enabled=("pigeon",), offers=offer(pigeon=pigeon))
