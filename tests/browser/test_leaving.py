"""Leaving a form in which a message is written: what the page's own script does, whatever the server answers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

HOME = "http://127.0.0.1:1"
FORM = """\
<!doctype html><html lang="sv"><title>Nytt meddelande</title><main>
<form data-compose action="/compose">
  <input type="hidden" name="draft" value="d1"><input type="hidden" name="draft_url" value="/compose">
  <label>Ämne <input name="subject"></label>
  <label><input type="checkbox" name="confidential" value="1"> Sekretess</label>
</form><p data-draft data-failed="Inte sparat"></p></main>
<script>globalThis.htmx = { ajax: async () => {} };</script>
<script type="module" src="/static/drafts.js"></script></html>"""


class Places:
    """Answers as the server does; while it is away, nothing that is sent to it comes."""

    def __init__(self, static: Path) -> None:
        self.is_away = False
        self._static = static

    def answer(self, route: Route) -> None:
        """Answer one request."""
        path = route.request.url.removeprefix(HOME).partition("?")[0]
        if path == "/drafts":
            route.abort() if self.is_away else route.fulfill(body="Utkast sparat 10.00")
        elif path.startswith("/static/"):
            route.fulfill(path=self._static / path.removeprefix("/static/"), content_type="text/javascript")
        else:
            route.fulfill(body=FORM, content_type="text/html; charset=utf-8")


@pytest.fixture
def places(root: Path) -> Places:
    """The addresses of the page."""
    return Places(root / "core/budkavle/web/static")


@pytest.fixture
def page(chromium: Browser, places: Places) -> Iterator[Page]:
    """The form, with its script at work."""
    page = chromium.new_page()
    page.route("**/*", places.answer)
    page.goto(f"{HOME}/compose", wait_until="load")
    yield page
    page.context.close()


def leave(page: Page) -> None:
    """Begin to leave, and stay."""
    page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))")


@pytest.mark.feature("M10")
def test_a_form_without_a_word_in_it_names_no_draft(page: Page) -> None:
    """The server keeps nothing of it, and whoever goes back would find that there is no such page."""
    page.get_by_label("Sekretess").check()
    leave(page)
    assert page.url == f"{HOME}/compose"
    page.get_by_label("Ämne").fill("Ett ord")
    leave(page)
    expect(page).to_have_url(re.compile("draft=d1"))


@pytest.mark.feature("M10")
def test_who_stays_although_nothing_could_be_kept_has_it_kept_later(page: Page, places: Places) -> None:
    """Nothing that is sent on leaving comes either: it is tried again when there is a network."""
    line = page.locator("[data-draft]")
    places.is_away = True
    page.get_by_label("Ämne").fill("Utan nät")
    expect(line).to_have_text("Inte sparat")
    page.get_by_label("Ämne").fill("Utan nät, och mer")
    leave(page)
    places.is_away = False
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(line).to_have_text("Utkast sparat 10.00")
