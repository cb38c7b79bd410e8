"""What cannot be shown stands beside the menu for who is signed in, and alone for everybody else."""

import json
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from structlog.testing import capture_logs

from budkavle.logs import FIELDS
from budkavle.model.errors import Forbidden
from budkavle.storage.pipeline import InDoubt, PipelineConnection
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web import auth
from budkavle.web.auth import Visitor, visitor_of
from budkavle.web.browser_sessions import session_of
from budkavle.web.http import errors, refusals
from budkavle.web.http.forms import WebRequest

MENU = 'id="rail"'


@pytest.mark.feature("E30")
@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/nowhere", 404, "Sidan finns inte"),
        ("/c/00000000-0000-4000-8000-000000000000", 404, "Sidan finns inte"),
        ("/events", 403, "Du har inte behörighet"),
    ],
)
def test_who_is_signed_in_keeps_the_menu(
    path: str, status: int, title: str, browse: Callable[..., Browser], colleague: SampleUser
) -> None:
    """With the mailboxes, the search and a form's token, at an address that no route has as well."""
    browser = browse(colleague)
    answer = browser.get(path)
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.text
    assert MENU in answer.text
    assert 'role="search"' in answer.text
    assert browser.csrf in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].count("script-src") == 1


@pytest.mark.parametrize("path", ["/nowhere", "/events", "/compose?mailbox=["])
def test_a_refusal_looks_the_session_up_once(
    path: str, browse: Callable[..., Browser], colleague: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the page, for its entry in the event log, and for the menu beside what it says."""
    asked: list[object] = []

    def look(request: WebRequest, **more: Any) -> Any:
        asked.append(request)
        return session_of(request, **more)

    monkeypatch.setattr(auth, "session_of", look)
    assert MENU in browse(colleague).get(path).text
    assert len(asked) == 1


def test_the_menu_is_in_the_persons_language(browse: Callable[..., Browser], colleague: SampleUser) -> None:
    """The page and the menu agree, by the cookie or by the account."""
    browser = browse(colleague)
    browser.cookie += "; language=en"
    answer = browser.get("/nowhere")
    assert 'lang="en"' in answer.text
    assert "There is no such page" in answer.text
    assert "Drafts" in answer.text


def test_nobody_else_sees_a_menu(browse: Callable[..., Browser], colleague: SampleUser) -> None:
    """Neither strangers, nor those whose session has ended, nor a script that asks for a part of a page."""
    stranger = browse(None).get("/nowhere")
    assert stranger.status_code == 404
    assert MENU not in stranger.text
    ended = browse(colleague)
    ended.post("/sign-out")
    assert MENU not in ended.get("/nowhere").text
    part = browse(colleague).get("/nowhere", **{"hx-request": "true", "hx-current-url": "http://localhost/"})
    assert MENU not in part.text


def test_a_menu_that_fails_takes_the_page_with_it_not(
    browse: Callable[..., Browser], colleague: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page still says what happened, with the status that it had."""

    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(errors, "page", fails)
    answer = browse(colleague).get("/nowhere")
    assert answer.status_code == 404
    assert "Sidan finns inte" in answer.text
    assert MENU not in answer.text


def test_a_fault_of_ours_asks_for_nothing_more(
    browse: Callable[..., Browser], colleague: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database fails, the page that says so does not wait for it once more."""
    asked: list[object] = []

    def refuse(request: object) -> None:
        asked.append(request)
        raise Forbidden("Nej.")

    monkeypatch.setattr(errors, "known_visitor", refuse)
    assert browse(colleague).get("/nowhere").status_code == 404
    assert len(asked) == 1
    monkeypatch.setattr(errors, "_known", lambda *_: errors.Broken("Något gick fel hos oss."))
    assert browse(colleague).get("/nowhere").status_code == 500
    assert len(asked) == 1


def test_what_broke_is_told_once(
    browse: Callable[..., Browser], colleague: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heading says that something went wrong on our side; the sentence below goes on from there."""

    def fail(*_: object) -> None:
        raise RuntimeError("a table is missing")

    monkeypatch.setattr("budkavle.messaging.saved_drafts.load_all", fail)
    page = browse(colleague).get("/drafts")
    assert page.status_code == 500
    assert page.text.split("<main")[1].count("Något gick fel hos oss") == 1
    assert "Försök igen om en stund." in page.text


def test_what_may_be_stored_is_told_to_who_did_it(
    browse: Callable[..., Browser], colleague: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who pressed a button is to look first; who only looks is told what is told whenever the database is away."""

    def lose(connection: PipelineConnection) -> None:
        connection.close()
        raise InDoubt("The answer to COMMIT was lost.")

    browser = browse(colleague)
    monkeypatch.setattr(PipelineConnection, "finish", lose)
    looked, pressed = browser.get("/account"), browser.post("/account", name="Bo")
    assert (looked.status_code, pressed.status_code) == (503, 503)
    assert "osäkert om det sparades" in pressed.text
    assert "osäkert om det sparades" not in looked.text
    assert "Databasen svarar inte just nu" in looked.text


@pytest.mark.feature("ZS4")
def test_a_refused_page_is_an_entry(
    organisation: SampleOrganisation, browse: Callable[..., Browser], colleague: SampleUser
) -> None:
    """Once a minute for each person and page, a form without its token too; a page that is not there is none."""
    browser = browse(colleague)
    for path in ("/events", "/events", "/health", "/nowhere"):
        browser.get(path)
    browser.csrf = "from elsewhere"
    assert browser.post("/account", name="Bo").status_code == 403
    refused = [json.loads(entry) for entry in organisation.log_entries("page.refused")]
    assert [entry["facts"]["path"] for entry in refused] == ["/events", "/health"]
    assert {entry["thing"] for entry in refused} == {str(colleague.id)}
    assert [json.loads(entry)["facts"]["path"] for entry in organisation.log_entries("page.stale")] == ["/account"]


def log_of(organisation: SampleOrganisation, kind: str) -> list[Any]:
    return [json.loads(entry) for entry in organisation.log_entries(kind)]


MULTIPART = {"content-type": "multipart/form-data; boundary=x", "sec-fetch-site": "same-origin"}


@pytest.mark.feature("ZS4")
def test_what_no_browser_sends_is_an_entry(
    organisation: SampleOrganisation, browse: Callable[..., Browser], colleague: SampleUser
) -> None:
    """Of somebody who is signed in, once a minute for each kind, without a word of what was sent."""
    browser = browse(colleague)
    cookie = {"cookie": f"budkavle={browser.cookie}", "accept": "text/html"}
    for _ in range(2):
        browser.client.request("DELETE", "/account", headers=cookie | {"sec-fetch-site": "same-origin"})
        browser.client.post("/attachments", content=b"--x\r\nhemligt", headers=cookie | MULTIPART)
        browser.client.get("/c/hemligt%00", headers=cookie)
    broken = log_of(organisation, "input.broken")
    assert sorted(entry["facts"]["why"] for entry in broken) == [
        "Formuläret kom inte fram helt",
        "Sidan finns inte",
        "Sidan kan inte visas",
    ]
    assert {entry["thing"] for entry in broken} == {str(colleague.id)}
    assert "hemligt" not in json.dumps(broken)


@pytest.mark.feature("ZS4")
def test_a_limit_that_somebody_hits_is_an_entry(
    organisation: SampleOrganisation,
    browse: Callable[..., Browser],
    colleague: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once a minute, and the database is asked for it once: who floods must not cost more by that."""
    monkeypatch.setattr("budkavle.web.http.forms.MAX_FIELDS_BYTES", 1_000)
    browser, looked = browse(colleague), list[WebRequest]()

    def look(request: WebRequest) -> Visitor:
        looked.append(request)
        return visitor_of(request)

    monkeypatch.setattr(refusals, "known_visitor", look)
    for _ in range(3):
        assert browser.post("/account", name="x" * 2_000).status_code == 413
    (entry,) = log_of(organisation, "limit.reached")
    assert (entry["thing"], entry["facts"]["path"]) == (str(colleague.id), "/account")
    assert len(looked) == 1


@pytest.mark.feature("ZS4")
def test_what_strangers_send_is_a_line_of_the_service_log(browse: Callable[..., Browser]) -> None:
    """Once a minute for each address and kind, and of all no more than so many; with the page's route alone."""
    stranger = browse(None).client
    with capture_logs() as lines:
        for _ in range(3):
            stranger.get("/c/hemligt%00")
            stranger.request("DELETE", "/sign-in", headers={"sec-fetch-site": "same-origin"})
        stranger.get("/nowhere")
    told = [line for line in lines if line["event"] == "web.broken-request"]
    assert sorted(line["reason"] for line in told) == ["bad-request", "not-found"]
    assert all(set(line) <= {*FIELDS, "log_level"} for line in told)
    assert "hemligt" not in str(lines)


def test_nobody_fills_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same once a minute, and of everything so many within a minute."""
    now = [0.0]
    monkeypatch.setattr(refusals, "monotonic", lambda: now[0])
    sparing = refusals.Sparing(0.0)
    told = [sparing.is_first(str(number % 2_000), "web.limited") for number in range(4_000)]
    assert sum(told) == 1_000
    now[0] = 61.0
    assert sparing.is_first("0", "web.limited")
    assert not sparing.is_first("0", "web.limited")


def test_addresses_of_one_user_count_as_one() -> None:
    """Who has a /64 of IPv6 has no end of addresses."""
    sparing = refusals.Sparing(monotonic())
    told = [sparing.is_first(f"2001:db8:0:1::{number:x}", "limit.reached", str(number)) for number in range(1, 200)]
    assert sum(told) == 50
    assert sparing.is_first("2001:db8:0:2::1", "limit.reached")


def test_invented_cookies_use_up_nobody_elses_lines() -> None:
    """So many of one network address, whatever it sends; what happens elsewhere is told all the same."""
    sparing = refusals.Sparing(monotonic())
    told = [sparing.is_first("192.0.2.1", "limit.reached", "too-many", f"cookie {number}") for number in range(2_000)]
    assert sum(told) == 50
    assert sparing.is_first("192.0.2.2", "limit.reached", "too-many", "")


def test_a_session_that_cannot_be_looked_up_hides_no_refusal(
    browse: Callable[..., Browser], colleague: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was wrong with the request is told, with the headers that every answer has."""

    def fails(request: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(errors, "known_visitor", fails)
    answer = browse(colleague).get("/compose?mailbox=[")
    assert answer.status_code == 400
    assert "<h1>Sidan kan inte visas</h1>" in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_form_of_another_site_is_refused_with_every_header(
    browse: Callable[..., Browser], colleague: SampleUser, site: str, accept: str
) -> None:
    """A refusal may show the menu: nobody keeps it, frames it or guesses its type."""
    browser = browse(colleague)
    sent = {"sec-fetch-site": site, "accept": accept, "cookie": f"budkavle={browser.cookie}"}
    refused = browser.client.post("/account", headers=sent)
    with_nul = browser.get("/account?page=%00", accept=accept)
    assert (refused.status_code, with_nul.status_code) == (403, 422)
    assert (MENU in refused.text) is (accept == "text/html")
    for answer in (refused, with_nul):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.text.count("<script nonce=") == answer.text.count("<script")
