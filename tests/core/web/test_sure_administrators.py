"""An organisation whose administrators administer once they have signed in by a passkey or at level 3."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.identification import account_methods, providers, sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.errors import WeakSignIn
from budkavle.model.loa import Loa
from budkavle.model.people import WEAK
from budkavle.plugins.protocols.identity_provider import ProviderTraits
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PATH = "/organisation/settings/budkavle.sign_in"
KEY = ProviderTraits(Loa.TWO, several_per_account=True)
Open = Callable[..., Browser]


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The ways beside the password: a passkey, and an e-identification at level 3."""
    own = providers.providers
    ways: list[Any] = [FakeIdentityProvider({}, "device", traits=KEY), FakeIdentityProvider({}, "eid")]
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), **{one.name: one for one in ways}})
    return ways


@pytest.fixture
def strict(organisation: SampleOrganisation) -> SampleOrganisation:
    """The organisation, which has chosen it."""
    in_work(organisation.platform, organisation.system, write_settings, SignInSettings, {"sure_administrators": True})
    return organisation


@pytest.fixture
def signed_in(organisation: SampleOrganisation) -> Iterator[Open]:
    """Open a browser of somebody who has signed in by a way."""
    with browsing(organisation.platform) as new:

        def open_one(user: SampleUser, way: str = "password", loa: Loa = Loa.TWO) -> Browser:
            browser, platform = new(), organisation.platform
            browser.cookie = sessions.start(platform, SignedIn(user.user, loa, way, "/"))
            browser.csrf = sessions.find(platform, browser.cookie).csrf
            return browser

        yield open_one


@pytest.mark.feature("ZS12")
@pytest.mark.parametrize(
    ("way", "loa", "status"),
    [("password", Loa.TWO, 403), ("eid", Loa.TWO, 403), ("device", Loa.TWO, 200), ("eid", Loa.THREE, 200)],
)
def test_only_who_has_signed_in_surely_administers(
    strict: SampleOrganisation, signed_in: Open, way: str, loa: Loa, status: int
) -> None:
    """By a passkey or at level 3; others read why, and are ordinary users meanwhile."""
    browser = signed_in(strict.administrator, way, loa)
    for path in ("/organisation", "/organisation/users", "/events"):
        answer = browser.get(path)
        assert answer.status_code == status, path
        assert (WEAK in answer.text) is (status == 403)
    assert browser.get("/account").status_code == 200
    changed = browser.post(PATH, session_idle_minutes="30")
    assert (changed.status_code == 403) is (status == 403)


@pytest.mark.feature("ZS12")
def test_others_sign_in_as_before(strict: SampleOrganisation, signed_in: Open) -> None:
    """Who administers nothing is asked for nothing."""
    assert signed_in(strict.case_worker).get(f"/m/{strict.mailbox.id}").status_code == 200


def test_without_the_choice_a_password_will_do(organisation: SampleOrganisation, signed_in: Open) -> None:
    """Organisations from before have not chosen it."""
    assert signed_in(organisation.administrator).get("/organisation").status_code == 200


@pytest.mark.feature("ZS12")
def test_where_there_is_no_such_way_nothing_is_asked(
    strict: SampleOrganisation, signed_in: Open, made: list[Any]
) -> None:
    """Nobody is locked out of an organisation whose people have passwords alone."""
    made.clear()
    assert signed_in(strict.administrator).get("/organisation").status_code == 200


@pytest.mark.feature("ZS12")
def test_the_emergency_account_gets_in(strict: SampleOrganisation, signed_in: Open) -> None:
    """It is for the day when the other ways are away."""
    administrator = strict.administrator
    in_work(strict.platform, strict.system, account_methods.choose_emergency_account, str(administrator.id))
    assert signed_in(administrator).get("/organisation").status_code == 200


@pytest.mark.feature("ZS12")
def test_nobody_locks_themselves_out(organisation: SampleOrganisation, signed_in: Open) -> None:
    """Who has signed in by a password does not switch it on; by a passkey it is."""
    refused = signed_in(organisation.administrator).post(PATH, sure_administrators="1")
    assert refused.status_code == 422
    assert "så att du inte stänger dig ute" in refused.text
    kept = in_work(organisation.platform, organisation.system, read_settings, SignInSettings)
    assert not kept.sure_administrators
    signed_in(organisation.administrator, "device").post(PATH, sure_administrators="1")
    assert in_work(organisation.platform, organisation.system, read_settings, SignInSettings).sure_administrators


def test_the_sentence_is_the_refusals_own(strict: SampleOrganisation) -> None:
    """It has a kind of its own, so that a program can tell it from a right that is lacking."""
    assert WeakSignIn(WEAK).slug == "weak-sign-in"
