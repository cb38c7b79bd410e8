"""Identity providers in addition to the password, and browsers that keep their cookies."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.core.web.identifying.windows import Peer
from tests.core.web.jar import Jar

from budkavle.identification import providers
from budkavle.plugins.protocols.identity_provider import Poll, Redirect
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleUser


@pytest.fixture(autouse=True)
def peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three providers in addition to the password, and one of level 1."""
    own = providers.providers
    made: list[Any] = [
        Peer("redirect", Redirect("https://idp.example/authorize?x=1&y=2")),
        Peer("form", Redirect("https://idp.example/sso", form={"SAMLRequest": "PHNhbWw+", "RelayState": "r"})),
        Peer("app", Poll("Visa vem du är.", 1.0, qr="bankid.x.1", app_url="bankid:///?autostarttoken=x", app="BankID")),
        FakeIdentityProvider(),
    ]
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), **{one.name: one for one in made}})


@pytest.fixture
def jar(browse: Callable[..., Any]) -> Jar:
    """A browser in which nobody is signed in."""
    return Jar(browse())


@pytest.fixture
def own(browse: Callable[..., Any], case_worker: SampleUser) -> Jar:
    """Ada's browser, signed in with a password."""
    return Jar(browse(case_worker))
