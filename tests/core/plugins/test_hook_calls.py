"""Hooks mean what pluggy's documents say: order, `firstresult` and tracing; and one plugin's failure stays its own."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from structlog.testing import capture_logs

from budkavle.model.errors import Misconfigured
from budkavle.model.messages import Address
from budkavle.plugins.hookspecs import hookimpl, hookspec
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module

FAX = Address("fax", "+46101234567")


@hookspec
def loft_weather(host: Any, place: str) -> str | None:
    """Say what the weather is."""


@hookspec(firstresult=True)
def loft_keeper(place: str) -> str | None:
    """Name the keeper."""


def hooks(**functions: Callable[..., Any]) -> ModuleType:
    """A module of hook specifications."""
    module = ModuleType("hookspecs")
    vars(module).update(functions)
    return module


def no_hooks() -> ModuleType:
    return ModuleType("hookspecs")


def loft(**more: Callable[..., Any]) -> ModuleType:
    return plugin_module("loft", hookspecs=lambda: hooks(loft_weather=loft_weather, loft_keeper=loft_keeper), **more)


def implementing(name: str, hook: str, function: Callable[..., Any], **options: Any) -> ModuleType:
    """A plugin that implements one hook, by its full name, with pluggy's options."""
    module = plugin_module(name)
    setattr(module, hook, hookimpl(**{"optionalhook": True, **options})(function))
    return module


def start(**modules: ModuleType) -> Plugins:
    plugins = Plugins.load(Settings(enabled=tuple(modules)), offer(**modules))
    plugins.start(lambda plugin: f"host of {plugin.name}")
    return plugins


def faults(**modules: ModuleType) -> dict[str, list[str]]:
    plugins = Plugins(Settings(enabled=tuple(modules)), offer(**modules))
    plugins.register(lambda plugin: f"host of {plugin.name}")
    return {report.name: report.faults for report in plugins.report() if report.faults}


# Order


@pytest.mark.feature("PL2")
def test_the_order_is_that_of_the_settings_unless_a_plugin_asks_for_another() -> None:
    """`tryfirst` comes before, and `trylast` after, those that say nothing."""
    plugins = start(
        loft=loft(),
        late=implementing("late", "loft_weather", lambda: "late", trylast=True),
        a=implementing("a", "loft_weather", lambda: "a"),
        b=implementing("b", "loft_weather", lambda: "b"),
        early=implementing("early", "loft_weather", lambda: "early", tryfirst=True),
    )
    answers = plugins.call_hook("loft_weather", place="north")
    assert [(of.plugin, of.thing) for of in answers] == [(name, name) for name in ("early", "a", "b", "late")]


@pytest.mark.feature("PL2")
def test_what_is_registered_has_the_same_order() -> None:
    """A plugin that registers its transports with `tryfirst` has them first."""
    last = implementing("b", "budkavle_transports", lambda: [FakeTransport("sms")], tryfirst=True)
    plugins = start(a=plugin_module("a", transports=lambda: [FakeTransport("fax")]), b=last)
    assert list(plugins.transports) == ["sms", "fax"]


# The first result


@pytest.mark.feature("PL2")
def test_a_first_result_ends_the_call() -> None:
    """Who comes after the first answer is not asked; None is no answer."""
    asked: list[str] = []

    def keeper(name: str, answer: str | None) -> ModuleType:
        def keep(place: str) -> str | None:
            asked.append(f"{name} {place}")
            return answer

        return implementing(name, "loft_keeper", keep)

    plugins = start(loft=loft(), a=keeper("a", None), b=keeper("b", "Bo"), c=keeper("c", "Cecilia"))
    assert [(of.plugin, of.thing) for of in plugins.call_hook("loft_keeper", place="north")] == [("b", "Bo")]
    assert asked == ["a north", "b north"]


@pytest.mark.feature("PL2")
def test_the_first_transport_that_is_chosen_ends_the_question() -> None:
    """The core's own answer comes last, and a `trylast` of a plugin still before it."""
    asked: list[str] = []

    def chooser(name: str, chosen: str | None, **options: Any) -> ModuleType:
        def choose(offers: list[FakeTransport]) -> FakeTransport | None:
            asked.append(name)
            return next((one for one in offers if one.name == chosen), None)

        return implementing(name, "budkavle_choose_transport", choose, **options)

    post = plugin_module("post", transports=lambda: [FakeTransport("fax"), FakeTransport("sms")])
    plugins = start(post=post, late=chooser("late", "sms", trylast=True), none=chooser("none", None))
    assert plugins.choose_transport(FAX) is plugins.transports["sms"]
    assert asked == ["none", "late"]


# Failures


