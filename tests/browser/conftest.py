"""A running installation, and browsers in it.

Web server, worker, PostgreSQL, the simulated federation and its address book are real. Messages reach a mailbox as an
SDK message would when a test calls `sdk_mailboxes.arrive(...)`, or through the federation when somebody sends one on a
page.

Tests share an installation, so each half of them goes to one xdist worker, as do the files with their own installation
(tests/conftest.py). Each test creates the mailboxes and cases that it needs.
"""

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from tests.browser.browsers import Browsers
from tests.browser.post_plugin import POST
from tests.browser.sdk_mailboxes import SdkMailboxes, spare_book
from tests.written_plugins import write_plugin

from budkavle.accounts import all_organisations, mailboxes
from budkavle.cli.installation import Installation
from budkavle.cli.main import budkavle
from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Role
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.running import Running, installed, working
from budkavle_demo.content import ADDRESSES, ANNA, BO, CHILDREN, CLINIC, DISCHARGE, ELDERLY, PASSWORD, PEOPLE, STEPS
from budkavle_sdk_transport.simulator import address_book

OpenPage = Callable[..., Page]
NUMBERS = count(1)
ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same browser without the parts that only a window needs, and takes half the time."""
WIDTHS = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 320, "height": 640}}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """\
rules => axe.run({runOnly: rules, resultTypes: ['violations'], elementRef: false}).then(found => found.violations)"""
AXE_WHOLE = """\
rules => axe.run({runOnly: rules, resultTypes: ['violations', 'incomplete'], elementRef: false}).then(found => ({
  tool: found.testEngine.name + ' ' + found.testEngine.version,
  faults: Object.fromEntries(found.violations.map(one => [one.id, one.help])),
  unclear: Object.fromEntries(found.incomplete.map(one => [one.id, one.help])),
}))"""
"""By default axe also reports what is right with a page, which takes longer to transfer than to find."""
MORE = """\
[plugins.addressbook]
url = "{book}"

[plugins.sdk]
poll_seconds = 0.25
max_bytes = 1000000

[plugins.case_system]
folder = "{watched}"
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the marks of browser tests to the tests in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def running(
    budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Running]:
    """An installation with the demo's organisations, with a running web server and worker."""
    _browsers.ends.callback(request._fixturedef.finish, request)  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("installation")
    enabled = ("addressbook", "sdk", "post", "adviser", "absence", "disclosure", "economy", "log_control")
    enabled += ("scim", "statistics", "case_system", "records", "timestamps", "files", "notes", "templates")
    (folder / "watched").mkdir()
    plugins = folder / "plugins"
    write_plugin(plugins, "post", POST)
    with pytest.MonkeyPatch.context() as patch, address_book.serve(spare_book()) as book:
        patch.syspath_prepend(str(plugins))
        more = MORE.format(book=book, watched=folder / "watched")
        with installed(budkavle_databases, folder, enabled, more, pythonpath=[plugins]) as made:
            for step in STEPS:
                run_command(made, *step)
            with made.serving(), working(made.platform):
                yield made


@pytest.fixture(scope="session")
def platform(running: Running) -> Platform:
    """The installation's platform, in the test's process."""
    return running.platform


def demo_organisation(platform: Platform, slug: str) -> SampleOrganisation:
    found = next(one for one in all_organisations(platform, system_actor()) if one.slug == slug)
    return SampleOrganisation(platform, found)


@pytest.fixture(scope="session")
def bjorkvik(platform: Platform) -> SampleOrganisation:
    """Björkviks kommun, where Anna and Bo work."""
    return demo_organisation(platform, "bjorkvik")


@pytest.fixture(scope="session")
def vattern(platform: Platform) -> SampleOrganisation:
    """Region Vättern, where Karin and Mats work."""
    return demo_organisation(platform, "vattern")


