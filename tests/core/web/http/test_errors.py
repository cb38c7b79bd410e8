"""What cannot be shown stands beside the menu for who is signed in, and alone for everybody else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from budkavle.model.errors import Forbidden
from budkavle.storage.pipeline import InDoubt, PipelineConnection
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.http import errors

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

    monkeypatch.setattr(errors, "visitor_of", refuse)
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


def test_a_session_that_cannot_be_looked_up_hides_no_refusal(
    browse: Callable[..., Browser], colleague: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was wrong with the request is told, with the headers that every answer has."""

    def fails(request: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(errors, "visitor_of", fails)
    answer = browse(colleague).get("/compose?mailbox=[")
    assert answer.status_code == 400
    assert "<h1>Sidan kan inte visas</h1>" in answer.text
    assert "content-security-policy" in answer.headers
