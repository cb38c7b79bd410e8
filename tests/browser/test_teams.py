"""The app in Teams, in a browser: our pages in the frame of another site, with cookies that are that frame's own.

The hosts have their real names and TLS; the browser finds them on this machine. Teams is a page that speaks the real
protocol of Teams' SDK, the tenant answers by HTTP, and the app is what its package says.
"""

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, FrameLocator, Page, ViewportSize, expect
from tests.plugins.meetings.providers.conftest import ACCOUNT, CLIENT, SECRET, TENANT, FakeGraph, running_graph

from budkavle import Address, FunctionMailbox, Loa, Platform, Role
from budkavle.accounts import write_settings
from budkavle.identification import NewIdentity, link_identity
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.databases import Databases
from budkavle.testing.running import free_ports, installed, working
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_meetings.providers.settings import TeamsRooms
from budkavle_microsoft_apps.simulated_https import make_certificate, tls_before
from budkavle_teams.admin_pages import package_of
from budkavle_teams.notices.section import ActivityNotices
from budkavle_teams.simulator.bot_service import BotService
from budkavle_teams.simulator.graph import ActivityGraph
from budkavle_teams.simulator.teams import Teams

OURS, TEAMS, EVIL = "budkavle.example", "teams.microsoft.com", "evil.example"
EVA = "eva@habo.example"
PASSWORD = "en lång mening om vintern"
MORE = """\
[plugins.meetings]
entra_url = "{meetings}"
graph_url = "{meetings}"

[plugins.teams]
graph_url = "{graph}"
bot_keys_url = "{keys}"

[[plugins.teams.tenants]]
tenant = "{tenant}"
client_id = "{client}"
organisations = ["habo-kommun"]
authority = "{authority}"
bot_id = "{bot}"
"""
BOT = "33333333-2222-4222-8222-222222222222"
SURE = '''\
"""A way of level 3, as an e-identification is; and mail, which goes nowhere."""

from budkavle import Loa, ProviderTraits, hookimpl
from budkavle.notices import NoticeKind
from budkavle.testing.fakes import FakeIdentityProvider, FakeNotifier


class Mail(FakeNotifier):
    def check(self, notice):
        pass


@hookimpl
def budkavle_notifiers(host):
    return [Mail("mail", NoticeKind.MAIL)]


@hookimpl
def budkavle_identity_providers(host):
    guests = ProviderTraits(Loa.ONE, audiences=frozenset({"guest"}))
    return [
        FakeIdentityProvider(name="sure", label="E-legitimation", traits=ProviderTraits(Loa.THREE)),
        FakeIdentityProvider(name="letter", label="Kod i brev", traits=guests),
    ]
'''
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=320, height=640)
Look = Callable[[Page], None]
Inside = Callable[["TeamsTab"], None]
AXE = (
    "rules => axe.run({runOnly: rules, resultTypes: ['violations'], elementRef: false}).then(found => found.violations)"
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MASKED = "Tillitsnivå 3: legitimera dig för att läsa"
EXPECTED = ("res.cdn.office.net", "status of 4", "Failed to fetch")
"""What is no fault of the page: Teams' SDK asks for a newer list of hosts, which our policy does not let it, and goes
by its own; an answer such as 422; and what a page was fetching when it was left."""


@dataclass
class TeamsInstallation:
    """The app of an organisation's installation behind TLS, and Teams beside it; Anna has an account there."""

    organisation: SampleOrganisation
    entra: Entra
    teams: Teams
    anna: SampleUser
    bo: SampleUser
    mailbox: FunctionMailbox
    ports: dict[str, int]
    url: str
    graph: ActivityGraph
    bots: BotService

    @property
    def platform(self) -> Platform:
        """The installation."""
        return self.organisation.platform

    def write(self, subject: str, to: Address, loa: Loa = Loa.ONE) -> None:
        """Let Bo write a secure message."""
        values = {"recipients": (to,), "body": f"Hej! Det gäller {subject}.", "loa": loa}
        message = self.organisation.send(self.bo.at(Loa.THREE), subject, mailbox_id=self.bo.personal_id, **values)
        for _ in range(1_200):
            (delivery,) = self.organisation.deliveries(message)
            if delivery.state == "WAITING_FOR_RECEIPT":
                return
            threading.Event().wait(0.05)
        pytest.fail("the message has not come")

    def to_anna(self) -> Address:
        """Anna's own inbox."""
        return Address("secure", self.anna.email)

    def to_mailbox(self) -> Address:
        """The function's."""
        return Address("local", str(self.mailbox.id), organisation_value=str(self.organisation.id))

    def unlink(self) -> None:
        """Forget what has been linked, and every session."""
        for table in ("identities", "sessions"):
            self.organisation.rows(f"DELETE FROM {table}")

    def link(self) -> None:
        """Link Anna's account in Teams, as she did some other day."""
        subject = f"{self.entra.tenant}.{self.entra.people[self.anna.email]}"
        identity = NewIdentity("teams", subject, "Microsoft Teams")
        in_work(self.platform, self.anna.at(Loa.TWO), link_identity, identity)

    def link_sure(self, user: SampleUser) -> None:
        """Link somebody to Anna's e-identification."""
        in_work(self.platform, user.at(Loa.THREE), link_identity, NewIdentity("sure", "anna", "E-legitimation"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for all the hosts, and its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"), (OURS, TEAMS, EVIL))


@pytest.fixture(scope="module")
def installation(
    budkavle_databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    certificate: tuple[Path, Path],
) -> Iterator[TeamsInstallation]:
    """Start everything."""
    folder = tmp_path_factory.mktemp("teams")
    plugins = folder / "plugins"
    info = plugins / "budkavle_sure-1.dist-info"
    info.mkdir(parents=True)
    (plugins / "budkavle_sure.py").write_text(SURE, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: budkavle-sure\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text("[budkavle]\nsure = budkavle_sure\n", "utf-8")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(plugins))
        entra = stack.enter_context(Entra().serving())
        graph = stack.enter_context(ActivityGraph(entra, {}).serving())
        bots = stack.enter_context(BotService(BOT, entra.tenant).serving())
        meetings = stack.enter_context(running_graph(FakeGraph()))
        names = {"tenant": entra.tenant, "client": entra.client_id, "authority": entra.url, "bot": BOT}
        more = MORE.format(**names, graph=graph.url, keys=bots.keys_url, meetings=meetings.url)
        enabled = ["teams", "sure", "meetings"]
        made = stack.enter_context(
            installed(budkavle_databases, folder, enabled, more, base_url=f"https://{OURS}", pythonpath=[plugins])
        )
        file, inner = folder / "budkavle.toml", ("127.0.0.0/8",)
        file.write_text(f'private_addresses = ["{inner[0]}"]\n' + file.read_text("utf-8"), "utf-8")
        platform = made.platform
        platform.settings = replace(platform.settings, private_addresses=inner)
        organisation = SampleOrganisation.create(platform, "Habo kommun", password=PASSWORD)
        anna, bo = (
            organisation.add_user(name, email=f"{name.split()[0].lower()}@habo.example")
            for name in ("Anna Ek", "Bo Al")
        )
        eva = organisation.add_user("Eva Åberg", Role.ADMIN, email=EVA)
        with platform.work(eva) as work:
            write_settings(work, ActivityNotices, {"on": True, "client_secret": entra.client_secret})
            rooms = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET, "account": ACCOUNT}
            write_settings(work, TeamsRooms, {"on": True, **rooms})
        mailbox = organisation.add_mailbox("Registrator", anna)
        entra.people = {anna.email: str(uuid4()), "stranger@habo.example": str(uuid4())}
        host = platform.plugins.host("teams")
        teams = Teams(entra, package_of(host, host.settings.tenants[0]), anna.email, {})
        graph.manifest, graph.installed = teams.manifest(), set(entra.people.values())
        port = int(made.url.rpartition(":")[2])
        stack.enter_context(made.serving())
        stack.enter_context(working(platform))
        ports = {
            OURS: stack.enter_context(tls_before(port, certificate, free_ports())),
            TEAMS: stack.enter_context(teams.serving(*certificate)),
        }
        ports[EVIL] = ports[TEAMS]
        people = (anna, bo, mailbox)
        yield TeamsInstallation(organisation, entra, teams, *people, ports, made.url, graph, bots)


@pytest.fixture(scope="module")
def switches(installation: TeamsInstallation) -> tuple[str, ...]:
    """Let the browser find the hosts tab, and nothing else anywhere; cookies of other sites only partitioned."""
    rules = ",".join(
        [*(f"MAP {host} 127.0.0.1:{port}" for host, port in installation.ports.items()), "MAP * ~NOTFOUND"]
    )
    return (f"--host-resolver-rules={rules}", "--no-proxy-server", "--test-third-party-cookie-phaseout")


@dataclass
class TeamsTab:
    """A tab of a browser, with Teams open in it."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def app(self) -> FrameLocator:
        """What stands in the frame."""
        return self.page.frame_locator("#app")

    @property
    def frame(self) -> Frame:
        """The frame itself."""
        return next(one for one in self.page.frames if one.parent_frame)

    def open(self, page: str = "", theme: str = "default") -> None:
        """Open the app in Teams, perhaps by a link to one of its pages."""
        self.page.goto(f"https://{TEAMS}/?{urlencode({'page': page, 'theme': theme} if page else {'theme': theme})}")

    def window(self) -> Page:
        """Press the button that opens the window, and return it."""
        with self.context.expect_page() as opened:
            self.app.get_by_role("button", name="Öppna fönstret").click()
        return opened.value

    def refused(self) -> str:
        """What the browser has said of what it would not show or do, which is no fault of ours; waits for it."""
        for _ in range(100):
            if self.complaints:
                break
            self.page.wait_for_timeout(50)
        said, self.complaints[:] = " ".join(self.complaints), []
        return said

    def cookies(self) -> dict[str, Any]:
        """What the browser keeps for us, by name."""
        found: dict[str, Any] = {
            one["name"]: one
            for one in self.context.cookies()
            if one.get("domain") == OURS  # type: ignore[misc]
        }
        return found


@pytest.fixture
def open_tab(installation: TeamsInstallation, chromium: Browser) -> Iterator[Callable[..., TeamsTab]]:
    """Open browsers of their own; in the end none has complained."""
    opened: list[TeamsTab] = []

    def open_one(width: int = 1280, height: int = 800) -> TeamsTab:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale="sv-SE",
            ignore_https_errors=True,
            reduced_motion="reduce",
        )
        made = TeamsTab(context, context.new_page())

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error" and not any(said in message.text for said in EXPECTED):
                made.complaints.append(message.text)

        context.on("console", on_console)
        context.on("weberror", lambda error: made.complaints.append(str(error.error)))
        opened.append(made)
        return made

    installation.unlink()
    installation.teams.person = installation.anna.email
    yield open_one
    complaints = [said for one in opened for said in one.complaints]  # closing cuts off what a page is fetching
    for one in opened:
        one.context.close()
    # The browser's own: a field of a frame of another site takes no focus by itself.
    assert [one for one in complaints if not one.startswith("Blocked autofocusing")] == []


def sign_in(page: Page, way: str = "Lösenord", email: str = "anna@habo.example") -> None:
    """Sign in in a window, by one of the ways there."""
    page.get_by_role("button", name=re.compile(way, re.IGNORECASE)).click()
    if way == "Lösenord":
        page.get_by_label("E-post").fill(email)
        page.get_by_label("Lösenord").fill(PASSWORD)
        page.get_by_role("button", name="Logga in").click()
    else:
        page.get_by_label("Kod").fill("1234")
        page.get_by_role("button", name="Fortsätt").click()


def link_by_window(tab: TeamsTab, look: Look, inside: Inside) -> None:
    """The first time: by the window, and then the link."""
    expect(tab.app.get_by_text("inte kopplat till något konto")).to_be_visible()
    inside(tab)
    window = tab.window()
    sign_in(window)
    expect(window.get_by_text("Anna Ek, Habo kommun")).to_be_visible()
    look_at(window, look)
    with window.expect_event("close"):
        window.get_by_role("button", name="Fortsätt i Teams").click()
    expect(tab.app.get_by_role("heading", name="Koppla ditt konto i Teams")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("button", name="Koppla kontot").click()


def look_at(page: Page, look: Look) -> None:
    """Look at a page that is no frame; what it has complained of is told in the end."""
    page.complaints = []  # type: ignore[attr-defined]
    size = page.viewport_size
    look(page)
    if pictures := os.environ.get("TEAMS_PICTURES"):
        for one in (WIDE, NARROW):
            page.set_viewport_size(one)
            name = re.sub(r"[^a-z]+", "-", page.url.split("?")[0].partition(OURS)[2])
            page.screenshot(path=f"{pictures}/top{name}{one['width']}.png", full_page=True)
    if size:
        page.set_viewport_size(size)


@pytest.fixture
def inside(axe: str) -> Inside:
    """Look at what stands in the frame: nothing is to the side, and the rules hold there too."""

    def look_inside(tab: TeamsTab) -> None:
        for size in (WIDE, NARROW):
            tab.page.set_viewport_size(size)
            expect(tab.app.locator("main")).to_be_visible()
            frame = tab.frame
            wide, room = frame.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert wide <= room, f"{frame.url} is {wide} wide in {room}"
            if not frame.evaluate("'axe' in window"):
                frame.evaluate(axe)
            found = frame.evaluate(AXE, RULES)
            told = [f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']]}" for one in found]
            assert not told, f"{frame.url} at {size['width']}: " + "\n".join(told)
            if pictures := os.environ.get("TEAMS_PICTURES"):
                name = re.sub(r"[^a-z]+", "-", frame.url.split("?")[0].partition(OURS)[2]) + str(size["width"])
                tab.page.screenshot(path=f"{pictures}/{name}.png")
        tab.page.set_viewport_size(WIDE)

    return look_inside


@pytest.mark.feature("M3", "C1", "C2", "R6")
def test_the_same_inbox_in_teams_and_in_the_web(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], look: Look, inside: Inside
) -> None:
    """Opened, linked once, read, taken, answered, archived; the web shows the same, and next time nobody is asked."""
    installation.write("Bygglov på Storgatan", installation.to_mailbox())
    installation.write("Semesterlista", installation.to_anna())
    tab = open_tab()
    tab.open()
    link_by_window(tab, look, inside)
    app = tab.app
    app.get_by_role("link", name="Registrator").click()
    app.get_by_role("link", name="Bygglov på Storgatan").first.click()
    expect(app.get_by_text("Det gäller Bygglov på Storgatan")).to_be_visible()
    app.get_by_role("button", name="Ta ärendet").first.click()
    expect(app.get_by_text("Du har tagit ärendet").or_(app.get_by_text("Taget av dig")).first).to_be_visible()
    inside(tab)
    app.get_by_role("link", name="Svara", exact=True).click()
    app.get_by_label("Meddelande", exact=True).fill("Beviljat.")
    app.get_by_role("button", name="Skicka", exact=True).click()
    expect(app.locator(".read .body").last).to_have_text("Beviljat.")
    app.get_by_role("link", name="Min inkorg").click()
    app.get_by_role("link", name="Semesterlista").first.click()
    app.get_by_role("button", name="Arkivera").click()
    expect(app.locator("#casebar")).to_contain_text("Meddelandet är arkiverat.")
    inside(tab)

    web = open_tab().page
    web.goto(f"https://{OURS}/")
    sign_in(web)
    web.get_by_role("link", name="Min inkorg").click()
    expect(web.get_by_role("link", name="Semesterlista")).to_have_count(0)
    web.get_by_role("link", name="Arkiv").first.click()
    expect(web.get_by_role("link", name="Semesterlista").first).to_be_visible()
    web.get_by_role("link", name="Registrator").click()
    web.get_by_role("link", name="Bygglov på Storgatan").first.click()
    expect(web.locator(".read .body").last).to_have_text("Beviljat.")
    expect(web.get_by_role("button", name="Ta ärendet")).to_have_count(0)


@pytest.mark.feature("M3", "C1", "C2")
def test_who_is_linked_comes_straight_in_and_only_there(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab]
) -> None:
    """Nothing is asked; what the browser keeps is kept for that frame, and the same browser is nobody outside of it."""
    installation.link()
    tab = open_tab()
    tab.open()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    kept = tab.cookies()
    ours = {f"__Host-teams-{name}" for name in ("browser", "budkavle", "known", "language", "proof", "way")}
    assert {re.sub("-proof-.*", "-proof", name) for name in kept} == {"__Host-frame", "__Host-theme", *ours}
    for one in kept.values():
        read_by_script = one["name"] == "__Host-theme"
        assert (one["sameSite"], one["secure"], one["httpOnly"]) == ("None", True, not read_by_script), one["name"]
        assert one["partitionKey"] == "https://microsoft.com", one["name"]
    outside = tab.context.new_page()
    outside.goto(f"https://{OURS}/")
    expect(outside.get_by_role("heading", name="Logga in")).to_be_visible()
    sign_in(outside)
    expect(outside.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    outside.get_by_role("button", name="Meny för Anna Ek").click()
    outside.get_by_role("button", name="Logga ut").click()
    expect(outside.get_by_role("heading", name="Logga in")).to_be_visible()
    tab.app.get_by_role("link", name="Min inkorg").click()
    expect(tab.app.get_by_role("heading", name="Min inkorg")).to_be_visible()


@pytest.mark.feature("M3", "C2")
def test_who_signs_out_in_teams_is_not_signed_in_again_at_once(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """The page waits for a button; the other way in is there too."""
    installation.link()
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("button", name="Meny för Anna Ek").click()
    tab.app.get_by_role("button", name="Logga ut").click()
    expect(tab.app.get_by_role("button", name="Logga in med ditt konto i Teams")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("button", name="Logga in med ditt konto i Teams").click()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()


@pytest.mark.feature("M3", "C2", "Y10")
def test_a_message_of_level_3_asks_for_more_in_a_window_and_is_opened(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """The window asks for a surer way, and the frame comes back to the message that waited."""
    installation.link()
    installation.link_sure(installation.anna)
    installation.write("Utredning", installation.to_anna(), Loa.THREE)
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("link", name="Min inkorg").click()
    tab.app.get_by_role("link", name=MASKED).first.click()
    expect(tab.app.get_by_text("kräver tillitsnivå 3")).to_be_visible()
    inside(tab)
    window = tab.window()
    sign_in(window, "E-legitimation")
    with window.expect_event("close"):
        window.get_by_role("button", name="Fortsätt i Teams").click()
    expect(tab.app.get_by_text("Det gäller Utredning")).to_be_visible()


@pytest.mark.feature("M3", "C2")
def test_another_person_in_the_window_does_not_take_the_frame_over(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab]
) -> None:
    """Bo's identification in the window leaves Anna's frame as it was."""
    installation.link()
    installation.write("Känsligt", installation.to_anna(), Loa.THREE)
    installation.link_sure(installation.bo)
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("link", name="Min inkorg").click()
    tab.app.get_by_role("link", name=MASKED).first.click()
    window = tab.window()
    sign_in(window, "E-legitimation")
    expect(window.get_by_text("Bo Al, Habo kommun")).to_be_visible()
    with window.expect_event("close"):
        window.get_by_role("button", name="Fortsätt i Teams").click()
    expect(tab.app.get_by_text("gäller någon annan än den som är inloggad")).to_be_visible()
    tab.open()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()


def strange(installation: TeamsInstallation, host: str, path: str, content: str) -> str:
    """Put a page on a stranger's site, or beside the app in Teams; gives its address."""
    installation.teams.pages[host, path] = (
        f'<!DOCTYPE html><html lang="sv"><title>x</title><body>{content}</body></html>'
    )
    return f"https://{host}{path}"


def framed(url: str) -> str:
    return f'<iframe id="app" title="x" src="{url}" style="width:90vw;height:90vh"></iframe>'


@pytest.mark.feature("M3")
@pytest.mark.parametrize(
    ("path", "host"),
    [("/plugin/teams/teams/open", EVIL), ("/", EVIL), ("/", TEAMS), ("/sign-in", TEAMS)],
)
def test_nobody_else_frames_us_and_teams_only_by_its_own_door(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], path: str, host: str
) -> None:
    """Another site frames nothing of ours, and Teams no page that has not been opened as the app."""
    tab = open_tab()
    tab.page.goto(strange(installation, host, "/plain", framed(f"https://{OURS}{path}")))
    tab.page.wait_for_function("() => document.getElementById('app').contentDocument === null")
    assert "frame-ancestors" in tab.refused()
    assert not tab.frame.url.startswith("https://")


@pytest.mark.feature("M3")
def test_a_stranger_between_teams_and_us_frames_nothing(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab]
) -> None:
    """Every page above ours counts, also where the topmost is Teams and Anna has a session there."""
    installation.link()
    tab = open_tab()
    tab.open()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    between = strange(installation, EVIL, "/between", framed(f"https://{OURS}/"))
    tab.page.goto(strange(installation, TEAMS, "/outer", framed(between)))
    assert "frame-ancestors" in tab.refused()


