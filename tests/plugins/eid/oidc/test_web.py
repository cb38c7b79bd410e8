"""OpenID Connect through the pages, and under fifty flows at once of which some are forged or replayed."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from budkavle import Platform, Redirect
from budkavle.accounts import create_organisation, create_user
from budkavle.identification import NewIdentity, link_identity
from budkavle.identification.sign_out import passing_on
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.web.app import create_app
from budkavle_eid.claims import Refused
from budkavle_eid.oidc.issuer import DOWN, Issuer
from budkavle_eid.single_use import OnceTable

BASE = "http://127.0.0.1:8420"
FLOWS, LET_IN = 50, "let in"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], op: Any) -> Platform:
    """An installation that is connected to the provider, with the account of somebody whose number is known."""
    connection = {
        "name": "op",
        "label": "E-legitimation",
        "preset": "oidc_sweden",
        "issuer": op.url,
        "client_id": "plattform",
        "client_auth": "client_secret_basic",
        "client_secret": "hemlig-hemlig-hemlig-hemlig-1234",
        "sign_out": "form",
    }
    found = budkavle_open(enabled=("eid",), base_url=BASE, plugins={"eid": {"oidc": [connection]}})
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
    chosen = {"way": "op", "next": "/account"}
    answer = browser.post("/sign-in/begin", data=chosen, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 200
    return Redirect(unescape(answer.text.split('content="0;url=')[1].split('"')[0]))


def come_back(browser: TestClient[Any], answers: dict[str, str]) -> Any:
    return browser.get("/sign-in/back/op", params=answers, follow_redirects=False)


@pytest.mark.feature("A9")
def test_who_identifies_is_signed_in(op: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """Out, back, and into the account whose number it is, at the returned level."""
    browser = open_browser()
    answer = come_back(browser, op.sign_in(begin(browser)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    account = browser.get("/account")
    assert "Anna Test" in account.text
    assert "3: du visade vem du är med e-legitimation" in account.text


@pytest.mark.feature("ZS3")
def test_signing_out_reaches_the_provider(
    op: Any, platform: Platform, open_browser: Callable[[], TestClient[Any]]
) -> None:
    """Out here first, then by a form with the ID token, and back; the page says where one is signed out."""
    op.metadata["end_session_endpoint"] = f"{op.url}/logout"
    browser = open_browser()
    come_back(browser, op.sign_in(begin(browser)))
    answer = sign_out(browser)
    assert answer.status_code == 200
    assert f'action="{op.url}/logout"' in answer.text
    assert f"form-action 'self' {op.url};" in answer.headers["content-security-policy"]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text))
    assert fields["post_logout_redirect_uri"] == f"{BASE}/sign-out/back/op"
    assert fields["id_token_hint"].count(".") == 2
    assert browser.get("/account", follow_redirects=False).status_code != 200
    told = browser.get("/sign-out/back/op", params={"state": fields["state"]})
    assert "Du är också utloggad hos E-legitimation" in told.text
    again = browser.get("/sign-out/back/op", params={"state": fields["state"]})
    assert "Du kan fortfarande vara inloggad hos E-legitimation" in again.text
    with platform.database.transaction(None) as connection:
        assert not connection.execute(text("SELECT count(*) FROM sessions WHERE provider_kept IS NOT NULL")).scalar()


def test_a_provider_without_a_way_out_leaves_a_warning(op: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """One reads that one may still be signed in there."""
    browser = open_browser()
    come_back(browser, op.sign_in(begin(browser)))
    answer = sign_out(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out?way=op")
    assert "Du kan fortfarande vara inloggad hos E-legitimation" in browser.get("/signed-out?way=op").text
    assert browser.get("/signed-out?way=nobody").status_code == 404


def test_a_provider_that_has_been_taken_away_stops_nobody_from_signing_out(
    op: Any, open_browser: Callable[[], TestClient[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One comes to the page of signing in, as always."""
    browser = open_browser()
    come_back(browser, op.sign_in(begin(browser)))
    monkeypatch.setattr("budkavle.identification.providers.providers", lambda platform: {})
    answer = sign_out(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.feature("ZS3")
def test_who_signs_out_there_is_signed_out_here(op: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """The provider calls, as a stranger without cookies; only a right token ends the session, and only its own."""
    op.claims["sid"] = "session-one"
    browser, stranger = open_browser(), open_browser()
    come_back(browser, op.sign_in(begin(browser)))
    for lies in ({"sid": "another"}, {"sub": "another"}, {"iss": "another"}):
        called(stranger, op.logout_token(**lies))
        assert browser.get("/account").status_code == 200
    answer = called(stranger, op.logout_token())
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert browser.get("/account", follow_redirects=False).status_code != 200
    wrong = called(stranger, "a.b.c")
    assert (wrong.status_code, wrong.headers["cache-control"]) == (400, "no-store")
    assert stranger.post("/sign-out/from/nobody", data={"logout_token": "a"}).status_code == 404
    by_browser = stranger.get("/sign-out/from/op", params={"logout_token": op.logout_token()})
    assert (by_browser.status_code, "Du är utloggad" in by_browser.text) == (200, True)
    assert stranger.get("/sign-out/from/op", params={"logout_token": "a.b.c"}).status_code == 422


@pytest.mark.feature("ZS3")
def test_a_fault_here_or_there_lets_the_provider_say_it_again(
    op: Any, open_browser: Callable[[], TestClient[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its keys cannot be read, or the sessions cannot be ended, or nobody can remember that they have been."""
    browser, stranger = open_browser(), open_browser()
    come_back(browser, op.sign_in(begin(browser)))
    token = op.logout_token(sid=None)
    with monkeypatch.context() as fault:
        fault.setattr(Issuer, "keys", unreadable)
        assert called(stranger, token).status_code == 503
    with monkeypatch.context() as fault:
        fault.setattr(passing_on, "end_all", unreadable)
        assert called(stranger, token).status_code == 503
    assert browser.get("/account").status_code == 200
    with monkeypatch.context() as fault:
        fault.setattr(OnceTable, "first", unreadable)
        assert called(stranger, token).status_code == 503
    answer = called(stranger, token)
    assert answer.status_code == 200
    assert browser.get("/account", follow_redirects=False).status_code != 200
    assert called(stranger, token).status_code == 400, "it has been taken"


def unreadable(*_: object) -> Any:
    raise Refused("unreachable-lately", DOWN)


def called(stranger: TestClient[Any], token: str) -> Any:
    return stranger.post("/sign-out/from/op", data={"logout_token": token})


def sign_out(browser: TestClient[Any]) -> Any:
    csrf = browser.get("/account").text.split('name="csrf" value="')[1].split('"')[0]
    headers = {"sec-fetch-site": "same-origin"}
    return browser.post("/sign-out", data={"csrf": csrf}, headers=headers, follow_redirects=False)


def test_another_browser_gets_nothing(op: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """A code that was got in one browser opens nothing in another, with or without a flow of its own."""
    mine, theirs = open_browser(), open_browser()
    answers = op.sign_in(begin(theirs))
    assert come_back(mine, answers).status_code == 422
    begin(mine)
    assert come_back(mine, answers).status_code == 422
    assert mine.get("/account", follow_redirects=False).status_code != 200
    assert come_back(theirs, answers).status_code == 303


def test_a_level_that_is_not_reached_opens_nothing(op: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """An unknown level is no level."""
    op.claims["acr"] = "http://id.elegnamnden.se/loa/1.0/loa1"
    browser = open_browser()
    answer = come_back(browser, op.sign_in(begin(browser)))
    assert answer.status_code == 422
    assert urlsplit(str(answer.url)).path == "/sign-in/back/op"


@pytest.mark.slow
def test_fifty_flows_at_once_let_nobody_in_wrongly(op: Any, open_browser: Callable[[], TestClient[Any]]) -> None:
    """Every tenth is forged, stolen from another or replayed: those are refused, and all others come in."""
    browsers = [open_browser() for _ in range(FLOWS)]

    def flow(number: int) -> tuple[int, object]:
        browser = browsers[number]
        answers = op.sign_in(begin(browser))
        if number % 10 == 3:
            answers = {**answers, "state": "forged" * 8}
        if number % 10 == 6:
            answers = {**answers, "code": op.sign_in(begin(open_browser()))["code"]}
        first = come_back(browser, answers)
        if number % 10 == 9:
            browser.cookies.delete("budkavle")
            first = come_back(browser, answers)
        return number, first.status_code if browser.cookies.get("budkavle") is None else LET_IN

    with ThreadPoolExecutor(10) as pool:
        done = dict(pool.map(flow, range(FLOWS)))
    # What comes a second time within some seconds is led on as another window would be, to wait for its session.
    refused = {3: 422, 6: 422, 9: 200}
    assert done == {number: refused.get(number % 10, LET_IN) for number in range(FLOWS)}
