"""What identification rests on is typed: a trait that is wrong is told before anybody identifies."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from budkavle.identification import identities, second_factor
from budkavle.model.errors import Misconfigured
from budkavle.model.loa import Loa
from budkavle.plugins.protocols.identity_provider import RESERVED_NAMES, ProviderTraits
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.plugins import offer, plugin_module


class Untraited(FakeIdentityProvider):
    """A provider whose author forgot the traits."""

    def __init__(self) -> None:
        super().__init__()
        del self.traits


class Loose(FakeIdentityProvider):
    """A provider with a trait where the core does not look for it."""

    asserts_personnummer = True


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: ProviderTraits(Loa.TWO, asserts_personnumer=True), "asserts_personnumer"),  # type: ignore[call-arg]
        (lambda: ProviderTraits(3), "traits: max_loa ska vara Loa, inte int"),  # type: ignore[arg-type]
        (
            lambda: ProviderTraits(Loa.TWO, organisations="habo-kommun"),  # type: ignore[arg-type]
            "traits: organisations ska vara frozenset, inte str",
        ),
        (
            lambda: ProviderTraits(Loa.TWO, audiences=frozenset({"guests"})),  # type: ignore[arg-type]
            "traits: audiences ska vara en eller flera av staff, guest, inte guests",
        ),
        (lambda: ProviderTraits(Loa.TWO, audiences=frozenset()), "traits: audiences ska vara .*, inte –"),
        (lambda: ProviderTraits(Loa.TWO, opens_accounts_by_address=True), "opens_accounts_by_address"),  # type: ignore[call-arg]
        (lambda: ProviderTraits(Loa.THREE, opens_account_by_address=True), "når högst tillitsnivå 2"),
        (
            lambda: ProviderTraits(Loa.TWO, opens_account_by_address=True, audiences=frozenset({"staff", "guest"})),
            "bara audience staff",
        ),
        (lambda: ProviderTraits(Loa.TWO, asks_for_password=True), "kräver opens_account_by_address"),
        (lambda: ProviderTraits(Loa.TWO, asks_for_second_factor=True), "kräver opens_account_by_address"),
        *[
            (lambda name=name: FakeIdentityProvider(name=name), f"namnet {name} är kärnans eget")
            for name in ("personnummer", "totp", "recovery", "link")
        ],
        (Untraited, r"saknar traits \(ProviderTraits\)"),
        (Loose, "Loose fake: asserts_personnummer ska stå i traits"),
    ],
)
def test_what_identification_rests_on_is_checked(make: Callable[[], object], line: str) -> None:
    """A trait that is misspelled, of a wrong type, missing or in the wrong place is a line of `plugin check`."""
    hooks: dict[str, Any] = {"identity_providers": lambda host: [make()]}
    plugins = Plugins(Settings(enabled=("eid",)), offer(eid=plugin_module("eid", **hooks)))
    plugins.register(lambda plugin: "host")
    (report,) = plugins.report()
    assert [fault for fault in report.faults if re.search(line, fault)] == report.faults
    assert report.faults


def test_traits_left_out_give_nothing_away() -> None:
    """The defaults are for accounts alone, and believe nothing."""
    traits = ProviderTraits(Loa.ONE)
    assert traits.audiences == {"staff"}
    assert not any((traits.asserts_personnummer, traits.asserts_phone, traits.several_per_account))
    assert not any((traits.opens_account_by_address, traits.asks_for_password, traits.asks_for_second_factor))


def test_the_names_that_the_core_believes_as_its_own_are_reserved() -> None:
    """Each provider's name under which the core keeps identities of its own is refused to plugins."""
    assert {identities.PERSONNUMMER, *second_factor.KINDS} < RESERVED_NAMES


@pytest.mark.parametrize(
    ("settings", "distribution", "refused"),
    [
        ({}, "somebody-else", True),
        ({"accounts_by_address": ("another",)}, "somebody-else", True),
        ({"accounts_by_address": ("directory",)}, "somebody-else", False),
        ({}, "budkavle", False),
    ],
)
def test_a_strangers_plugin_opens_accounts_by_address_only_where_the_settings_name_it(
    settings: dict[str, Any], distribution: str, refused: bool
) -> None:
    """Whoever says who may sign in to any account is Budkavle's own, or named by the one who runs the installation."""
    traits = ProviderTraits(Loa.TWO, opens_account_by_address=True)
    module = plugin_module("directory", identity_providers=lambda host: [FakeIdentityProvider(traits=traits)])
    offers = {"directory": [replace(offer(directory=module)["directory"][0], distribution=distribution)]}
    plugins = Plugins(Settings(enabled=("directory",), **settings), offers)
    plugins.register(lambda plugin: "host")
    (report,) = plugins.report()
    assert bool(report.faults) is refused
    assert not refused or "skriv directory i accounts_by_address" in report.faults[0]
    assert list(plugins.identity_providers) == ([] if refused else ["fake"])
    if refused:
        with pytest.raises(Misconfigured):
            plugins.insist()