FORGED = """\
([url, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: url, target: "hidden" });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  const frame = Object.assign(document.createElement("iframe"), { name: "hidden" });
  document.body.append(frame, form);
  form.submit();
}"""


@pytest.mark.feature("M3")
def test_a_stranger_beside_us_in_teams_changes_nothing(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab]
) -> None:
    """Another app in Teams shares the frame's cookies, and even with the form's token its forms are refused."""
    installation.link()
    installation.write("Orörd", installation.to_anna())
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("link", name="Min inkorg").click()
    tab.app.get_by_role("link", name="Orörd").first.click()
    expect(tab.app.get_by_role("button", name="Arkivera")).to_be_visible()
    action = tab.app.locator("form", has=tab.page.get_by_role("button", name="Arkivera")).get_attribute("action")
    token = tab.app.locator("input[name=csrf]").first.get_attribute("value")
    beside = strange(installation, EVIL, "/beside", "Hej")
    tab.page.goto(strange(installation, TEAMS, "/two", framed(beside)))
    stranger = next(one for one in tab.page.frames if one.url == beside)
    for path, fields in (
        (action, {"csrf": token}),
        ("/sign-out", {"csrf": token}),
        (
            "/sign-in/begin",
            {"way": "teams", "token": installation.entra.token(installation.entra.people[installation.anna.email])},
        ),
        (
            "/plugin/teams/teams/enter",
            {"token": installation.entra.token(installation.entra.people[installation.anna.email])},
        ),
        ("/plugin/teams/teams/arrive", {"code": "x", "word": "x"}),
        ("/account/methods", {"csrf": token, "way": "teams", "token": "x"}),
    ):
        with tab.page.expect_response(re.compile(re.escape(path or ""))) as answered:
            stranger.evaluate(FORGED, [f"https://{OURS}{path}", fields])
        sent = answered.value.request.all_headers()
        assert "__Host-teams-budkavle=" in sent["cookie"], "the browser did send the session along"
        assert sent["sec-fetch-site"] == "cross-site"
        assert answered.value.status == 403, path
        tab.refused()
    tab.open()
    tab.app.get_by_role("link", name="Min inkorg").click()
    expect(tab.app.get_by_role("link", name="Orörd").first).to_be_visible()


