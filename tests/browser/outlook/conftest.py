"""An installation behind TLS, for the pane in Outlook."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser
from tests.browser.framed import opening_tabs
from tests.browser.outlook.outlook_tab import OURS, PASSWORD, OutlookInstallation, OutlookTab
from tests.written_plugins import write_plugin

from budkavle import Role
from budkavle.testing import SampleOrganisation
from budkavle.testing.databases import Databases
from budkavle.testing.running import free_ports, installed, working
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_microsoft_apps.simulated_https import make_certificate, tls_before

Open = Callable[..., OutlookTab]
Inside = Callable[[OutlookTab], None]
MORE = """\
[plugins.email_link]
host = "outbox"

[[plugins.outlook.apps]]
tenant = "{tenant}"
client_id = "{client}"
organisations = ["habo-kommun"]
authority = "{authority}"
decrypt = true
"""


SURE = '''\
"""A way of level 3, as an e-identification is."""

from budkavle import Loa, ProviderTraits, hookimpl
from budkavle.testing.fakes import FakeIdentityProvider


@hookimpl
def budkavle_identity_providers(host):
    return [FakeIdentityProvider(name="sure", label="E-legitimation", traits=ProviderTraits(Loa.THREE))]
'''


WIDTHS = (450, 320)
EXPECTED = ("status of 4", "Failed to fetch", "the answer is lost")
"""What is not a fault of the page: a response such as 422, a request aborted by leaving it, and a test's own error."""


@pytest.fixture(scope="module")
def installation(
    budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OutlookInstallation]:
    """The installation behind TLS."""
    folder = tmp_path_factory.mktemp("outlook")
    plugins = folder / "plugins"
    write_plugin(plugins, "sure", SURE)
    certificate = make_certificate(tmp_path_factory.mktemp("tls"), (OURS,))
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(plugins))
        entra = stack.enter_context(Entra().serving())
        more = MORE.format(tenant=entra.tenant, client=entra.client_id, authority=entra.url)
        enabled = ["outlook", "email_link", "adviser", "sure"]
        made = stack.enter_context(
            installed(budkavle_databases, folder, enabled, more, base_url=f"https://{OURS}", pythonpath=[plugins])
        )
        organisation = SampleOrganisation.create(made.platform, "Habo kommun", password=PASSWORD)
        anna, bo = (
            organisation.add_user(name, email=f"{name.split()[0].lower()}@habo.example")
            for name in ("Anna Ek", "Bo Al")
        )
        organisation.add_user("Eva Åberg", Role.ADMIN, email="eva@habo.example")
        entra.people = {anna.email: str(uuid4())}
        port = int(made.url.rpartition(":")[2])
        stack.enter_context(made.serving())
        stack.enter_context(working(made.platform))
        listening = stack.enter_context(tls_before(port, certificate, free_ports()))
        yield OutlookInstallation(organisation, entra, anna, bo, listening)


@pytest.fixture(scope="module")
def switches(installation: OutlookInstallation) -> tuple[str, ...]:
    """Let the browser resolve only the installation's hosts; third-party cookies only if partitioned."""
    rules = f"MAP {OURS} 127.0.0.1:{installation.port},MAP * ~NOTFOUND"
    switches = (f"--host-resolver-rules={rules}", "--no-proxy-server", "--test-third-party-cookie-phaseout")
    # Outlook's page is answered by the test, so it seems to be out in the world, and our pages on this machine.
    return (*switches, "--disable-features=LocalNetworkAccessChecks")


@pytest.fixture
def open_tab(installation: OutlookInstallation, chromium: Browser) -> Iterator[Open]:
    """Open new browsers; at the end, none has reported an error."""
    installation.unlink()
    with opening_tabs(chromium, OutlookTab, EXPECTED, width=1000) as open_one:
        yield open_one


@pytest.fixture
def inside(axe: str) -> Inside:
    """Check the pane: nothing overflows at the widths that Outlook gives it, and axe finds nothing at the last."""

    def look_inside(tab: OutlookTab) -> None:
        for width in WIDTHS:
            tab.page.evaluate(
                "width => document.documentElement.style.setProperty('--pane-width', `${width}px`)", width
            )
            frame = tab.frame
            frame.wait_for_function("width => innerWidth <= width", arg=width)
            frame.wait_for_selector("[aria-busy=true]", state="detached")  # it is paler than it may be
            tab.check_width()
            if pictures := os.environ.get("OUTLOOK_PICTURES"):
                number = len(list(Path(pictures).iterdir()))
                tab.page.screenshot(path=f"{pictures}/{number:02}-{frame.url.rpartition('/')[2][:12]}-{width}.png")
        tab.check_frame(axe)

    return look_inside
