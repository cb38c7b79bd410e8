"""Every route of every plugin that comes along, asked by nobody, by a guest, and by those whose things they are not."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import cycle
from pathlib import Path
from shutil import copytree
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from structlog.testing import capture_logs

from budkavle import Loa, Platform, Role
from budkavle.accounts.users import update_user
from budkavle.cases import CaseFilter, list_cases
from budkavle.identification import guest_sessions
from budkavle.identification.outcome import GuestIn, GuestOf
from budkavle.plugins.loader import installed
from budkavle.settings import Settings
from budkavle.testing import Browser, SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_files.tree.entries import create_catalogue
from budkavle_notes.store import Place, add_note
from budkavle_templates.store import Content, add_template

pytestmark = pytest.mark.slow
ROOT = "/plugin/"
OPEN = {
    "/plugin/demo/": "the demo's own pages, where nothing is anybody's",
    "/plugin/email_link/outbox": "mails of development",
    "/plugin/eid/connections/x/metadata": "what whoever runs an identity provider reads",
    "/plugin/fax/incoming": "the fax service's secret",
    "/plugin/files/dav": "an application password",
    "/plugin/files/g/": "a guest's link",
    "/plugin/meetings/book/": "a page for everybody",
    "/plugin/meetings/join/": "a participant's link",
    "/plugin/message_api/": "an access token",
    "/plugin/outlook/": "what Outlook reads before anybody is signed in",
    "/plugin/phone/app.webmanifest": "what the browser reads of the app",
    "/plugin/phone/worker.js": "what the browser reads of the app",
    "/plugin/scim/v2": "a directory's key",
    "/plugin/sms/report/": "a secret in the address",
    "/plugin/teams/": "what Teams reads before anybody is signed in",
}
"""Where nobody is signed in, and what stands in the place of a session."""
WAITING = ("POST", "/plugin/phone/share")
"""What a phone shares waits for a while, for whoever signs in by the same browser."""
PAGE = {"sec-fetch-site": "same-origin", "accept": "text/html"}


class Route(NamedTuple):
    """One way to ask: a method, and an address with the ids of Ada's things in it."""

    method: str
    path: str
    has_ids: bool


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], budkavle_settings: Settings, federation_keys: Path) -> Platform:
    """An installation with all plugins that come along."""
    copytree(federation_keys, budkavle_settings.data / "plugins/sdk/federation/keys")
    ours = (name for name, offers in installed().items() if offers[0].distribution == "budkavle")
    return budkavle_open(enabled=tuple(sorted(ours)))


@pytest.fixture
def things(platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser) -> dict[str, UUID]:
    """What is Ada's, by the names that routes have for it."""
    organisation.arrive()
    box, host = organisation.mailbox.id, platform.plugins.host
    (case,) = in_work(platform, case_worker, list_cases, box, CaseFilter()).items
    with platform.work(case_worker) as work:
        note = add_note(host("notes"), work, Place(case.id, box, administrator=False), "Hemligt")
        template = add_template(host("templates"), work, box, Content("Svar", "Hemligt", "Hemligt"))
        catalogue = create_catalogue(host("files"), work, "Hemligt")
    (message,) = organisation.rows("SELECT id FROM messages")
    return {
        "case_id": case.id,
        "mailbox_id": box,
        "message_id": message.id,
        "note_id": note,
        "template_id": template,
        "entry_id": catalogue.id,
        "target_id": catalogue.id,
    }


def value(things: Mapping[str, UUID], parameter: re.Match[str]) -> str:
    """What stands in an address for a parameter."""
    name, kind = parameter.groups()
    return {"uuid": str(things.get(name, uuid4())), "int": "1"}.get(kind, "x")


@pytest.fixture
def routes(browse: Callable[..., Browser], things: Mapping[str, UUID]) -> list[Route]:
    """Every method of every route below `/plugin/` that asks for a session."""
    routes = []
    for route in browse().client.app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith(ROOT):
            continue
        path = re.sub(r"\{(\w+):(\w+)\}", partial(value, things), route.path)
        if not path.startswith(tuple(OPEN)):
            has_ids = any(f"{{{name}:uuid}}" in route.path for name in things)
            routes += [Route(method, path, has_ids) for method in sorted(route.methods - {"OPTIONS"})]
    return [route for route in routes if (route.method, route.path) != WAITING]


def query_names(client: TestClient[Any]) -> set[str]:
    """What any page of the house reads of its query."""
    handlers = [
        handler for route in client.app.routes if isinstance(route, HTTPRoute) for handler in route.route_handlers
    ]
    return {name for handler in handlers for name in handler.parsed_fn_signature.parameters} - {"scope", "request"}


def ask(client: TestClient[Any], route: Route, cookie: str, csrf: str = "") -> Any:
    """Ask with a cookie; a form has its token."""
    body = None if route.method in {"GET", "HEAD"} else urlencode({"csrf": csrf, "name": "Kim"}).encode()
    form = {"content-type": "application/x-www-form-urlencoded", "x-csrf": csrf} if body else {}
    client.cookies.clear()
    headers = {**PAGE, **form, "cookie": cookie}
    return client.request(route.method, route.path, content=body, headers=headers, follow_redirects=False)


