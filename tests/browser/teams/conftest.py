"""An installation behind TLS, and a simulated Teams."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, expect
from tests.browser.framed import opening_tabs
from tests.browser.teams.teams_tab import (
    EVA,
    EVIL,
    NARROW,
    OURS,
    PASSWORD,
    TEAMS,
    WIDE,
    TeamsInstallation,
    TeamsTab,
)
from tests.plugins.meetings.providers.conftest import ACCOUNT, CLIENT, SECRET, TENANT, FakeGraph, running_graph
from tests.written_plugins import write_plugin

from budkavle import Role
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
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

Inside = Callable[["TeamsTab"], None]
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


EXPECTED = ("res.cdn.office.net", "status of 4", "Failed to fetch", "Blocked autofocusing")
"""Not a fault of the page: Teams' SDK requests a newer list of hosts, which our policy blocks, and uses its own;
a response such as 422; a request aborted by leaving a page; and that a field in another site's frame gets no focus by
itself."""


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
    """The installation behind TLS, and the simulated Teams."""
    folder = tmp_path_factory.mktemp("teams")
    plugins = folder / "plugins"
    write_plugin(plugins, "sure", SURE)
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
    """Let the browser resolve only the hosts of the test; third-party cookies only if partitioned."""
    rules = ",".join(
        [*(f"MAP {host} 127.0.0.1:{port}" for host, port in installation.ports.items()), "MAP * ~NOTFOUND"]
    )
    return (f"--host-resolver-rules={rules}", "--no-proxy-server", "--test-third-party-cookie-phaseout")


@pytest.fixture
def open_tab(installation: TeamsInstallation, chromium: Browser) -> Iterator[Callable[..., TeamsTab]]:
    """Open new browsers; at the end, none has reported an error."""
    installation.unlink()
    installation.teams.person = installation.anna.email
    with opening_tabs(chromium, TeamsTab, EXPECTED) as open_one:
        yield open_one


@pytest.fixture
def inside(axe: str) -> Inside:
    """Check the content of the frame, wide and narrow: nothing overflows sideways, and axe finds nothing."""

    def look_inside(tab: TeamsTab) -> None:
        for size in (NARROW, WIDE):
            tab.page.set_viewport_size(size)
            expect(tab.app.locator("main")).to_be_visible()
            tab.check_frame(axe)
            if pictures := os.environ.get("TEAMS_PICTURES"):
                name = re.sub(r"[^a-z]+", "-", tab.frame.url.split("?")[0].partition(OURS)[2]) + str(size["width"])
                tab.page.screenshot(path=f"{pictures}/{name}.png")

    return look_inside