@pytest.mark.feature("M3", "C2")
def test_a_window_that_no_frame_has_opened_gives_nobody_a_code(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], look: Look
) -> None:
    """Whoever is sent its address confirms nothing unseen, and the code stays in their own browser."""
    tab = open_tab()
    tab.page.goto(f"https://{OURS}/plugin/teams/teams/start?challenge=stranger&loa=1")
    sign_in(tab.page)
    tab.page.get_by_role("button", name="Fortsätt i Teams").click()
    expect(tab.page.get_by_role("alert").filter(has_text="tappat kontakten med Teams")).to_be_visible()
    look_at(tab.page, look)


@pytest.mark.feature("C1")
def test_an_administrator_downloads_the_package(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], look: Look
) -> None:
    """From Min organisation to a page that says what to write where, and the file that is what the command writes."""
    page = open_tab().page
    page.goto(f"https://{OURS}/organisation/settings")
    sign_in(page, email=EVA)
    page.get_by_role("link", name="Paketet och hur det installeras").click()
    expect(page.get_by_text(installation.entra.client_id).first).to_be_visible()
    look_at(page, look)
    with page.expect_download() as download:
        page.get_by_role("link", name="Hämta paketet").click()
    assert download.value.suggested_filename == "budkavle-teams.zip"
    assert download.value.path().read_bytes() == installation.teams.package
    expect(page.get_by_text(f"https://{OURS}/plugin/teams/teams/messages")).to_be_visible()
    page.goto(f"https://{OURS}/plugin/teams/about")
    look_at(page, look)
    page.goto(f"https://{OURS}/plugin/teams/teams/tab")
    expect(page.get_by_text("Den här sidan hör till appen i Teams.")).to_be_visible()
    look_at(page, look)


