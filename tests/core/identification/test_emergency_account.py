"""The emergency account: an administrator who gets in by ways that the organisation has not chosen."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle.accounts import organisations, users
from budkavle.accounts.organisations import EMERGENCY
from budkavle.identification import account_methods, flow
from budkavle.model.errors import Forbidden, Invalid
from budkavle.plugins.protocols.identity_provider import Failed
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module

PASSWORD = "en lång mening om vintern"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    module = plugin_module("ways", identity_providers=lambda: [FakeIdentityProvider()])
    return budkavle_open(offers=offer(ways=module), enabled=["ways"])


@pytest.fixture
def chosen(organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser) -> SampleOrganisation:
    """An organisation that has chosen another way than the password, which both people have."""
    system = system_actor(organisation.id)
    for person in (administrator, case_worker):
        in_work(organisation.platform, system, users.set_password, person.user_id, PASSWORD)
    settings = {"login_methods": ["fake"]}
    in_work(organisation.platform, administrator, organisations.update_organisation, settings=settings)
    return organisation


def sign_in(platform: Platform, person: SampleUser) -> flow.Turn:
    turn = flow.begin(platform, "password", "browser", hints={"ip": "192.0.2.1"})
    return flow.advance(platform, turn.flow, "browser", {"email": person.email, "password": PASSWORD})


def kinds(platform: Platform, organisation: SampleOrganisation) -> list[str]:
    return [entry.kind for entry in audit.entries(platform.database, organisation.id, None, 3)]


@pytest.mark.feature("N5")
def test_the_emergency_account_gets_in_and_the_log_says_so(
    platform: Platform, chosen: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Everybody else is held to what the organisation has chosen."""
    assert isinstance(sign_in(platform, administrator).step, Failed)
    in_work(platform, administrator, account_methods.choose_emergency_account, str(administrator.user_id))
    assert sign_in(platform, administrator).signed_in is not None
    assert "user.emergency-sign-in" in kinds(platform, chosen)
    assert isinstance(sign_in(platform, case_worker).step, Failed)
    in_work(platform, administrator, account_methods.choose_emergency_account, "")
    assert isinstance(sign_in(platform, administrator).step, Failed)


def test_an_ordinary_sign_in_of_the_account_is_no_emergency(
    platform: Platform, chosen: SampleOrganisation, administrator: SampleUser
) -> None:
    in_work(platform, administrator, account_methods.choose_emergency_account, str(administrator.user_id))
    in_work(platform, administrator, organisations.update_organisation, settings={"login_methods": ["password"]})
    assert sign_in(platform, administrator).signed_in is not None
    assert "user.emergency-sign-in" not in kinds(platform, chosen)


def test_only_an_open_account_of_an_administrator_is_chosen(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: Any,
) -> None:
    choose = account_methods.choose_emergency_account
    for wrong in (str(case_worker.user_id), "inget id", str(uuid4())):
        with pytest.raises(Invalid) as caught:
            in_work(platform, administrator, choose, wrong)
        assert EMERGENCY in caught.value.fields
    with pytest.raises(Forbidden):
        in_work(platform, colleague, choose, str(administrator.user_id))


@pytest.mark.feature("N5")
@pytest.mark.usefixtures("chosen")
def test_it_is_chosen_on_the_page(administrator: SampleUser, browse: Callable[..., Any]) -> None:
    browser, ways = browse(administrator), {"login_methods": ["password", "fake"]}
    answer = browser.post("/organisation/methods", **ways, emergency_account=str(administrator.user_id))
    assert answer.status_code == 303, answer.text[:300]
    assert f'value="{administrator.user_id}" selected' in browser.get("/organisation/methods").text
    wrong = browser.post("/organisation/methods", **ways, emergency_account="fel")
    assert wrong.status_code == 422
    assert "Välj en administratör vars konto är öppet." in wrong.text