@pytest.fixture(scope="session")
def people(bjorkvik: SampleOrganisation, vattern: SampleOrganisation) -> dict[str, SampleUser]:
    """The demo's people by e-mail address, members of their mailboxes; a test may add some."""
    made: dict[str, SampleUser] = {}
    for organisation in (bjorkvik, vattern):
        platform, system = organisation.platform, organisation.system
        boxes = in_work(platform, system, mailboxes.all_mailboxes)
        for person in (person for person in PEOPLE if person["slug"] == organisation.slug):
            email, role = person["email"], Role(person["role"])
            user = organisation.add_user(person["name"], role, email=email, password=PASSWORD)
            for box in (box for box in boxes if box.name in person["boxes"]):
                is_admin = role is Role.ADMIN
                in_work(platform, system, mailboxes.add_members, box.id, [user.id], administrator=is_admin)
            made[email] = user
    return made


@pytest.fixture(scope="session")
def sdk_mailboxes(
    running: Running, people: dict[str, SampleUser], bjorkvik: SampleOrganisation, vattern: SampleOrganisation
) -> SdkMailboxes:
    """The demo's mailboxes, and those that tests add."""
    organisations = {organisation.id: organisation for organisation in (bjorkvik, vattern)}
    ids = {
        box.name: box.id
        for organisation in organisations.values()
        for box in in_work(running.platform, organisation.system, mailboxes.all_mailboxes)
    }
    identifiers = {ids[name]: ADDRESSES[name] for name in (CHILDREN, ELDERLY, CLINIC, DISCHARGE)}
    return SdkMailboxes(organisations, people, partial(run_command, running), ids, identifiers)


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own, which Anna administers and Bo belongs to."""
    made: UUID = sdk_mailboxes.add(
        f"Prov {next(NUMBERS)} {request.node.originalname[5:40]}", BO, ANNA, administrator=ANNA
    )
    return made


class RunsOn(Installation):
    """An installation that stays open after a command: a closed pool opens a connection for each transaction."""

    def close(self) -> None:
        """Do nothing: the fixture that opened it closes it."""


def run_command(running: Running, *words: str) -> None:
    """Run one command of `budkavle`."""
    installation = RunsOn(running.folder / "budkavle.toml", [running.platform])
    with redirect_stdout(io.StringIO()):
        budkavle.main(["--config", str(installation.path), *words], obj=installation, standalone_mode=False)


@pytest.fixture(scope="module")
def switches() -> tuple[str, ...]:
    """Further command-line switches of the browser; to be overridden in a folder."""
    return ()


expect.set_options(timeout=30_000)  # as all else in a browser: the machine may have much to do beside


_browsers = Browsers()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Close the browsers and the installation after this folder's last test.

    Their event loop in this thread, and the worker's log and switches, would disturb others.
    """
    try:
        return (yield)
    finally:
        if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
            _browsers.close()


@pytest.fixture(scope="module")
def chromium(program: Callable[..., str], switches: tuple[str, ...]) -> Browser:
    """A browser."""
    return _browsers.take(program(*BROWSERS), switches)


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The source of axe-core, which the build hook puts here (tools/browser_packages.py)."""
    return (root / "tests/browser/vendor/axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """The stored state of a signed-in browser, by e-mail address."""
    return {}


EXPECTED = (
    "the server responded with a status of 4",
    "Autofocus processing was blocked because a document already has a focused element.",
    "Clear-Site-Data header",
    "does not match the recipient window's origin ('null')",
)
"""What Chromium reports that is not a fault of a page.

