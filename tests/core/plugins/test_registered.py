"""What plugins register is found where the core looks for it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import click
import pytest
from litestar import Router
from structlog.testing import capture_logs
from tests.core.plugins.loading import Loft, load, load_with, with_transports

from budkavle.model.messages import Address, Draft
from budkavle.model.people import Actor
from budkavle.plugins.protocols.adviser import Advice
from budkavle.plugins.protocols.health import HealthCheck
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.outbox import Outbox
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.protocols.transport import FactWords, Transport
from budkavle.testing.fakes import FakeDirectory, FakeIdentityProvider, FakeTransport
from budkavle.testing.plugins import plugin_module


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


def test_a_plugin_is_called_what_it_says() -> None:
    """One that says nothing is called by its name, and so is one that is not on any longer."""
    plugins = load(spoken=plugin_module("spoken", label=lambda: "Brevduvor"), silent=plugin_module("silent"))
    assert [plugins.label(name) for name in ("spoken", "silent", "gone")] == ["Brevduvor", "silent", "gone"]


@pytest.mark.feature("PL2")
def test_outboxes_of_two_plugins_may_have_the_same_name() -> None:
    """Entries name them by plugin; in one plugin a name is given once."""

    def outboxes(host: object) -> list[Outbox]:
        return [Outbox("mails", lambda entry: None)]

    both = load(fax=plugin_module("fax", outboxes=outboxes), sms=plugin_module("sms", outboxes=outboxes))
    assert list(both.outboxes) == ["fax.mails", "sms.mails"]


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
