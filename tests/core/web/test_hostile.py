"""Every route asked by those who may not, and forms that no browser would send: a clear answer, never a 500."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from structlog.testing import capture_logs
from tests.core.web.asking import FORM, PAGE, PLUGINS, Ask, all_asks, ask, raw

from budkavle.accounts import users
from budkavle.identification import guest_sessions
from budkavle.identification.outcome import GuestIn, GuestOf
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Role
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
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
HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy")
NASTY = (
    "\x00",
    "a\x00b",
    "../../../etc/passwd",
    "%00",
    "'; DROP TABLE users; --",
    "{{7*7}}",
    "\ud7ff\ufffe",
    "💣" * 50,
)


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], budkavle_settings: Settings, federation_keys: Path) -> Platform:
    """An installation with the plugins that come along."""
    copytree(federation_keys, budkavle_settings.data / "plugins/sdk/federation/keys")
    return budkavle_open(enabled=PLUGINS)


@pytest.fixture
def client(browse: Callable[..., Any]) -> TestClient[Any]:
    """The way to the application that all browsers share."""
    shared: TestClient[Any] = browse().client
    return shared


@pytest.fixture
def app(client: TestClient[Any]) -> Litestar:
    running: Litestar = client.app
    return running


@pytest.fixture
def asks(
    app: Litestar, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> list[Ask]:
    """Every method of every route, with the ids of things of the first organisation."""
    return all_asks(app, organisation, case_worker, mailbox)


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
    for cookie in ("", f"budkavle={uuid4()}.secret", "budkavle=x", "budkavle=.", f"budkavle={'9' * 5000}"):
        for route in closed(asks):
            client.cookies.clear()
            answer = client.request(
                route.method, route.path, headers={**PAGE, "cookie": cookie}, follow_redirects=False
            )
            led = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
            if not (led if route.method == "GET" else answer.status_code == 401):
                wrong.append((route, cookie[:20], answer.status_code))
    assert wrong == []


@pytest.mark.feature("Y2")
@pytest.mark.parametrize("role", list(Role))
def test_things_of_another_organisation_are_not_found(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    other_administrator: SampleUser,
    asks: list[Ask],
    role: Role,
) -> None:
    """Nobody of another organisation learns anything, whatever the role and the method."""
    chief = system_actor(other_administrator.organisation_id)
    in_work(organisation.platform, chief, users.create_user, email="chef@mullsjo.example", name="Chef", role=Role.ADMIN)
    in_work(organisation.platform, chief, users.update_user, other_administrator.id, role=role)
    found = refusals(browse(other_administrator), [one for one in closed(asks) if one.has_ids], {404})
    # What is for administrators alone says so before it looks; that tells nothing of the thing.
    refused = {Role.USER: MANAGED + INSTALLATION, Role.ADMIN: INSTALLATION, Role.PLATFORM: ("-",)}[role]
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
    return [(one.method, one.path, answer.status_code) for one, answer in answers if answer.status_code not in wanted]


@pytest.mark.feature("Y3")
def test_a_form_needs_its_token_and_its_own_site(
    browse: Callable[..., Any], administrator: SampleUser, case_worker: SampleUser, asks: list[Ask]
) -> None:
    """Without the session's token, with another's, or from another site's page nothing is done."""
    root, ada = browse(administrator), browse(case_worker)
    changing = [one for one in closed(asks) if one.method not in {"GET", "HEAD"}]
    assert changing
    for route in changing:
        for token in ("", ada.csrf, "é", "\x00"):
            answer = ask(root, route.method, route.path, csrf=token)
            assert answer.status_code == 403, (route, token)
        for site in ("cross-site", "same-site", "none"):
            assert ask(root, route.method, route.path, **{"sec-fetch-site": site}).status_code == 403, (route, site)


def test_the_open_forms_too_are_for_our_own_site(client: TestClient[Any], asks: list[Ask]) -> None:
    """Signing in begins on our own page; old browsers are judged by Origin."""
    for route in [one for one in asks if one.method not in {"GET", "HEAD"} and not one.path.startswith(PEERS)]:
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elak.example"}, {"origin": "null"}, {}):
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