A response such as 422; somebody who was quicker than the page; what is removed at a sign-out; and axe, which queries
frames that may not answer.
"""


def listen(page: Page) -> None:
    """Collect the page's errors, for `look`."""
    complaints: list[str] = []
    page.complaints = complaints  # type: ignore[attr-defined]

    def on_console(message: ConsoleMessage) -> None:
        if not any(word in message.text for word in EXPECTED):
            complaints.append(f"{message.type}: {message.text}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))


def wait_for_keys(page: Page) -> None:
    """Wait until the page's script has run: a field may have the focus earlier, but shortcuts would be lost."""
    expect(page.locator("[aria-keyshortcuts]").first).to_be_attached()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Open a page in a new browser context, in Swedish, as `open_page(url, width, height, **more)`.

    Further arguments are passed to `Browser.new_context`. The contexts are closed after the test.
    """
    with ExitStack() as opened:

        def open_one(url: str, width: int = 1280, height: int = 900, **more: Any) -> Page:
            options = {"base_url": url, "viewport": {"width": width, "height": height}, "locale": "sv-SE", **more}
            context = opened.enter_context(chromium.new_context(**options))
            context.on("page", listen)
            return context.new_page()

        yield open_one


@pytest.fixture
def browse(
    running: Running, people: dict[str, SampleUser], open_page: OpenPage, signed_in: dict[str, Any]
) -> Callable[..., Page]:
    """Open a new browser in which somebody has just signed in, or nobody."""

    def session(email: str) -> dict[str, Any] | None:
        """Return a signed-in browser's state with a new session, since a session is bound to its browser."""
        if email not in signed_in or email not in people:  # who administers the installation signs in each time
            return None
        cookie = sessions.start(running.platform, SignedIn(people[email].user, Loa.TWO, "password", "/"))
        return {
            **signed_in[email],
            "cookies": [
                {**one, "value": cookie} if one["name"] == "budkavle" else one
                for one in signed_in[email]["cookies"]
                if not one["name"].startswith("proof-")
            ],
        }

    def open_one(email: str = "", size: str = "wide", **more: Any) -> Page:
        state = session(email)
        page = open_page(running.url, **WIDTHS[size], storage_state=state, **more)
        if email and not state:
            sign_in(page, email)
            signed_in[email] = page.context.storage_state()
        return page

    return open_one


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in on the sign-in page."""
    page.goto("/sign-in")
    page.get_by_label("E-post").fill(email)
    page.get_by_label("Lösenord").fill(password)
    page.get_by_role("button", name="Logga in").click()


@pytest.fixture
def enter() -> Callable[..., None]:
    """Fill in and submit the sign-in form."""
    return sign_in


def note_for_release(page: Page) -> None:
    """Write down what axe cannot decide, if `tools/accessibility.py` asks for it; without ids."""
    if target := os.environ.get("BUDKAVLE_ACCESSIBILITY"):
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9_-]{40,}", "ID", urlsplit(page.url).path)
        whole = page.evaluate(AXE_WHOLE, RULES)
        with Path(target).open("a") as lines:
            lines.write(json.dumps({"path": path, **whole}) + "\n")


def each_width(page: Page) -> Iterator[int]:
    """Yield each width when the page has it and fits: nothing overflows sideways. At last it is wide again."""
    for size in WIDTHS.values():
        page.set_viewport_size(size)  # type: ignore[arg-type]
        expect(page.locator("main, dialog").locator("visible=true").first).to_be_visible()
        wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room, f"{page.url} is {wide} wide in {room}"
        yield size["width"]
    assert not page.complaints, page.complaints  # type: ignore[attr-defined]
    page.set_viewport_size(WIDTHS["wide"])  # type: ignore[arg-type]


@pytest.fixture
def look(axe: str) -> Callable[[Page], None]:
    """Check a page, wide and narrow: axe finds nothing, nothing overflows sideways, and there are no errors."""

    def look_at(page: Page) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(axe)
        for width in each_width(page):
            note_for_release(page)
            found = page.evaluate(AXE, RULES)
            told = [f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']]}" for one in found]
            assert not told, f"{page.url} at {width}: " + "\n".join(told)

    return look_at


@pytest.fixture
def fits() -> Callable[[Page], None]:
    """Check a page as `look` does, but without axe: for a page that `look` checks in another language."""

    def look_at(page: Page) -> None:
        list(each_width(page))

    return look_at


@pytest.fixture
def folded() -> Callable[[Page], None]:
    """Check the tables of a narrow page: each folds, and none scrolls sideways."""

    def look_at(page: Page) -> None:
        page.set_viewport_size(WIDTHS["narrow"])  # type: ignore[arg-type]
        expect(page.locator(".table").first).to_be_attached()
        wide = page.evaluate("[...document.querySelectorAll('.table')].map(it => [it.scrollWidth, it.clientWidth])")
        assert wide, f"{page.url} has no table"
        assert [each for each in wide if each[0] > each[1]] == [], page.url
        page.set_viewport_size(WIDTHS["wide"])  # type: ignore[arg-type]

    return look_at
