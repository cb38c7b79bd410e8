"""Nobody learns or does anything without a session, a role and a token of their own."""

import re
from collections.abc import Callable
from itertools import cycle, product
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.testing import TestClient
from structlog.testing import capture_logs
from tests.core.web.asking import PAGE, Ask, ask

from budkavle.accounts import users
from budkavle.identification import guest_sessions
from budkavle.identification.outcome import GuestIn, GuestOf
from budkavle.model.loa import Loa
from budkavle.model.people import Role
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

API = tuple(f"/plugin/message_api/{one}" for one in ("v1/", "token", ".well-known/", "openapi.json"))
"""What programs ask, who have an access token, or come for one."""
LINKS = ("/l/", "/plugin/email_link/outbox/", "/plugin/sms/report/")
"""Pages of guests and callbacks of peers, where a secret in the address stands for an account."""
PUBLIC = ("/accessibility", "/data-protection/", "/logo/")
"""What an organisation shows to everybody."""
METADATA = "/plugin/eid/connections/x/metadata"
"""Of SAML, which whoever runs an identity provider reads."""
OPEN = (
    "/brand/",
    "/sign-in",
    "/sign-out/",
    "/signed-out",
    "/invitation/",
    "/forgotten-password",
    "/new-password/",
    "/help",
    "/language/",
    "/pdf-frame",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/",
    *PUBLIC,
    *LINKS,
    *API,
    METADATA,
)
"""Where nobody needs to be signed in."""
PEERS = ("/sign-in/back/", "/sign-out/from/", *LINKS, *API)
"""Where others' pages may send a form: a peer's does nothing but come here once more from our own page."""
ADMINS = ("/health", "/events", "/mailboxes/new", "/organisation", "/administration")
"""Where ordinary users have nothing to do."""
MANAGED = (
    "/mailboxes/",
    "/plugin/addressbook/link/",
    "/plugin/message_api/clients/",
    "/organisation/users/",
    "/organisation/restricted/",
)
"""Where only administrators have something to do with a thing."""
INSTALLATION = ("/administration/", "/plugin/economy/")
"""Where only administrators of the installation have: it tells others so before it looks."""
REPLY = re.compile(r"/c/[^/]+/reply")
"""An answer to a case that is out of reach comes back with its text, exactly as one to a case that does not exist."""
HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy")


def closed(asks: list[Ask]) -> list[Ask]:
    return [one for one in asks if not one.path.startswith(OPEN)]


@pytest.mark.feature("Y3")
def test_the_routes_of_the_core_and_of_plugins_are_there(asks: list[Ask]) -> None:
    """What follows asks them all."""
    paths = {one.path for one in asks}
    assert {"/", "/compose", "/mailboxes", "/sign-in"} <= paths
    assert any(path.startswith("/plugin/addressbook/") for path in paths)


@pytest.mark.feature("Y1")
def test_nothing_is_open_without_a_session(client: TestClient[Any], asks: list[Ask]) -> None:
    """A page leads to signing in; everything else is refused, also with a cookie of the asker's own making."""
    wrong = []
    made_up = cycle([f"budkavle={uuid4()}.secret", "budkavle=x", "budkavle=.", f"budkavle={'9' * 5000}"])
    for route in closed(asks):
        for cookie in ("", next(made_up)):
            client.cookies.clear()
            answer = client.request(
                route.method, route.path, headers={**PAGE, "cookie": cookie}, follow_redirects=False
            )
            led = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
            if not (led if route.method == "GET" else answer.status_code == 401):
                wrong.append((route, cookie[:20], answer.status_code))
    assert wrong == []


