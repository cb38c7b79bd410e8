"""Meetings in Teams, Jitsi and LiveKit, joined through the page: who one is, the lobby, and only then the address.

The hosts' pages are stand-ins: one on this machine that verifies the tokens as Jitsi and LiveKit do, and for Teams the
fake of Entra ID and Graph, whose addresses lead to a page in the browser.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser.meeting_towns import MARIA, Town, book, identify, with_ways
from tests.plugins.meetings.providers.conftest import ACCOUNT, CLIENT, SECRET, TENANT, FakeGraph, running_graph

from budkavle import Role
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle.testing.databases import Databases
from budkavle.testing.running import installed
from budkavle_meetings.providers.settings import JitsiRooms, LiveKitRooms, TeamsRooms

VIDEO = "https://video.kommun.example"
TOKEN_SECRET = "en-hemlighet-som-ar-minst-32-byte-lang"
CLAIMS = jwt.JWTClaimsRegistry(exp={"essential": True}, nbf={"essential": True})


@dataclass
class HostPage:
    """The page of a Jitsi or LiveKit, which lets in whoever brings a token that it can verify.

    Attributes:
        guests: Who has come: the room, the name, and whether they lead it.
        referrers: What browsers said they came from.
    """

    url: str = ""
    guests: list[tuple[str, str, bool]] = field(default_factory=list)
    referrers: list[str | None] = field(default_factory=list)

    def open(self, path: str, referrer: str | None) -> tuple[int, str]:
        """Answer a browser."""
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        token = (query.get("jwt") or query.get("token") or [""])[0]
        try:
            claims: dict[str, Any] = jwt.decode(token, OctKey.import_key(TOKEN_SECRET), algorithms=["HS256"]).claims
            CLAIMS.validate(claims)
        except (JoseError, ValueError):
            return 401, "Ingen giltig token"
        if "video" in claims:
            room, name, leads = claims["video"]["room"], claims["name"], claims["video"]["roomAdmin"]
        else:
            room, name, leads = claims["room"], claims["context"]["user"]["name"], claims["moderator"]
            if parts.path != f"/{room}":
                return 401, "Fel rum"
        self.guests.append((room, name, leads))
        self.referrers.append(referrer)
        return 200, f"Välkommen {name}"


@pytest.fixture(scope="module")
def host_page() -> Iterator[HostPage]:
    page = HostPage()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, words = page.open(self.path, self.headers.get("referer"))
            if self.path == "/favicon.ico":
                status = 404
            whole = f"<!doctype html><html lang=sv><title>Rum</title><h1>{words}</h1>".encode()
            self.send_response(status)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    page.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield page
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def microsoft() -> Iterator[FakeGraph]:
    with running_graph(FakeGraph()) as fake:
        yield fake


@pytest.fixture(scope="module")
def made(
    budkavle_databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    chromium: Browser,
    microsoft: FakeGraph,
) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("hosts")
    urls = f'entra_url = "{microsoft.url}"\ngraph_url = "{microsoft.url}"'
    more = f"[plugins.meetings]\n{urls}\n"
    with with_ways(folder) as plugins:
        enabled = ("meetings", "ways", "password")
        making = installed(budkavle_databases, folder, enabled, more, pythonpath=[plugins])
        with making as running, ExitStack() as stack:
            file = folder / "budkavle.toml"
            file.write_text('private_addresses = ["127.0.0.0/8"]\n' + file.read_text("utf-8"), "utf-8")
            stack.enter_context(running.serving())
            home = SampleOrganisation.create(running.platform, "Björkviks kommun")
            anna = home.add_user("Anna Lind", Role.ADMIN)
            home.add_mailbox("Socialtjänst barn och unga", anna)
            with running.platform.work(anna) as work:
                teams = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "account": ACCOUNT}
                write_settings(work, TeamsRooms, {"on": True, **teams})
                jitsi = {"url": VIDEO, "app_id": "budkavle", "secret": TOKEN_SECRET}
                write_settings(work, JitsiRooms, {"on": True, **jitsi})
                livekit = {"url": VIDEO, "page": VIDEO, "key": "APIbudkavle", "secret": TOKEN_SECRET}
                write_settings(work, LiveKitRooms, {"on": True, **livekit})
            yield Town(running.platform, running.url, anna, anna, chromium)


@pytest.fixture
def town(made: Town) -> Iterator[Town]:
    yield made
    for context in made.contexts:
        context.close()
    made.contexts.clear()


def come_to_the_lobby(town: Town, kind: str) -> tuple[Page, Page]:
    """Anna books; Maria identifies and waits. Nowhere on the way does the host's address stand."""
    anna = town.open("/plugin/meetings", staff=town.anna)
    meeting_id = book(anna, f"Möte i {kind}", kind=kind)
    town.begin(meeting_id, timedelta(minutes=4))
    link = town.links(meeting_id)[MARIA]
    maria = town.open(link)
    early = maria.request.post(f"{link}/enter", headers={"sec-fetch-site": "same-origin"}, max_redirects=0)
    assert early.status == 401, "nobody enters who has not identified"
    identify(maria, "Svensk e-legitimation", "1111")
    maria.get_by_role("button", name="Anslut till mötet").click()
    expect(maria.get_by_text("Du väntar i lobbyn")).to_be_visible()
    token = maria.locator('form.leave input[name="csrf"]').get_attribute("value") or ""
    too_soon = maria.request.post(
        f"{link}/enter", form={"csrf": token}, headers={"sec-fetch-site": "same-origin"}, max_redirects=0
    )
    assert (too_soon.status, too_soon.headers["location"]) == (303, link), "nobody enters whom the host has not let in"
    assert "jwt=" not in too_soon.text() + maria.content()
    anna.goto(f"/plugin/meetings/{meeting_id}")
    return anna, maria


