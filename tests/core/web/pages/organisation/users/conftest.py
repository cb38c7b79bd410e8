"""An administrator who has just identified at level 3."""

from collections.abc import Callable

import pytest
from tests.core.web.pages.organisation.users.browsers import sure

from budkavle.identification import providers
from budkavle.model.loa import Loa
from budkavle.plugins.protocols.identity_provider import ProviderTraits
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleUser

SURE = ProviderTraits(Loa.THREE, asserts_personnummer=True)


@pytest.fixture
def eid(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider of level 3, in addition to the password."""
    own, made = providers.providers, FakeIdentityProvider(name="eid", label="E-legitimation", traits=SURE)
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), "eid": made})


@pytest.fixture
def root(browse: Callable[..., Browser], administrator: SampleUser) -> Browser:
    """The administrator's browser, at level 3."""
    return sure(browse, administrator)