@pytest.mark.feature("Y2")
@pytest.mark.parametrize("role", [Role.ADMIN, Role.PLATFORM])
def test_things_of_another_organisation_are_not_found(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    other_administrator: SampleUser,
    asks: list[Ask],
    role: Role,
) -> None:
    """Nobody of another organisation learns anything, whatever the method; those who may most are asked."""
    chief = system_actor(other_administrator.organisation_id)
    in_work(organisation.platform, chief, users.create_user, email="chef@mullsjo.example", name="Chef", role=Role.ADMIN)
    in_work(organisation.platform, chief, users.update_user, other_administrator.id, role=role)
    found = refusals(browse(other_administrator), [one for one in closed(asks) if one.has_ids], {404})
    # What is for administrators alone says so before it looks; that tells nothing of the thing.
    refused = INSTALLATION if role is Role.ADMIN else ("-",)
    assert [one for one in found if one[2] != 403 or not one[1].startswith(refused)] == []


def test_a_guest_has_no_account(client: TestClient[Any], organisation: SampleOrganisation, asks: list[Ask]) -> None:
    """The cookie of somebody who reads one message opens nothing that needs an account, under either name."""
    entered = GuestIn(GuestOf(organisation.id, "link:1"), Loa.THREE, "bankid", "/")
    cookie = guest_sessions.start(organisation.platform, entered)
    for name in ("guest", "budkavle"):
        for route in closed(asks):
            client.cookies.clear()
            answer = client.request(
                route.method, route.path, headers={**PAGE, "cookie": f"{name}={cookie}"}, follow_redirects=False
            )
            led = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
            assert led if route.method == "GET" else answer.status_code in {401, 403}, (name, route, answer.status_code)


@pytest.mark.feature("Y2")
def test_things_of_other_mailboxes_are_not_found(
    browse: Callable[..., Any], outsider: SampleUser, asks: list[Ask]
) -> None:
    """Somebody of the same organisation who is no member is told the same, or that only administrators may."""
    found = refusals(browse(outsider), [one for one in closed(asks) if one.has_ids], {404})
    assert [one for one in found if one[2] != 403 or not one[1].startswith(MANAGED + INSTALLATION)] == []


@pytest.mark.feature("O12")
def test_the_pages_of_administrators_are_closed_to_others(
    browse: Callable[..., Any], outsider: SampleUser, asks: list[Ask]
) -> None:
    """An ordinary user is refused, by page and by form."""
    own = [one for one in asks if one.path.startswith(ADMINS) and not one.path.startswith(OPEN)]
    assert len(own) >= len(ADMINS)
    assert refusals(browse(outsider), own, {403, 404}) == []


def refusals(browser: Any, asks: list[Ask], wanted: set[int]) -> list[tuple[str, str, int]]:
    """What was answered otherwise than wanted."""
    with capture_logs() as logged:
        answers = [(one, ask(browser, one.method, one.path)) for one in asks]
    assert [one for one in logged if one["event"] == "web.failed"] == []
    return [
        (one.method, one.path, answer.status_code)
        for one, answer in answers
        if answer.status_code not in (wanted if one.method == "GET" or not REPLY.fullmatch(one.path) else {404, 422})
    ]


@pytest.mark.feature("Y2")
def test_an_answer_to_others_comes_back_as_one_to_no_case(
    browse: Callable[..., Any], outsider: SampleUser, asks: list[Ask]
) -> None:
    """Nobody learns from it whether there is such a case."""
    (path,) = {one.path for one in asks if one.method == "POST" and REPLY.fullmatch(one.path)}
    browser = browse(outsider)
    there, nowhere = (ask(browser, "POST", one) for one in (path, f"/c/{uuid4()}/reply"))
    assert (there.status_code, nowhere.status_code) == (422, 422)
    assert _without_ids(there.text) == _without_ids(nowhere.text)


def _without_ids(page: str) -> str:
    return re.sub(r"[\w-]{13,}", "", page)


@pytest.mark.feature("Y3")
def test_a_form_needs_its_token_and_its_own_site(
    browse: Callable[..., Any], administrator: SampleUser, case_worker: SampleUser, asks: list[Ask]
) -> None:
    """Without the session's token, with another's, or from another site's page nothing is done."""
    root, ada = browse(administrator), browse(case_worker)
    changing = [one for one in closed(asks) if one.method not in {"GET", "HEAD"}]
    assert changing
    sites, tokens = cycle(["cross-site", "same-site", "none"]), cycle(["", "é", "\x00"])
    for at, route in enumerate(changing):
        for token in (ada.csrf, *([next(tokens)] if at % 4 == 0 else [])):  # one function checks them all
            answer = ask(root, route.method, route.path, csrf=token)
            assert answer.status_code == 403, (route, token)
        site = next(sites)
        assert ask(root, route.method, route.path, **{"sec-fetch-site": site}).status_code == 403, (route, site)


