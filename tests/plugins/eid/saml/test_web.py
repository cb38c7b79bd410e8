"""SAML through the pages: the browser's way out and back, and what other browsers and other flows get."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Loa, Platform, Redirect
from budkavle.accounts import create_organisation, create_user
from budkavle.identification import NewIdentity, link_identity
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.web.app import create_app

BASE = "http://127.0.0.1:8420"
BACK = "/sign-in/back/idp"
CROSS, SAME = {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-origin"}
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], idp: Any, tmp_path: Path) -> Platform:
    """An installation that is connected to the provider, with the account of somebody whose number is known."""
    (tmp_path / "idp.xml").write_bytes(idp.metadata())
    connection = {
        "name": "idp",
        "label": "E-legitimation",
        "metadata": str(tmp_path / "idp.xml"),
        "key": str(idp.sp.key),
        "certificate": str(idp.sp.certificate),
    }
    found = budkavle_open(enabled=("eid",), base_url=BASE, plugins={"eid": {"saml": [connection]}})
    organisation = create_organisation(found, system_actor(), "Habo kommun")
    anna = in_work(found, system_actor(organisation.id), create_user, email="anna@habo.example", name="Anna Test")
    system = system_actor(organisation.id)
    in_work(found, system, link_identity, NewIdentity("personnummer", "199001012385", "Personnummer"), user_id=anna.id)
    return found


@pytest.fixture
def open_browser(platform: Platform) -> Iterator[Callable[[], TestClient[Any]]]:
    """Open browsers; each has its own cookies."""
    with TestClient(app=create_app(platform), base_url=BASE) as first:
        yield lambda: TestClient(app=first.app, base_url=BASE)


def begin(browser: TestClient[Any]) -> Redirect:
    chosen = {"way": "idp", "next": "/account"}
    answer = browser.post("/sign-in/begin", data=chosen, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 200
    return Redirect(unescape(answer.text.split('content="0;url=')[1].split('"')[0]))


def come_back(browser: TestClient[Any], fields: dict[str, str]) -> Any:
    """The peer's form arrives without our cookies, and is sent once more from our own page."""
    kept = dict(browser.cookies)
    browser.cookies.clear()
    first = browser.post(BACK, data=fields, headers=CROSS, follow_redirects=False)
    assert first.status_code == 200
    again = {name: unescape(value) for name, value in _HIDDEN.findall(first.text)}
    assert again == fields
    browser.cookies.update(kept)
    return browser.post(BACK, data=again, headers=SAME, follow_redirects=False)


@pytest.mark.feature("A9")
def test_who_identifies_is_signed_in(idp: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """Out, back by a form of another site, and into the account whose number it is, at the returned level."""
    browser = open_browser()
    answer = come_back(browser, idp.sign_in(begin(browser)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    account = browser.get("/account")
    assert "Anna Test" in account.text
    assert "3: du visade vem du är med e-legitimation" in account.text


def test_another_browser_gets_nothing(idp: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """Session fixation and login CSRF: a response to a flow that another browser has begun opens nothing."""
    mine, theirs = open_browser(), open_browser()
    fields = idp.sign_in(begin(theirs))
    nobody = mine.post(BACK, data=fields, headers=SAME, follow_redirects=False)
    assert nobody.status_code == 422
    begin(mine)
    assert come_back(mine, fields).status_code == 422
    assert mine.get("/account", follow_redirects=False).status_code != 200


def test_a_response_is_used_once(idp: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """In the browser that it belongs to: the second time it opens nothing."""
    browser = open_browser()
    fields = idp.sign_in(begin(browser))
    assert come_back(browser, fields).status_code == 303
    browser.cookies.delete("budkavle")
    again = come_back(browser, fields)
    assert (again.status_code, again.headers["location"]) == (303, "/sign-in/flow")  # as to another window
    assert browser.cookies.get("budkavle") is None
    assert browser.get("/account", follow_redirects=False).status_code != 200


def test_an_assertion_is_used_once_in_all_processes(
    idp: Any, platform: Platform, budkavle_open: Callable[..., Platform]
) -> None:
    """The table remembers, not the process."""
    other = budkavle_open(enabled=("eid",), base_url=BASE, plugins=platform.settings.plugins)
    one, two = (of.plugins.identity_providers["idp"] for of in (platform, other))
    first: Any = one.start(Loa.TWO, {"return_url": f"{BASE}{BACK}"})
    answer = idp.sign_in(first)
    steps: list[Any] = [one.advance(first.state, answer), two.advance(first.state, answer)]
    assert [type(step).__name__ for step in steps] == ["Identity", "Failed"]


def test_who_has_no_account_reads_so(idp: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """Identified, and not known here."""
    idp.attributes["urn:oid:1.2.752.29.4.13"] = "198507099805"
    idp.name_id = "olle-pseudonym"
    browser = open_browser()
    answer = come_back(browser, idp.sign_in(begin(browser)))
    assert answer.status_code == 422
    assert "inget konto" in answer.text


def test_our_metadata_are_public(open_browser: Callable[[], TestClient[Any]]) -> None:
    """By an address of each connection; others are not found."""
    browser = open_browser()
    answer = browser.get("/plugin/eid/saml/idp/metadata")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/samlmetadata+xml")
    assert 'entityID="http://127.0.0.1:8420/plugin/eid/saml/idp/metadata"' in answer.text
    assert browser.get("/plugin/eid/saml/other/metadata").status_code == 404
