"""What an administrator is told of the ways in which readers without account show who they are."""

import re
from collections.abc import Callable

import pytest

from budkavle.model.loa import Loa
from budkavle.plugins.protocols.identity_provider import ProviderTraits
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import browsing
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module

BOTH = frozenset({"staff", "guest"})


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with a way that says who somebody is, and one that does not."""
    ways = [
        FakeIdentityProvider(
            name="named",
            label="Med nummer",
            traits=ProviderTraits(Loa.THREE, audiences=BOTH, asserts_personnummer=True),
        ),
        FakeIdentityProvider(name="card", label="Utan nummer", traits=ProviderTraits(Loa.THREE, audiences=BOTH)),
    ]
    doors = plugin_module("doors", identity_providers=lambda host: ways)
    return budkavle_open(enabled=("doors",), offers=offer(doors=doors))


@pytest.mark.feature("A10", "A13")
def test_a_way_that_names_nobody_is_marked_for_readers_without_account(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """It stops at level 2 for them; for those who have an account both reach level 3."""
    with browsing(platform) as browser:
        page = browser(organisation.administrator, Loa.THREE).get("/organisation/methods").text
    staff, _, guests = page.partition("För mottagare utan konto")
    assert staff.count("Tillitsnivå 3") == 2
    marked = re.findall(r"Utan nummer.*?Högst tillitsnivå 2 för den som saknar konto", guests, re.DOTALL)
    assert len(marked) == 1
    assert guests.count("Tillitsnivå 3") == 1
