"""The plugin machinery: what is loaded, what is refused, and that one plugin's failure stays its own."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import click
import msgspec
import pytest
from litestar import Router, get
from litestar.exceptions import LitestarWarning
from structlog.testing import capture_logs

from budkavle.model.errors import Misconfigured
from budkavle.model.messages import Address, Draft
from budkavle.model.people import Actor
from budkavle.plugins import registry as plugins_module
from budkavle.plugins.hookspecs import hookimpl
from budkavle.plugins.loader import Installed, Plugin, installed
from budkavle.plugins.protocols.adviser import Advice
from budkavle.plugins.protocols.health import Health, HealthCheck
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.outbox import Outbox
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.protocols.transport import FactWords, Transport
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
from budkavle.testing.fakes import FakeDirectory, FakeIdentityProvider, FakeTransport
from budkavle.testing.plugins import offer, plugin_module


class Loft(msgspec.Struct, forbid_unknown_fields=True):
    birds: int = 2


Sections = dict[str, dict[str, Any]]


def load(*names: str, **modules: ModuleType) -> Plugins:
    return load_with({}, *names, **modules)


def load_with(sections: Sections, *names: str, **modules: ModuleType) -> Plugins:
    chosen = Settings(enabled=names or tuple(modules), plugins=sections)
    plugins = Plugins.load(chosen, offer(**modules))
    plugins.start(lambda plugin: f"host of {plugin.name}")
    return plugins


def with_transports(name: str, *transports: object) -> ModuleType:
    return plugin_module(name, transports=lambda host: transports)


@pytest.mark.feature("PL1")
def test_only_what_the_settings_name_is_loaded() -> None:
    """An installed plugin that is not switched on brings nothing."""
    plugins = load(
        "fax", fax=with_transports("fax", FakeTransport("fax")), sms=with_transports("sms", FakeTransport("sms"))
    )
    assert plugins.names == ["fax"]
    assert list(plugins.transports) == ["fax"]


def on_by_default(name: str) -> dict[str, list[Installed]]:
    """A plugin that is on where nobody says otherwise."""
    transport = with_transports(name, FakeTransport(name))
    return {name: [replace(offered, on_by_default=True) for offered in offer(**{name: transport})[name]]}


@pytest.mark.feature("PL1")
@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (Settings(), ["pigeon", "raven"]),
        (Settings(enabled=("fax",)), ["pigeon", "raven", "fax"]),
        (Settings(enabled=("fax", "raven")), ["pigeon", "fax", "raven"]),
        (Settings(enabled=("fax",), disabled=("pigeon",)), ["raven", "fax"]),
        (Settings(enabled=("fax", "raven"), disabled=("raven", "pigeon")), ["fax"]),
        (Settings(disabled=("nobody",)), ["pigeon", "raven"]),
    ],
)
def test_a_plugin_may_be_on_unless_it_is_switched_off(settings: Settings, names: list[str]) -> None:
    """Those that their packages mark come first by name; `enabled` gives them another place, `disabled` none."""
    fax = offer(fax=with_transports("fax", FakeTransport("fax")))
    plugins = Plugins.load(settings, on_by_default("raven") | on_by_default("pigeon") | fax)
    plugins.start(lambda plugin: plugin.name)
    assert plugins.names == names
    assert list(plugins.transports) == names


@pytest.mark.feature("PL1")
def test_what_is_disabled_is_not_imported() -> None:
    """A plugin that breaks at import is got rid of by the settings, whoever switches it on."""

    def fail() -> ModuleType:
        raise ImportError("no wings")

    (pigeon,) = on_by_default("pigeon")["pigeon"]
    offers = {"pigeon": [replace(pigeon, load=fail)]}
    with pytest.raises(Misconfigured, match="no wings"):
        Plugins.load(Settings(), offers)
    plugins = Plugins.load(Settings(disabled=("pigeon",), plugins={"pigeon": {"birds": 3}}), offers)
    assert (plugins.names, plugins.strays) == ([], ["pigeon"])


def test_a_package_marks_what_is_on_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It repeats the entry point in a second group; a mark without its plugin, or of another module, is none."""
    info = tmp_path / "budkavle_pigeon-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: budkavle-pigeon\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[budkavle]\npigeon = budkavle_pigeon.plugin\nraven = budkavle_raven.plugin\ndove = budkavle_dove.plugin\n"
        "[budkavle.on_by_default]\npigeon = budkavle_pigeon.plugin\nraven = elsewhere\nowl = budkavle_owl.plugin\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    marked = {name for name, offers in installed().items() if any(offered.on_by_default for offered in offers)}
    assert marked - {"local", "password"} == {"pigeon"}
    assert {"pigeon", "raven", "dove"} <= installed().keys()
    assert "owl" not in installed()