@pytest.mark.parametrize(
    "name", ["x.css", "x.js", "x.png", "static/x.css", "%2e%2e/static/x.css", ";x.css", "%0ax.css"]
)
def test_no_page_is_kept_under_the_name_of_a_static_file(
    browse: Callable[..., Any], administrator: SampleUser, name: str
) -> None:
    """A cache that goes by the ending of an address is given nothing: it is no page of ours, and says `no-store`."""
    root = browse(administrator)
    for page in ("/account", "/events", "/"):
        for joint in ("/", "" if name.startswith((";", "%0a")) else "/"):
            answer = root.get(f"{page.rstrip('/')}{joint}{name}")
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


BODIES: dict[str, tuple[dict[str, str], bytes]] = {
    "nothing": (FORM, b""),
    "no type": (PAGE, b"csrf=x"),
    "JSON": ({**PAGE, "content-type": "application/json"}, b'{"csrf": '),
    "not UTF-8": (FORM, b"csrf=\xff\xfe&subject=\xe5\xe4\xf6"),
    "UTF-16": (
        {**PAGE, "content-type": "application/x-www-form-urlencoded; charset=utf-16"},
        "csrf=å".encode("utf-16"),
    ),
    "an unknown charset": ({**PAGE, "content-type": "application/x-www-form-urlencoded; charset=klingon"}, b"a=b"),
    "NUL": (FORM, b"csrf=x&subject=%00&mailbox=\x00"),
    "ten thousand fields": (FORM, b"&".join(b"a%d=1" % n for n in range(10_000))),
    "one field ten thousand times": (FORM, b"&".join([b"recipients=sdk%3Aa"] * 10_000)),
    "three million bytes": (FORM, b"body=" + b"x" * 3_000_000),
    "multipart without a boundary": ({**PAGE, "content-type": "multipart/form-data"}, b"--x\r\n"),
    "multipart with an empty boundary": ({**PAGE, "content-type": "multipart/form-data; boundary="}, b"----\r\n"),
    "multipart that ends early": (
        {**PAGE, "content-type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nabc',
    ),
    "multipart without names": (
        {**PAGE, "content-type": "multipart/form-data; boundary=x"},
        b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n",
    ),
    "multipart with a broken header": (
        {**PAGE, "content-type": "multipart/form-data; boundary=x"},
        b"--x\r\nContent-Disposition \xff\x00\r\n\r\nabc\r\n--x--\r\n",
    ),
    "multipart that is something else": ({**PAGE, "content-type": "multipart/form-data; boundary=x"}, b"\x00" * 5000),
    "a boundary of ten thousand": ({**PAGE, "content-type": f"multipart/form-data; boundary={'x' * 10_000}"}, b"--x"),
}


def test_a_broken_form_is_told_of(browse: Callable[..., Any], administrator: SampleUser, asks: list[Ask]) -> None:
    """With the right token in the header, every form answers with a page that says what is wrong, or does nothing."""
    root = browse(administrator)
    forms = [one for one in asks if one.method == "POST" and one.path != "/sign-out"]
    with capture_logs() as logged:
        for at, (kind, (headers, body)) in enumerate(BODIES.items()):
            for route in forms[at % 3 :: 3]:  # each form gets each third kind, and each kind comes to each third form
                answer = raw(root, route.method, route.path, body, {**headers, "x-csrf": root.csrf})
                assert answer.status_code < 500, (kind, route, answer.status_code)
                assert "Traceback" not in answer.text
    assert [one for one in logged if one["event"] == "web.failed"] == []


FILE_NAMES = (
    "../../../etc/cron.d/x.pdf",
    "..\\..\\windows\\x.pdf",
    "/abs/x.pdf",
    "C:\\x.pdf",
    "a\x00b.pdf",
    "x.pdf\r\nSet-Cookie: a=b",
    "å" * 2000 + ".pdf",
    ".pdf",
    "..",
    "\u202efdp.exe",
    '"><script>alert(1)</script>.pdf',
)


def test_a_files_name_is_only_a_name(browse: Callable[..., Any], case_worker: SampleUser, tmp_path: Path) -> None:
    """Whatever a file is called, it is kept under a name without a path, or refused; and nothing lies outside."""
    ada, before = browse(case_worker), {path for path in tmp_path.rglob("*") if "data" not in path.parts}
    for name in FILE_NAMES:
        written = name.encode().replace(b'"', b"%22").replace(b"\r\n", b"%0D%0A")
        part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + written + b'"\r\n'
        body = part + b"Content-Type: application/pdf\r\n\r\n%PDF-1.7\n\r\n--x--\r\n"
        kind = {"content-type": "multipart/form-data; boundary=x"}
        answer = raw(ada, "POST", "/attachments?kind=sdk", body, {**PAGE, **kind, "x-csrf": ada.csrf})
        assert answer.status_code in {201, 400, 422}, (name, answer.text)
        if answer.status_code == 201:
            given = ada.get(f"/a/{answer.json()['id']}")
            assert given.status_code == 200
            assert all(line.startswith("proof-") for line in given.headers.get_list("set-cookie"))
            kind, _, kept = given.headers["content-disposition"].partition("; filename*=UTF-8''")
            assert kind == "attachment"
            assert kept
            assert not set(unquote(kept)) & set('/\\\x00\r\n"')
            assert unquote(kept) not in {".", ".."}
    assert {path for path in tmp_path.rglob("*") if "data" not in path.parts} == before


def test_nasty_words_in_addresses_are_harmless(
    browse: Callable[..., Any], administrator: SampleUser, asks: list[Ask]
) -> None:
    """In the query and in the path of every page."""
    root = browse(administrator)
    names = ("q", "after", "folder", "scope", "channel", "mailbox", "to", "said", "next", "way", "all", "before")
    pages = [one.path for one in asks if one.method == "GET" and one.path != "/live"]
    with capture_logs() as logged:
        some = ("q", "folder", "scope", "channel", "said")
        for at, (path, word) in enumerate(product(pages, map(quote, NASTY))):
            lines = ("&".join(f"{name}={word}" for name in fields) for fields in (names, some))
            address = [f"{path}/{word}", *(f"{path}?{line}" for line in lines)][at % 3]
            answer = root.get(address)
            assert answer.status_code < 500, address
            assert "<script>alert" not in answer.text
    assert [one for one in logged if one["event"] == "web.failed"] == []


def test_what_no_browser_sends_is_told_of(
    browse: Callable[..., Any], client: TestClient[Any], case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Addresses that are none, and numbers longer than Python reads, in every place where we read them."""
    ada, digits = browse(case_worker), "9" * 5000
    with capture_logs() as logged:
        answers = [
            ada.get("/sign-in?next=//["),
            browse(administrator).get(f"/events?before={digits[:30]}"),
            ada.post("/step-up", loa=digits, next="//[", way="password"),
            ada.post("/compose", less=f"references-{digits}"),
            client.get("/account", headers={**PAGE, "hx-request": "true", "hx-current-url": "http://["}),
            client.post("/account", headers={**FORM, "referer": "http://[", "hx-request": "true"}),
        ]
    assert [one.status_code for one in answers if one.status_code >= 500] == []
    assert [one for one in logged if one["event"] == "web.failed"] == []


FUZZ = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FIELDS = (
    *("mailbox", "kind", "recipients", "q", "subject", "body", "confidential", "seen", "attachment", "extra.x", "send"),
    *("add", "remove", "more", "less", "drop", "star", "unstar", "ask_unstar", "preview"),
    *(f"reference.{part}" for part in ("root", "value", "party", "label")),
    *(f"person.{part}" for part in ("root", "value", "name", "party")),
)
words = st.one_of(
    st.text(max_size=40),
    st.sampled_from([*NASTY, "sdk:", "sdk:x", "1", "persons", "references-0", "take", "dnr", "sender"]),
    st.uuids().map(str),
)


@FUZZ
@given(fields=st.dictionaries(st.sampled_from(FIELDS), words, max_size=10))
def test_any_form_of_a_message_gives_a_page(
    browse: Callable[..., Any], case_worker: SampleUser, fields: dict[str, str]
) -> None:
    """Whatever stands in the fields, the page comes back, or says what is wrong; it never breaks."""
    with capture_logs() as logged:
        answer = browse(case_worker).post("/compose", **fields)
    assert answer.status_code < 500
    assert [one for one in logged if one["event"] == "web.failed"] == []


@FUZZ
@given(query=st.dictionaries(st.sampled_from(["folder", "scope", "channel", "after", "q", "before"]), words))
def test_any_query_gives_a_page(
    browse: Callable[..., Any], case_worker: SampleUser, mailbox: FunctionMailbox, query: dict[str, str]
) -> None:
    """The lists and the search take any address."""
    ada = browse(case_worker)
    line = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    with capture_logs() as logged:
        for path in ("/search", f"/m/{mailbox.id}", f"/m/{mailbox.id}/sent"):
            answer = ada.get(f"{path}?{line}")
            assert answer.status_code < 500
    assert [one for one in logged if one["event"] == "web.failed"] == []
