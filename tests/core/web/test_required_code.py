"""An organisation that requires a code beside a password: who has none adds one before anything else."""

import re
from collections.abc import Callable, Iterator

import pytest
from pyotp import TOTP

from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.identification import second_factor, sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.loa import Loa
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.fixture
def organisation(budkavle_open: Callable[..., Platform]) -> SampleOrganisation:
    """An organisation whose people sign in by password, and that requires a code."""
    made = SampleOrganisation.create(budkavle_open()).staffed()
    in_work(made.platform, made.administrator, write_settings, SignInSettings, {"code_beside_password": True})
    return made


@pytest.fixture
def signed_in(organisation: SampleOrganisation) -> Iterator[Callable[..., Browser]]:
    """Open a browser of somebody who has signed in by a way."""
    with browsing(organisation.platform) as new:

        def open_one(user: SampleUser, way: str = "password") -> Browser:
            browser = new()
            platform = organisation.platform
            browser.cookie = sessions.start(platform, SignedIn(user.user, Loa.TWO, way, "/"))
            browser.csrf = sessions.find(platform, browser.cookie).csrf
            return browser

        yield open_one


@pytest.mark.feature("ZS2")
def test_who_has_no_code_gets_only_to_where_one_adds_it(
    organisation: SampleOrganisation, signed_in: Callable[..., Browser]
) -> None:
    """Reading and writing alike; signing out works."""
    browser = signed_in(organisation.case_worker)
    case_id = organisation.arrive()
    for answer in (browser.get("/"), browser.get(f"/c/{case_id}"), browser.post(f"/c/{case_id}/take")):
        assert (answer.status_code, answer.headers["location"]) == (303, "/account/code")
    assert browser.get("/", accept="application/json").status_code == 403
    page = browser.get("/account/code").text
    assert "Er organisation kräver en kod" in page
    assert "Logga ut</button>" in page.split("<main")[1]
    # Nothing leads back here again, and no mailbox is named before the code is on.
    assert 'href="/account/methods"' not in page
    assert organisation.mailbox.name not in page
    assert 'type="search"' not in page
    assert browser.post("/sign-out").headers["location"] != "/account/code"


@pytest.mark.feature("ZS2")
def test_who_has_a_code_or_came_another_way_goes_on(
    organisation: SampleOrganisation, signed_in: Callable[..., Browser]
) -> None:
    """A code that is on lets on at once; an e-ID needs none; others' organisations are not concerned."""
    case_worker, platform = organisation.case_worker, organisation.platform
    case_id = organisation.arrive()
    assert signed_in(case_worker, "bankid").get(f"/c/{case_id}").status_code == 200
    browser, key = signed_in(case_worker), second_factor.new_key()
    second_factor.switch_on(platform, case_worker.user, key, TOTP(key).now())
    assert browser.get(f"/c/{case_id}").status_code == 200
    page = browser.get("/account/code").text
    assert "Er organisation kräver en kod" not in page
    assert 'href="/account/methods"' in page
    assert organisation.mailbox.name in page


def test_a_code_that_was_not_written_takes_none_of_the_tries(
    organisation: SampleOrganisation, signed_in: Callable[..., Browser]
) -> None:
    """Enter in the empty field, again and again, does not lock out the right code."""
    browser = signed_in(organisation.case_worker)
    page = browser.get("/account/code").text
    fields = {"key": re.findall(r'name="key" value="([^"]+)"', page)[0]}
    for _ in range(6):
        empty = browser.post("/account/code", code=" ", **fields)
        assert (empty.status_code, "Skriv koden som appen visar." in empty.text) == (422, True)
    key = re.findall(r"i appen: *(?:<[^>]*>)? *([A-Z2-7 ]+)", page)[0].replace(" ", "")
    assert browser.post("/account/code", code=TOTP(key).now(), **fields).status_code == 303


def test_an_organisation_that_requires_nothing_is_as_before(
    organisation: SampleOrganisation, signed_in: Callable[..., Browser]
) -> None:
    """By default a password is enough."""
    other = SampleOrganisation.create(organisation.platform, "Mullsjö").staffed()
    assert signed_in(other.case_worker).get("/account").status_code == 200
