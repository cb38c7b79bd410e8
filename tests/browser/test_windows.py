"""Several windows of one browser: they share one stream of what changes, and nothing with other sessions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from budkavle import Platform
from budkavle.cases import actions
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO, MATS

Browse = Callable[..., Page]
WINDOWS = 10
"""A browser opens six connections to a server over HTTP/1.1."""
RECORD = "window.told = []; document.addEventListener('live:change', (event) => told.push(event.detail.case))"


def streams(context: BrowserContext) -> list[Page]:
    """Keep whose streams a browser asks for."""
    asked: list[Page] = []

    def on_request(request: Request) -> None:
        if "/live?" in request.url:
            asked.append(request.frame.page)

    context.on("request", on_request)
    return asked


@pytest.mark.feature("F12", "E3")
def test_ten_windows_hear_by_one_stream(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """All of them load and hear; when the one that reads the stream is closed, another one reads on."""
    case_id = sdk_mailboxes.arrive(box, "I alla fönster")
    first = browse(ANNA)
    asked = streams(first.context)
    pages = [first, *(first.context.new_page() for _ in range(WINDOWS - 1))]
    for page in pages:
        page.goto(f"/m/{box}")
    in_work(platform, people[BO], actions.take, case_id)
    for page in pages:
        expect(page.locator(f"#row-{case_id}")).to_contain_text("Ärende taget av Bo Ek")
    assert set(asked) == {first}
    with first.context.expect_event("response", lambda answer: "/live?" in answer.url):
        first.close()
    in_work(platform, people[BO], actions.release, case_id)
    for page in pages[1:]:
        expect(page.locator(f"#row-{case_id}").get_by_role("button", name="Ta ärendet")).to_be_visible()
    assert len(set(asked)) == 2


@pytest.mark.feature("F12", "E3")
def test_a_second_window_hears_what_came_before_it_could(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """A case comes after the window was made and before its script runs: the one that reads the stream tells it."""
    sdk_mailboxes.arrive(box, "I två fönster")
    first = browse(ANNA)
    with first.expect_response("**/live?*"):
        first.goto(f"/m/{box}")
    second = first.context.new_page()
    held_scripts: list[Route] = []
    second.route("**/signed-in.js", lambda route: held_scripts.append(route))  # noqa: PLW0108 - Playwright takes no builtin
    with second.expect_request("**/signed-in.js"):
        second.goto(f"/m/{box}", wait_until="commit")
    sdk_mailboxes.arrive(box, "Nytt")
    expect(first.get_by_role("link", name="1 ny – visa")).to_be_visible()
    held_scripts[0].continue_()
    expect(second.get_by_role("link", name="1 ny – visa")).to_be_visible()
    expect(first.get_by_role("link", name="1 ny – visa")).to_be_visible()


@pytest.mark.feature("F12", "E3")
def test_a_frozen_window_is_not_waited_for(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """A telephone freezes windows in the background, which then answer nothing: one that is looked at takes over."""
    case_id = sdk_mailboxes.arrive(box, "Fruset fönster")
    frozen = browse(ANNA)
    frozen.add_init_script("BroadcastChannel.prototype.postMessage = () => undefined")
    with frozen.expect_response("**/live?*"):
        frozen.goto(f"/m/{box}")
    page = frozen.context.new_page()
    with page.expect_response("**/live?*"):
        page.goto(f"/m/{box}")
    in_work(platform, people[BO], actions.take, case_id)
    expect(page.locator(f"#row-{case_id}")).to_contain_text("Ärende taget av Bo Ek")
    held = "navigator.locks.query().then((all) => all.held.filter((one) => one.name.includes('/live?')).length)"
    assert page.evaluate(held) == 1


@pytest.mark.feature("F12")
def test_windows_without_locks_hear_by_themselves(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """Without https, or where a browser keeps storage from us, each has a stream of its own while it is looked at."""
    case_id = sdk_mailboxes.arrive(box, "Utan lås")
    page = browse(ANNA)
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', {value: undefined})")
    asked = streams(page.context)
    other = page.context.new_page()
    other.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', {value: undefined})")
    for one in (page, other):
        with one.expect_response("**/live?*"):
            one.goto(f"/m/{box}")
    in_work(platform, people[BO], actions.take, case_id)
    for one in (page, other):
        expect(one.locator(f"#row-{case_id}")).to_contain_text("Ärende taget av Bo Ek")
    assert set(asked) == {page, other}


@pytest.mark.feature("F12")
def test_another_account_in_the_same_browser_hears_only_its_own(
    sdk_mailboxes: Any, box: UUID, browse: Browse, enter: Callable[..., None]
) -> None:
    """Anna's window is left open, and Mats of another organisation signs in beside it: neither hears of the other's."""
    theirs = sdk_mailboxes.add("Fönster hos Mats", MATS)
    anna = browse()
    enter(anna, ANNA)
    with anna.expect_response("**/live?*"):
        anna.goto(f"/m/{box}")
    anna.evaluate(RECORD)
    old = anna.context.cookies()
    mats = anna.context.new_page()
    anna.context.clear_cookies()
    enter(mats, MATS)
    with mats.expect_response("**/live?*"):
        mats.goto(f"/m/{theirs}")
    mats.evaluate(RECORD)
    to_anna, to_mats = sdk_mailboxes.arrive(box, "Till Anna"), sdk_mailboxes.arrive(theirs, "Till Mats")
    for page, own in ((anna, to_anna), (mats, to_mats)):
        page.wait_for_function("() => told.length > 0")
        assert set(page.evaluate("told")) == {str(own)}
    assert old != anna.context.cookies()