@pytest.mark.feature("PL5")
def test_a_failure_stays_the_plugins_own() -> None:
    """One raises, one exits, one yields and then raises: they are named in the log, and the others answer."""

    def fails() -> str:
        raise RuntimeError("no")

    def exits() -> str:
        raise SystemExit(3)

    def yields() -> Iterator[str]:
        yield "half"
        raise RuntimeError("no more")

    plugins = start(
        loft=loft(),
        a=implementing("a", "loft_weather", fails),
        b=implementing("b", "loft_weather", exits),
        c=implementing("c", "loft_weather", yields),
        d=implementing("d", "loft_weather", lambda host, place: f"{host}: rain in the {place}"),
    )
    with capture_logs() as logs:
        answers = plugins.call_hook("loft_weather", place="north")
    assert [of.thing for of in answers] == ["host of d: rain in the north"]
    assert [(entry["plugin"], entry["hook"]) for entry in logs] == [(name, "loft_weather") for name in "abc"]


# Tracing


def test_pluggys_monitoring_sees_each_call() -> None:
    """Each call is pluggy's own, with the implementations of one plugin."""

    def no_jobs() -> list[Job]:
        return []

    plugins = Plugins(Settings(enabled=("a", "b")), offer(a=plugin_module("a", jobs=no_jobs), b=plugin_module("b")))
    seen: list[tuple[str, list[str]]] = []
    plugins._manager.add_hookcall_monitoring(
        lambda name, impls, arguments: seen.append((name, [impl.plugin_name for impl in impls])),
        lambda outcome, name, impls, arguments: None,
    )
    plugins.register(lambda plugin: plugin.name)
    assert [plugins for hook, plugins in seen if hook == "budkavle_jobs"] == [["a"], []]


# Hooks that a plugin offers


@pytest.mark.feature("PL2")
def test_a_plugin_offers_hooks_to_others() -> None:
    """The report says who offers and who implements; who offers may be off, or named later."""
    weather = implementing("a", "loft_weather", lambda place: "sun")
    plugins = start(a=weather, loft=loft())
    registers = {report.name: report.registers for report in plugins.report()}
    assert registers["loft"]["offers"] == ["loft_weather", "loft_keeper"]
    assert registers["a"]["implements"] == ["loft_weather"]
    assert start(a=weather).names == ["a"]


@pytest.mark.feature("PL4")
def test_a_hook_that_nobody_offers_is_told() -> None:
    """A misspelling too: the line names the hook that was meant, and what to write where its plugin may be off."""
    wrong = implementing("a", "loft_wether", lambda: "sun", optionalhook=False)
    (line,) = faults(loft=loft(), a=wrong)["a"]
    assert line.startswith("kroken loft_wether finns inte. Menades loft_weather?")
    assert "optionalhook=True" in line


@pytest.mark.feature("PL4")
def test_an_argument_that_an_offered_hook_does_not_have_is_told_to_its_author() -> None:
    """The plugin that offers the hook is without fault."""
    wrong = implementing("a", "loft_weather", lambda town: "sun")
    assert faults(loft=loft(), a=wrong) == {"a": ["loft_weather kan inte ta town; argumenten är: host, place"]}


@pytest.mark.feature("PL4")
@pytest.mark.parametrize(
    ("offer_hooks", "line"),
    [
        (no_hooks, "minst en funktion med @hookspec"),
        (lambda: "hooks", "minst en funktion med @hookspec"),
        (lambda: hooks(sdk_x=hookspec(lambda: None)), "kroken sdk_x ska heta loft_"),
        (lambda: 1 / 0, "budkavle_hookspecs misslyckades: ZeroDivisionError"),
    ],
)
def test_hooks_that_are_offered_wrongly_are_told(offer_hooks: Callable[[], object], line: str) -> None:
    """No specification, another plugin's name, an error."""
    (fault,) = faults(loft=plugin_module("loft", hookspecs=offer_hooks))["loft"]
    assert line in fault


@pytest.mark.feature("PL5")
def test_an_async_implementation_of_an_offered_hook_is_refused() -> None:
    """As of the core's hooks: nobody would await it."""

    async def weather() -> str:
        return "sun"

    with pytest.raises(Misconfigured, match="loft_weather är async"):
        start(loft=loft(), a=implementing("a", "loft_weather", weather))


@pytest.mark.feature("PL2")
def test_the_address_book_asks_the_sdk_plugin_which_certificates_run_out(budkavle_open: Callable[..., Any]) -> None:
    """Neither imports the other: one offers the hook, the other implements it, each works alone."""
    plugins = budkavle_open(enabled=("addressbook", "sdk")).plugins
    assert plugins.plugin("addressbook").offers == ["addressbook_certificates", "addressbook_contact_action"]
    (answer,) = plugins.call_hook("addressbook_certificates", organisation_id=None)
    assert answer == Of("sdk", plugins.health_checks["sdk.certificates"].check(None))
    assert "addressbook_certificates" in budkavle_open(enabled=("sdk",)).plugins.hooks("sdk")