def test_the_open_forms_too_are_for_our_own_site(client: TestClient[Any], asks: list[Ask]) -> None:
    """Signing in begins on our own page; old browsers are judged by Origin."""
    others = cycle([{"sec-fetch-site": "cross-site"}, {"origin": "https://elak.example"}, {"origin": "null"}, {}])
    for route in [one for one in asks if one.method not in {"GET", "HEAD"} and not one.path.startswith(PEERS)]:
        headers = next(others)
        answer = client.request(route.method, route.path, headers={**headers, "accept": "text/html"})
        assert answer.status_code == 403, (route, headers)


def test_every_answer_has_its_headers(browse: Callable[..., Any], administrator: SampleUser, asks: list[Ask]) -> None:
    """Pages, fragments, refusals, unknown addresses and wrong methods."""
    root = browse(administrator)
    more = [Ask("GET", "/finns-inte", False), Ask("PUT", "/", False), Ask("GET", "/m/inte-ett-id", False)]
    more += [Ask("GET", "/compose?mailbox=x", False), Ask("TRACE", "/", False), Ask("OPTIONS", "/", False)]
    live = {"/live"}
    for route in [one for one in [*asks, *more] if one.path not in live]:
        answer = ask(root, route.method, route.path)
        missing = [name for name in HEADERS if name not in answer.headers]
        assert missing == [], route
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", ""), route  # PDF.js' frame compiles its decoders
        assert answer.status_code < 500, route
    assert "script-src 'nonce-" in root.get("/account").headers["content-security-policy"]


def test_no_page_is_kept_under_the_name_of_a_static_file(browse: Callable[..., Any], administrator: SampleUser) -> None:
    """A cache that goes by the ending of an address is given nothing: it is no page of ours, and says `no-store`."""
    root = browse(administrator)
    names = ("/x.css", "/x.js", "/static/x.css", "/%2e%2e/static/x.css", "/;x.css", "/%0ax.css", ";x.css", "%0ax.css")
    for page, name in product(("/account", "/events", "/"), names):
        answer = root.get(f"{page.rstrip('/')}{name}")
        assert answer.headers["cache-control"] == "no-store", (page, name)
        assert answer.status_code in {400, 404}, (page, name)


def test_a_cookie_that_somebody_else_chose_is_never_signed_in(
    client: TestClient[Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Session fixation: the one who planted a cookie has nothing when its victim signs in."""
    planted = f"{organisation.id}.planterad"
    cookies = {"budkavle": planted, "browser": "planterad", "flow": "planterad"}

    def step(method: str, path: str, **fields: str) -> httpx.Response:
        client.cookies.clear()
        line = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer = client.request(
            method, path, data=fields or None, headers={**PAGE, "cookie": line}, follow_redirects=False
        )
        cookies.update(answer.cookies)
        return answer

    assert step("GET", "/account").status_code == 303
    assert step("GET", "/sign-in").status_code == 200
    done = step("POST", "/sign-in/begin", way="password", email=case_worker.email, password="en lång mening om vintern")
    assert done.status_code == 303, done.text
    assert cookies["budkavle"] != planted
    assert step("GET", "/account").status_code == 200
    client.cookies.clear()
    stranger = client.get("/account", headers={**PAGE, "cookie": f"budkavle={planted}"}, follow_redirects=False)
    assert stranger.status_code == 303
    again = client.post(
        "/sign-in", data={"email": "x"}, headers={**PAGE, "cookie": "browser=planterad; flow=planterad"}
    )
    assert again.status_code < 500
    assert not again.cookies.get("budkavle")
