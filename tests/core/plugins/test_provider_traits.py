"""What identification rests on is typed: a trait that is wrong is told before anybody identifies."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from budkavle.model.loa import Loa
from budkavle.plugins.provider_traits import ProviderTraits
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