def lead_to(page: Page, host_page: HostPage) -> None:
    """Let the browser find the host's name on this machine."""

    def answer(route: Route) -> None:
        url = route.request.url.replace(VIDEO, host_page.url)
        route.fulfill(response=route.fetch(url=url, headers=route.request.all_headers()))

    page.route(f"{VIDEO}/**", answer)


def let_in(anna: Page, maria: Page) -> None:
    anna.get_by_role("button", name="Släpp in Maria Öberg").click()
    maria.get_by_role("button", name="Gå in i mötet").click()


@pytest.mark.feature("V1", "V6")
@pytest.mark.parametrize("kind", ["Jitsi", "LiveKit"])
def test_a_meeting_at_a_host_that_reads_tokens(town: Town, host_page: HostPage, kind: str) -> None:
    """The token of each is their own and the host's page takes it; both come into the same room, one leads it."""
    host_page.guests.clear()
    anna, maria = come_to_the_lobby(town, kind)
    for page in (anna, maria):
        lead_to(page, host_page)
    assert host_page.guests == []
    let_in(anna, maria)
    expect(maria.get_by_role("heading", name="Välkommen Maria Öberg")).to_be_visible()
    anna.get_by_role("button", name="Anslut till mötet").click()
    expect(anna.get_by_role("heading", name="Välkommen Anna Lind")).to_be_visible()
    (room, *first), (same, *second) = host_page.guests
    assert (room, first, second) == (same, ["Maria Öberg", False], ["Anna Lind", True])
    assert host_page.referrers == [None] * len(host_page.referrers)
    host_page.referrers.clear()
    stranger = town.open("/help")
    lead_to(stranger, host_page)
    stranger.goto(maria.url[:-9])
    expect(stranger.get_by_role("heading", name="Ingen giltig token")).to_be_visible()


@pytest.mark.feature("V1", "V6")
def test_a_meeting_in_teams(town: Town, microsoft: FakeGraph) -> None:
    """Graph makes the meeting when the first is let in, with a lobby of its own; both get its address then."""
    anna, maria = come_to_the_lobby(town, "Teams")
    assert microsoft.meetings == {}

    def teams(route: Route) -> None:
        known = [one["joinWebUrl"] for one in microsoft.meetings.values()]
        words = "Teams öppnas" if route.request.url in known else "Mötet finns inte"
        route.fulfill(content_type="text/html; charset=utf-8", body=f"<html lang=sv><title>T</title><h1>{words}</h1>")

    for page in (anna, maria):
        page.route("https://teams.microsoft.com/**", teams)
    let_in(anna, maria)
    expect(maria.get_by_role("heading", name="Teams öppnas")).to_be_visible()
    anna.get_by_role("button", name="Anslut till mötet").click()
    expect(anna.get_by_role("heading", name="Teams öppnas")).to_be_visible()
    assert re.sub(r"#.*", "", anna.url) == re.sub(r"#.*", "", maria.url)
    (meeting,) = microsoft.meetings.values()
    assert meeting["lobbyBypassSettings"]["scope"] == "organizer"
    assert meeting["subject"] == "Möte"
