"""SAML and OpenID Connect in a real browser against LemonLDAP::NG, which stands on another site than ours.

We are at `localhost`, the provider at `127.0.0.1`: its form comes without our cookies, as in real life.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from budkavle.accounts import create_organisation
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import installed

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ANNA, PASSWORD = "anna@habo.example", "en lång mening om vintern"
LEVELS = (
    '{ "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified" = 2,'
    ' "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport" = 2 }'
)
SAML = """\
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
    budkavle_databases: Databases,
    start_lemonldap: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Run the provider and an installation that is connected to it twice."""
    folder = tmp_path_factory.mktemp("standards")
    with start_lemonldap() as portal:
        key, certificate = portal.pair(folder, "sp")
        more = SAML.format(folder=folder, key=key, certificate=certificate, levels=LEVELS)
        with installed(budkavle_databases, folder, ["eid"], more, host="localhost") as made:
            organisation = create_organisation(made.platform, system_actor(), "Habo kommun")
            in_work(
                made.platform,
                system_actor(organisation.id),
                settled_user,
                email=ANNA,
                name="Anna Ek",
                password=PASSWORD,
            )
            ours: Any = made.platform.plugins.identity_providers["saml"]
            issuer = portal.run(ours.metadata().decode(), f"{made.url}/sign-in/back/oidc", folder / "idp.xml")
            with (folder / "budkavle.toml").open("a", encoding="utf-8") as settings:
                settings.write(OIDC.format(issuer=issuer, secret=portal.secret))
            with made.serving():
                yield made.url


@pytest.fixture(scope="module")
def browser(program: Callable[..., str]) -> Iterator[Browser]:
    """A browser."""
    chromium = program("chromium-headless-shell", "chromium")
    switches = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=switches)
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


@pytest.mark.feature("U5", "A9")
@pytest.mark.peer("eid", "LemonLDAP::NG")
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