def is_refused(answer: Any, route: Route) -> bool:
    """Tell whether somebody without a session was led to signing in, or refused."""
    led = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
    return led if route.method == "GET" else answer.status_code in {401, 403}


def is_kept(browser: Browser, answer: Any) -> bool:
    """Tell whether somebody learnt nothing: refused, told that the form is wrong, or led to what is not there."""
    if answer.status_code == 303:
        return browser.get(answer.headers["location"]).status_code in {403, 404}
    return answer.status_code in {403, 404, 422}


def test_all_plugins_are_asked(routes: list[Route]) -> None:
    """Those that come along and have pages."""
    plugins = {route.path.removeprefix(ROOT).partition("/")[0] for route in routes}
    assert {"addressbook", "disclosure", "files", "log_control", "meetings", "notes", "records", "templates"} <= plugins
    assert {route.path.partition("?")[0] for route in routes if route.has_ids}


@pytest.mark.feature("Y1")
def test_nothing_is_open_without_a_session(
    browse: Callable[..., Browser], organisation: SampleOrganisation, routes: list[Route]
) -> None:
    """To nobody, to a session of the asker's own making, and to a guest who reads one message."""
    client = browse().client
    entered = GuestIn(GuestOf(organisation.id, f"link:{uuid4()}"), Loa.THREE, "bankid", "/")
    guest = guest_sessions.start(organisation.platform, entered)
    made_up = cycle([f"budkavle={uuid4()}.secret", f"budkavle={guest}"])
    for route in routes:
        for cookie in ("", f"guest={guest}", next(made_up)):
            answer = ask(client, route, cookie)
            assert is_refused(answer, route), (route, cookie.partition("=")[0], answer.status_code)


@pytest.mark.feature("Y1")
def test_who_asks_is_judged_before_what_is_asked(browse: Callable[..., Browser], routes: list[Route]) -> None:
    """Nobody learns from a broken query what a page takes: the answer is the same sign-in page as ever."""
    client = browse().client
    names = sorted(query_names(client))
    broken = ["&".join(value.format(name=name) for name in names) for value in ("{name}=[", "{name}=a&{name}=b")]
    asked = [route._replace(path=f"{route.path}?{values}") for route in routes for values in broken]
    answers = [(route, ask(client, route, "")) for route in asked]
    assert [(*route, answer.status_code) for route, answer in answers if not is_refused(answer, route)] == []


@pytest.mark.feature("Y2")
@pytest.mark.parametrize("who", ["other_administrator", "outsider"])
def test_others_things_are_not_found(
    request: pytest.FixtureRequest, browse: Callable[..., Browser], routes: list[Route], who: str
) -> None:
    """By an administrator of another organisation, and by a colleague who is no member of the mailbox."""
    browser = browse(request.getfixturevalue(who))
    with capture_logs() as logged:
        answers = [
            (route, ask(browser.client, route, f"budkavle={browser.cookie}", browser.csrf))
            for route in routes
            if route.has_ids
        ]
    assert [line for line in logged if line["event"] == "web.failed"] == []
    shown = [(route, answer.status_code) for route, answer in answers if not is_kept(browser, answer)]
    assert shown == []
    assert [route for route, answer in answers if "Hemligt" in answer.text] == []


def numbered(client: TestClient[Any], things: Mapping[str, UUID], number: str) -> list[str]:
    """Return the address of each page that reads whole numbers from it, with this number for each of them."""
    found = []
    for route in client.app.routes:
        if not isinstance(route, HTTPRoute) or "GET" not in route.methods or not route.path.startswith(ROOT):
            continue
        names = {
            name
            for handler in route.route_handlers
            for name, field in handler.parsed_fn_signature.parameters.items()
            if field.is_subclass_of(int) or field.has_inner_subclass_of(int)
        }
        if not names:
            continue
        path = re.sub(r"\{\w+:int\}", number, route.path)
        path = re.sub(r"\{(\w+):(\w+)\}", partial(value, things), path)
        found.append(f"{path}?{urlencode(dict.fromkeys(sorted(names), number))}")
    return found


def test_a_number_that_the_database_cannot_hold_breaks_no_page(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    things: Mapping[str, UUID],
) -> None:
    """The page of a list, a version, an entry: the visitor is told, and it is no fault of a plugin."""
    in_work(organisation.platform, organisation.system, update_user, case_worker.id, role=Role.ADMIN)
    browser = browse(case_worker.at(Loa.THREE))  # who reaches the pages of members and those of administrators
    each = [numbered(browser.client, things, number) for number in ("-1", "9" * 30, "9" * 5000)]
    assert len(each[0]) > 20
    addresses = [address for of_number in each for address in of_number]
    with capture_logs() as logged:
        answers = [(address.partition("?")[0], browser.get(address).status_code) for address in addresses]
    assert [one for one in answers if one[1] >= 500] == []
    assert [line for line in logged if line["event"] == "web.failed"] == []