@pytest.mark.feature("PL1")
def test_a_name_that_is_not_installed_is_refused_with_what_there_is() -> None:
    """The sentence names the plugin that is missing and those that exist."""
    with pytest.raises(Misconfigured, match=r"Tillägget telex .* installerade tillägg: fax"):
        load("telex", fax=plugin_module("fax"))


@pytest.mark.feature("PL1", "PL2")
def test_each_plugin_gets_its_own_host() -> None:
    """A hook is called once for each plugin, with the host made for that one."""
    seen: list[str] = []

    def jobs(host: str) -> list[Job]:
        seen.append(host)
        return []

    load(fax=plugin_module("fax", jobs=jobs), sms=plugin_module("sms", jobs=jobs))
    assert seen == ["host of fax", "host of sms"]


@pytest.mark.feature("PL2")
def test_settings_become_the_plugins_own_type() -> None:
    """The section [plugins.NAME] is converted, with defaults."""
    module = plugin_module("loft", settings=lambda: Loft)
    assert load_with({"loft": {"birds": 7}}, loft=module).settings("loft") == Loft(birds=7)
    assert load(loft=module).settings("loft") == Loft(birds=2)


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


def test_a_plugin_is_called_what_it_says() -> None:
    """One that says nothing is called by its name, and so is one that is not on any longer."""
    plugins = load(spoken=plugin_module("spoken", label=lambda: "Brevduvor"), silent=plugin_module("silent"))
    assert [plugins.label(name) for name in ("spoken", "silent", "gone")] == ["Brevduvor", "silent", "gone"]


def test_a_module_is_on_once() -> None:
    """Two names that lead to the same module are one plugin too many."""
    module = plugin_module("twin")
    with pytest.raises(Misconfigured, match="redan på"):
        load(twin=module, other=module)


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


def test_a_module_that_cannot_be_imported_is_told() -> None:
    """The error of the import is in the sentence."""
    offers = offer(fax=plugin_module("fax"))

    def fail() -> ModuleType:
        raise ModuleNotFoundError("No module named 'modem'")

    broken = {"fax": [replace(offers["fax"][0], load=fail)]}
    with pytest.raises(Misconfigured, match="går inte att importera: ModuleNotFoundError"):
        Plugins.load(Settings(enabled=("fax",)), broken)


def test_two_distributions_with_one_name_are_refused() -> None:
    """Which of two would be loaded is never left to chance."""
    offers = {"fax": [*offer(fax=plugin_module("a"))["fax"], *offer(fax=plugin_module("b"))["fax"]]}
    with pytest.raises(Misconfigured, match="flera paket"):
        Plugins.load(Settings(enabled=("fax",)), offers)


def _leave() -> Any:
    raise SystemExit(3)


def _leave_at(host: object) -> Any:
    raise SystemExit(3)


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
        imports=_leave,
        settings=plugin_module("settings", settings=_leave),
        hook=plugin_module("hook", jobs=_leave_at),
        lazy=plugin_module("lazy", jobs=lambda host: (_leave() for _ in "a")),
        sound=plugin_module("sound", jobs=lambda host: [Job("j", lambda: 0)]),
    )
    assert faults.pop("sound") == []
    for name, (fault,) in faults.items():
        assert "SystemExit(3)" in fault, name
        assert "test_plugins.py" in fault, name


@pytest.mark.feature("PL2")
def test_outboxes_of_two_plugins_may_have_the_same_name() -> None:
    """Entries name them by plugin; in one plugin a name is given once."""

    def outboxes(host: object) -> list[Outbox]:
        return [Outbox("mails", lambda entry: None)]

    both = load(fax=plugin_module("fax", outboxes=outboxes), sms=plugin_module("sms", outboxes=outboxes))
    assert list(both.outboxes) == ["fax.mails", "sms.mails"]


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