def told(installation: TeamsInstallation, name: str) -> dict[str, Any]:
    """What stands last under Aktivitet in somebody's Teams; waits for it."""
    feed = installation.graph.feed
    for _ in range(1_200):
        if lines := feed.get(installation.entra.people[name]):
            return lines[-1]
        threading.Event().wait(0.05)
    return pytest.fail(f"nothing was told: {installation.organisation.rows('SELECT fault FROM teams_people')}")


def page_of(url: str) -> str:
    """Return the page that a deep link asks Teams for."""
    page: str = json.loads(parse_qs(urlsplit(url).query)["context"][0])["subEntityId"]
    return page


@pytest.mark.feature("C1", "M3")
def test_a_notice_under_aktivitet_opens_the_case(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """Anna lets Teams tell her and chooses her mailbox; what comes is told by its name, and the link opens the case."""
    installation.link()
    installation.graph.feed.clear()
    tab = open_tab()
    tab.open("notices")
    expect(tab.app.get_by_role("heading", name="Aviseringar i Teams")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("button", name="Låt Teams avisera mig").click()
    expect(tab.app.get_by_text("Teams kan nu avisera dig.")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("link", name="Välj brevlådor").click()
    tab.app.get_by_label("Registrator: Teams").select_option("Genast")
    inside(tab)
    tab.app.get_by_role("button", name="Spara").click()
    expect(tab.app.get_by_text("Ändringarna är sparade.")).to_be_visible()
    installation.write("Hemlig orosanmälan", installation.to_mailbox())
    activity = told(installation, installation.anna.email)
    assert activity["topic"]["value"] == "Nytt meddelande i Registrator"
    assert "orosanmälan" not in json.dumps(activity, ensure_ascii=False)
    page = page_of(activity["topic"]["webUrl"])
    tab.open(page)
    expect(tab.app.get_by_text("Det gäller Hemlig orosanmälan")).to_be_visible()

    installation.unlink()
    fresh = open_tab()
    fresh.open(page)
    sign_in(fresh.window())
    fresh.context.pages[-1].get_by_role("button", name="Fortsätt i Teams").click()
    fresh.app.get_by_role("button", name="Koppla kontot").click()
    expect(fresh.app.get_by_text("Det gäller Hemlig orosanmälan")).to_be_visible()

    stranger = open_tab()
    installation.unlink()
    stranger.open(page)
    sign_in(stranger.window(), email=installation.bo.email)
    stranger.context.pages[-1].get_by_role("button", name="Fortsätt i Teams").click()
    stranger.app.get_by_role("link", name="Inte nu").click()
    expect(stranger.app.get_by_role("heading", name="Sidan finns inte")).to_be_visible()
    stranger.refused()


@pytest.mark.feature("C1", "E30", "M3")
@pytest.mark.parametrize("theme", ["dark", "contrast"])
def test_the_pages_have_the_look_of_teams(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside, theme: str
) -> None:
    """From the first page on, at once when it changes, and on the next page before any script has run."""
    installation.link()
    installation.write("Bygglov i mörkret", installation.to_mailbox())
    tab = open_tab()
    tab.open(theme=theme)
    look = tab.app.locator(f'html[data-color-scheme="{theme}"]')
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    expect(look).to_have_count(1)
    expect(tab.app.get_by_role("link", name="Bygglov i mörkret").first).to_be_visible()
    inside(tab)
    tab.app.get_by_role("link", name="Bygglov i mörkret").first.click()
    expect(tab.app.get_by_text("Det gäller Bygglov i mörkret")).to_be_visible()
    inside(tab)
    with tab.page.expect_response(re.compile(r"/compose")) as answered:
        tab.app.get_by_role("link", name="Nytt meddelande").first.click()
    assert f'data-color-scheme="{theme}"' in answered.value.text()
    expect(tab.app.get_by_role("heading", name="Nytt meddelande")).to_be_visible()
    inside(tab)
    tab.page.evaluate("wear('default')")
    expect(look).to_have_count(0)
    tab.page.evaluate(f"wear('{theme}')")
    expect(look).to_have_count(1)


@pytest.mark.feature("C1", "M3")
def test_a_cases_link_is_shared_in_teams(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """From the case's menu; Teams gets an id and no word of the case."""
    installation.link()
    installation.write("Länkat ärende", installation.to_mailbox())
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("link", name="Registrator").click()
    tab.app.get_by_role("link", name="Länkat ärende").first.click()
    tab.app.get_by_role("button", name="Mer").first.click()
    tab.app.get_by_role("link", name="Länk för Teams").click()
    expect(tab.app.get_by_role("heading", name="Länk till ärendet")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("button", name="Dela i Teams").click()
    tab.page.wait_for_function("asked.length > 0")
    (shared,) = tab.page.evaluate("asked")
    page, label, web_url = shared["share"]
    assert (label, web_url.startswith(f"https://{OURS}/c/")) == ("Ärende", True)
    assert page == page_of(tab.app.get_by_label("Länk för Teams").input_value())
    tab.open(page)
    expect(tab.app.get_by_text("Det gäller Länkat ärende")).to_be_visible()


@pytest.mark.feature("C1", "M3")
def test_the_text_of_a_chat_becomes_a_draft(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], axe: str
) -> None:
    """Chosen in the menu of a message, by the service for bots; shown in a dialog, and put into a draft there."""
    installation.link()
    person = installation.entra.people[installation.anna.email]
    call = installation.bots.chosen(person, "<p>Hon bor kvar på <b>Storgatan 4</b>.</p>")
    answer = installation.bots.post(f"{installation.url}/plugin/teams/teams/messages", call)
    tab = open_tab(width=450, height=700)
    tab.open()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    tab.page.evaluate("url => openDialog(url)", answer.json()["task"]["value"]["url"])
    dialog = tab.page.frame_locator("#dialog iframe")
    expect(dialog.get_by_text("Hon bor kvar på Storgatan 4.")).to_be_visible()
    frame = tab.page.frames[-1]
    for width in (450, 352):  # the stand-in's margins leave 418 and 320
        tab.page.set_viewport_size({"width": width, "height": 700})
        wide, room = frame.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room
        frame.evaluate(axe)
        assert [one["id"] for one in frame.evaluate(AXE, RULES)] == []
        if pictures := os.environ.get("TEAMS_PICTURES"):
            tab.page.screenshot(path=f"{pictures}/share-{width}.png")
    dialog.get_by_role("button", name="Gör ett utkast").click()
    expect(dialog.get_by_label("Meddelande", exact=True)).to_have_value(re.compile("Storgatan 4"))
    assert installation.organisation.rows("SELECT 1 FROM teams_shared_texts") == []
    tab.page.evaluate("url => openDialog(url)", f"https://{OURS}/plugin/teams/teams/share")
    dialogs = tab.page.locator("#dialog")
    last = tab.page.frame_locator("#dialog iframe").last
    expect(last.get_by_text("Ingen text kom med.")).to_be_visible()
    last.get_by_role("button", name="Stäng").click()
    expect(dialogs).to_have_count(1)


@pytest.mark.feature("C1", "V1")
def test_a_meeting_is_booked_and_joined_from_the_tab(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """As a meeting in Teams, which Teams itself opens, or in the room of the installation."""
    installation.link()
    tab = open_tab()
    tab.open()
    for kind in ("Teams", "Eget mötesrum"):
        tab.app.get_by_role("link", name="Möten").first.click()
        expect(tab.app.get_by_role("heading", name="Möten", level=1)).to_be_visible()
        tab.app.get_by_role("link", name="Nytt möte").first.click()
        tab.app.get_by_role("radio", name=kind).check()
        inside(tab)
        tab.app.get_by_label("Mottagare").fill(installation.bo.email)
        tab.app.get_by_label("Ämne").fill(f"Möte i {kind}")
        now = datetime.now(ZoneInfo("Europe/Stockholm")) + timedelta(minutes=3)
        tab.app.get_by_label("Dag", exact=True).fill(now.date().isoformat())
        tab.app.get_by_label("Börjar").fill(now.strftime("%H:%M"))
        end = min(now + timedelta(minutes=30), now.replace(hour=23, minute=59))  # of the same day
        tab.app.get_by_label("Slutar").fill(end.strftime("%H:%M"))
        tab.app.get_by_role("button", name="Nästa").click()
        tab.app.get_by_label("Kod i brev").check()
        inside(tab)
        tab.app.get_by_role("button", name="Boka och bjud in").click()
        expect(tab.app.get_by_role("status").first).to_contain_text("Mötet är bokat")
        tab.app.get_by_role("button", name="Anslut till mötet").click()
        if kind == "Teams":
            expect(tab.app.get_by_role("heading", name="Till mötet")).to_be_visible()
            inside(tab)
            tab.app.get_by_role("link", name="Öppna mötet").click()
            tab.page.wait_for_function("asked.length > 0")
            assert tab.page.evaluate("asked")[-1]["open"].startswith("https://teams.microsoft.com/l/meetup-join/")
            tab.app.get_by_role("link", name="Till inkorgen").or_(
                tab.app.get_by_role("link", name="Budkavle")
            ).first.click()
        else:
            expect(tab.app.get_by_role("button", name="Lämna")).to_be_visible()


@pytest.mark.feature("C1", "M3")
def test_the_pages_in_teams_in_english(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], inside: Inside
) -> None:
    """Notices, the choice of mailboxes, a case's link and the dialog, for somebody who reads English."""
    installation.link()
    installation.organisation.rows("UPDATE users SET language = 'en' WHERE id = :id", id=installation.anna.id)
    installation.write("In English", installation.to_mailbox())
    tab = open_tab()
    tab.open("notices")
    expect(tab.app.get_by_role("heading", name="Notifications in Teams")).to_be_visible()
    inside(tab)
    tab.app.get_by_role("link", name="Notifications", exact=True).click()
    expect(tab.app.get_by_role("heading", name="Notifications", exact=True)).to_be_visible()
    inside(tab)
    (row,) = installation.organisation.rows("SELECT id FROM cases ORDER BY opened_at DESC LIMIT 1")
    tab.open(f"case-{row.id.hex}")
    tab.app.get_by_role("button", name="More").first.click()
    tab.app.get_by_role("link", name="Link for Teams").click()
    expect(tab.app.get_by_role("heading", name="Link to the case")).to_be_visible()
    inside(tab)
    person = installation.entra.people[installation.anna.email]
    answer = installation.bots.post(
        f"{installation.url}/plugin/teams/teams/messages", installation.bots.chosen(person, "Hi")
    )
    path = answer.json()["task"]["value"]["url"].removeprefix(f"https://{OURS}")
    tab.frame.evaluate("path => location.assign(path)", path)
    expect(tab.app.get_by_role("heading", name="Send securely")).to_be_visible()
    inside(tab)
    installation.organisation.rows("UPDATE users SET language = 'sv' WHERE id = :id", id=installation.anna.id)
