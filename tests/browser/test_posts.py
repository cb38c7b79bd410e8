"""Requests of a form and questions about what is written in it (page/posts.js), in a page that has nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

ORIGIN = "http://compose.example"
PAGE = """<!DOCTYPE html>
<html lang="sv"><head><title>Skriv</title><script src="/htmx.js"></script></head>
<body><form action="/compose" method="post">
  <input name="subject" value="Mötet" /><p id="preview"></p><div id="advice"></div>
</form></body></html>"""


@pytest.fixture
def page(chromium: Browser, root: Path) -> Iterator[Page]:
    """The page, with `post` and `ask` within reach."""
    static = root / "core/budkavle/web/static"
    files = {"/htmx.js": static / "vendor/htmx.min.js", "/posts.js": static / "page/posts.js"}

    def give(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path in files:
            route.fulfill(path=files[path], content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html; charset=utf-8")

    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/*", give)
        page.goto(ORIGIN)
        page.evaluate("import('/posts.js').then((posts) => Object.assign(window, posts))")
        yield page


def hold(page: Page, value: str) -> list[Route]:
    """Keep requests that send this value unanswered, and return them as they come."""
    held: list[Route] = []
    sends = re.compile(rf"\b{value}=1\b")
    page.route(
        "**/compose",
        lambda route: held.append(route) if sends.search(route.request.post_data or "") else route.fallback(),
    )
    return held


@pytest.mark.parametrize("gives_up", ["ask(advice, { advise: '1' })", "giveUp(advice)"])
def test_what_was_pressed_is_answered_whatever_becomes_of_the_advice(page: Page, gives_up: str) -> None:
    """Neither a newer question nor a send, which give up an older one, ends what the form has on its way."""
    held, _ = hold(page, "preview"), hold(page, "advise")
    failed: list[Request] = []
    page.on("requestfailed", lambda request: failed.append(request))  # noqa: PLW0108 - playwright marks it
    with page.expect_request("**/compose"):
        page.evaluate("""() => {
            window.form = document.querySelector("form");
            window.advice = document.querySelector("#advice");
            post(form, { target: "#preview", select: "#preview", values: { preview: "1" } });
        }""")
    with page.expect_request("**/compose") as question:
        page.evaluate("() => { ask(advice, { advise: '1' }); }")
    with page.expect_event("requestfailed"):
        page.evaluate(f"() => {{ {gives_up}; }}")
    assert failed == [question.value]
    held[0].fulfill(body='<p id="preview">Mötet</p>', content_type="text/html; charset=utf-8")
    expect(page.locator("#preview")).to_have_text("Mötet")