@pytest.mark.feature("PL5")
def test_an_observer_that_hangs_or_exits_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changed something goes on after a while, and the other plugins are told."""
    monkeypatch.setattr(plugins_module, "TOLD", 0.05)
    go, told = threading.Event(), list[object]()

    def hang() -> None:
        go.wait(60)

    def hear(message_id: object) -> None:
        told.append(message_id)

    plugins = load(
        hanging=plugin_module("hanging", message_received=hang),
        leaving=plugin_module("leaving", message_received=_leave),
        sound=plugin_module("sound", message_received=hear),
    )
    with capture_logs() as logs:
        plugins.emit("message_received", organisation_id=uuid4(), message_id=7)
    go.set()
    assert told == [7]
    assert {log["plugin"] for log in logs if log["event"] == "plugin.failed"} == {"hanging", "leaving"}


@pytest.mark.feature("PL5")
def test_an_event_reaches_the_others_when_one_plugin_fails() -> None:
    """The failure is logged with plugin and hook but without its message; the rest are told."""
    told: list[str] = []

    def fail(host: object, message_id: object) -> None:
        raise RuntimeError("Anna Andersson 191212121212")

    def tell(host: str) -> None:
        told.append(host)

    hooks: dict[str, Callable[..., Any]] = {"a": tell, "b": fail, "c": tell}
    plugins = load(**{name: plugin_module(name, message_received=hook) for name, hook in hooks.items()})
    with capture_logs() as logs:
        plugins.emit("message_received", organisation_id=uuid4(), message_id=uuid4())
    assert told == ["host of a", "host of c"]
    assert [(entry["plugin"], entry["hook"], entry["error"]) for entry in logs] == [
        ("b", "message_received", "RuntimeError")
    ]
    assert "Anna" not in str(logs)


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("event", ["message_received", "state_changed", "account_changed"])
def test_other_events_reach_their_listeners(event: str) -> None:
    """The other events carry their own facts."""
    told: list[str] = []
    facts = {
        "state_changed": {"organisation_id": uuid4(), "delivery_id": uuid4(), "state": "ACKNOWLEDGED"},
        "message_received": {"organisation_id": uuid4(), "message_id": uuid4()},
        "account_changed": {"organisation_id": uuid4(), "user_id": uuid4(), "kind": "password-set"},
    }[event]
    load(a=plugin_module("a", **{event: lambda host, organisation_id: told.append(host)})).emit(event, **facts)
    assert told == ["host of a"]


FAX = Address("fax", "+46812345678")


def test_the_transport_of_the_address_is_the_default() -> None:
    """Where no plugin chooses, the address names its transport; None where it is not on."""
    fax: Transport = FakeTransport("fax")
    sms: Transport = FakeTransport("sms")
    plugins = load(a=with_transports("a", fax, sms))
    assert plugins.choose_transport(FAX) is fax
    assert plugins.choose_transport(Address("telex", "1")) is None


@pytest.mark.feature("PL5")
def test_a_plugin_may_choose_before_the_default() -> None:
    """The first that answers wins; one that raises, passes, or answers nonsense is passed over."""
    fax: Transport = FakeTransport("fax")
    sms: Transport = FakeTransport("sms")

    def fail(recipient: Address) -> None:
        raise RuntimeError("no")

    def sms_please(offers: Sequence[Transport]) -> Transport:
        return offers[1]

    plugins = load(
        a=with_transports("a", fax, sms),
        b=plugin_module("b", choose_transport=fail),
        c=plugin_module("c", choose_transport=lambda recipient: None),
        d=plugin_module("d", choose_transport=lambda recipient: FakeTransport("own")),
        e=plugin_module("e", choose_transport=sms_please),
    )
    with capture_logs() as logs:
        assert plugins.choose_transport(FAX) is sms
    assert [entry["plugin"] for entry in logs] == ["b", "d"]


def test_panels_come_in_their_order_with_their_plugin() -> None:
    """Each place has its own pieces, ordered by number."""

    def panels(host: object) -> Iterable[Panel]:
        yield Panel("nav.item", "late.html", lambda actor, page: {}, order=200)
        yield Panel("nav.item", "early.html", lambda actor, page: {}, order=1)
        yield Panel("message.panel", "other.html", lambda actor, page: {})

    found = load(a=plugin_module("a", panels=panels)).panels("nav.item")
    assert [(of.plugin, of.thing.template) for of in found] == [("a", "early.html"), ("a", "late.html")]


def test_a_panel_without_its_template_is_told(tmp_path: Path) -> None:
    """A page would else break when it is shown; a plugin that has no templates at all has not this one either."""
    module = plugin_module("a", panels=lambda host: [Panel("inbox.toolbar", "gone.html", lambda actor, page: {})])
    module.__file__ = str(tmp_path / "plugin.py")
    for make in (lambda: None, (tmp_path / "templates").mkdir):
        make()
        with pytest.raises(Misconfigured, match=r"mallen gone\.html finns inte"):
            load(a=module)


class Words:
    """A receipt handler that knows no receipts."""

    name = "none"
    transport = "fax"

    def read(self, words: bytes, context: Mapping[str, str]) -> None:
        """Read nothing."""


class Silent:
    """An adviser without advice."""

    name = "silent"

    def advise(self, actor: Actor, draft: Draft) -> list[Advice]:
        """Say nothing."""
        return []


SEEN = FactWords("Någon såg duvan", "Duva sedd", "Duvan är på väg.", icon="eye")


@pytest.mark.feature("PL2")
def test_every_kind_of_thing_is_handed_out() -> None:
    """What each hook gave is found where the core looks for it."""
    module = plugin_module(
        "all",
        transports=lambda host: [FakeTransport("fax")],
        identity_providers=lambda host: [FakeIdentityProvider()],
        receipt_handlers=lambda host: [Words()],
        directories=lambda host: (one for one in [FakeDirectory()]),
        advisers=lambda host: [Silent()],
        routes=lambda host: [Router("/plugin/all", route_handlers=[])],
        health_checks=lambda host: [HealthCheck("line", lambda organisation_id: [])],
        event_words=lambda: {"all.rung": "Det ringde", "delivery.seen": SEEN},
        commands=lambda host: [click.Command(f"of {host}")],
    )
    plugins = load(all=module)
    named = (plugins.transports, plugins.identity_providers, plugins.receipt_handlers, plugins.directories)
    assert [list(things) for things in named] == [["fax"], ["fake"], ["none"], ["fake"]]
    assert list(plugins.advisers) == ["silent"]
    assert list(plugins.health_checks) == ["all.line"]
    assert plugins.event_words == {"all.rung": "Det ringde", "delivery.seen": "Någon såg duvan"}
    assert plugins.delivery_facts == {"SEEN": SEEN}
    assert [(of.plugin, of.thing.path) for of in plugins.routers] == [("all", "/plugin/all")]
    assert [of.thing.name for of in plugins.commands(lambda name: f"host {name}")] == ["of host all"]
    assert [of.thing.name for of in plugins.commands(None)] == ["of None"]


@pytest.mark.feature("PL5")
def test_commands_that_fail_leave_the_others() -> None:
    """The command line of one plugin does not depend on another's."""

    def fail(host: object) -> Iterable[click.Command]:
        raise RuntimeError("no")

    good = plugin_module("good", commands=lambda host: [click.Command("ring")])
    plugins = load(bad=plugin_module("bad", commands=fail), good=good)
    assert [of.thing.name for of in plugins.commands(None)] == ["ring"]


