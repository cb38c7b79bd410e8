"""SAML and OpenID Connect in a real browser against LemonLDAP::NG, which stands on another site than ours.

We are at `localhost`, the provider at `127.0.0.1`: its form comes without our cookies, as in real life.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NoReturn
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from budkavle import Actor, create_organisation, create_user
from budkavle.cli.installation import Installation
from budkavle.database.connections import APP_ROLE, OWNER_ROLE, prepare
from budkavle.database.embedded import EmbeddedServer

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.feature("U5", "A9")]
CHROMIUM = shutil.which("chromium")
ANNA, PASSWORD = "anna@habo.example", "en lång mening om vintern"
LEVELS = (
    '{ "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified" = 2,'
    ' "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport" = 2 }'
)
SETTINGS = """\
data = "{data}"
base_url = "{base}"
enabled = ["eid"]

[database]
url = "{url}"
owner_url = "{owner_url}"

[[plugins.eid.saml]]
name = "saml"
label = "Vår SAML"
preset = "adfs"
loa = 2
signed = "response"
binding = "post"
metadata = "{folder}/idp.xml"
key = "{key}"
certificate = "{certificate}"
levels = {levels}
"""
OIDC = """
[[plugins.eid.oidc]]
name = "oidc"
label = "Vår OpenID"
loa = 2
issuer = "{issuer}"
client_id = "plattform"
client_auth = "client_secret_basic"
client_secret = "{secret}"
levels = {{ loa-1 = 2 }}
"""


@pytest.fixture(scope="module")
def address(
    budkavle_server: EmbeddedServer,
    start_lemonldap: Callable[..., Any],
    port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Run the provider and an installation that is connected to it twice."""
    folder, base = tmp_path_factory.mktemp("standards"), f"http://localhost:{port()}"
    prepare(budkavle_server, "standards")
    at = f"/standards?host={budkavle_server.socket_folder}"
    urls = {"url": f"postgresql://{APP_ROLE}@{at}", "owner_url": f"postgresql://{OWNER_ROLE}@{at}"}
    settings = folder / "budkavle.toml"
    with start_lemonldap() as portal:
        key, certificate = portal.pair(folder, "sp")
        facts = {"data": folder / "data", "folder": folder, "key": key, "certificate": certificate, "levels": LEVELS}
        settings.write_text(SETTINGS.format(base=base, **facts, **urls), "utf-8")
        with closing(Installation(settings).platform) as platform:
            platform.database.migrate(platform.plugins.migrations())
            organisation = create_organisation(platform, Actor(UUID(int=0)), "Habo kommun")
            create_user(platform, Actor(organisation.id), email=ANNA, name="Anna Ek", password=PASSWORD)
            ours: Any = platform.plugins.identity_providers["saml"]
            metadata = ours.metadata().decode()
        issuer = portal.run(metadata, f"{base}/sign-in/back/oidc", folder / "idp.xml")
        with settings.open("a", encoding="utf-8") as more:
            more.write(OIDC.format(issuer=issuer, secret=portal.secret))
        command = [sys.executable, "-m", "budkavle", "--config", str(settings), "serve", "--web-only"]
        log = (folder / "web.log").open("wb")
        with log, subprocess.Popen([*command, "--host", "127.0.0.1"], stdout=log, stderr=log) as process:
            try:
                with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
                    there = base.replace("localhost", "127.0.0.1")
                    assert client.get(f"{there}/sign-in").status_code == 200
                yield base
            finally:
                process.terminate()


@pytest.fixture(scope="module")
def browser(missing: Callable[[str], NoReturn]) -> Iterator[Browser]:
    """A browser."""
    if CHROMIUM is None:
        missing("Chromium is not installed (make peers)")
    switches = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=switches)
        yield opened
        opened.close()


@pytest.fixture
def page(address: str, browser: Browser) -> Iterator[Page]:
    """A page of a browser that knows nobody."""
    context = browser.new_context(base_url=address, locale="sv-SE")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def identify(page: Page) -> None:
    """Sign in at the provider, where one is asked; then one is back at ours."""
    page.wait_for_url(re.compile(r"//127\.0\.0\.1:\d+/"))
    page.locator("input[name=user]").fill("dwho")
    page.locator("input[name=password]").fill("dwho")
    page.locator("button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"//localhost:\d+/(account|$)"))


@pytest.mark.parametrize("way", ["Vår SAML", "Vår OpenID"])
def test_a_way_is_added_and_then_signs_in(page: Page, way: str) -> None:
    """From the account to the provider and back; out; and in again by it, with nothing typed at ours."""
    page.goto("/sign-in?way=password")
    page.get_by_label("E-post").fill(ANNA)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(re.compile(r"localhost:\d+/$|/m/"))
    page.goto("/account/methods")
    page.get_by_role("button", name=re.compile(way)).click()
    identify(page)
    expect(page.get_by_role("status").filter(has_text="tillagt")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/sign-in?next=/account")
    page.get_by_role("button", name=re.compile(way)).click()
    identify(page)
    expect(page).to_have_url(re.compile(r"/account$"))
    expect(page.get_by_text(ANNA).first).to_be_visible()