def test_jobs_carry_their_plugins_name() -> None:
    """Two plugins may both have a job `sweep`; the schedule tells them apart."""
    hooks = {"jobs": lambda host: [Job("sweep", lambda: 0, timedelta(hours=1))]}
    assert set(load(a=plugin_module("a", **hooks), b=plugin_module("b", **hooks)).jobs) == {"a.sweep", "b.sweep"}


def test_folders_are_found_by_name(tmp_path: Path) -> None:
    """migrations, templates, static and locale beside the plugin's module are its own."""
    (tmp_path / "migrations").mkdir()
    module = plugin_module("a")
    module.__file__ = str(tmp_path / "plugin.py")
    plugins = load(a=module, b=plugin_module("b"))
    assert plugins.migrations() == [("a", tmp_path / "migrations")]
    assert plugins.folders("templates") == {}


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


def test_two_installations_in_one_process_know_nothing_of_each_other() -> None:
    """No plugin manager is global."""
    first = load(a=with_transports("a", FakeTransport("fax")))
    second = load(a=with_transports("a", FakeTransport("fax")))
    assert first.transports["fax"] is not second.transports["fax"]


def test_a_host_is_made_for_the_plugin_that_is_loaded() -> None:
    """`host` gives each plugin's own, by name."""
    plugins = Plugins.load(Settings(enabled=("a",)), offer(a=plugin_module("a")))
    hosts: dict[str, object] = {}

    def make(plugin: Plugin) -> object:
        return hosts.setdefault(plugin.name, object())

    plugins.start(make)
    assert plugins.host("a") is hosts["a"]


def test_a_plugin_that_uses_the_installation_while_it_registers_is_told_so(
    budkavle_open: Callable[..., Platform],
) -> None:
    """The installation is not open yet then, since a plugin may bring the key to it."""
    pigeon = plugin_module("pigeon", transports=lambda host: [FakeTransport(str(host.vault))])
    with pytest.raises(Misconfigured, match="while it registers"):
        budkavle_open(enabled=("pigeon",), offers=offer(pigeon=pigeon))
