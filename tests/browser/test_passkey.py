"""Passkeys in a browser, with Chromium's own virtual authenticator; and what those read who cannot use one.

The installation is a small one of its own at `localhost`: a passkey belongs to a name, and 127.0.0.1 is none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage

from budkavle.accounts import create_organisation
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import installed

Look = Callable[[Page], None]
ANNA, PASSWORD = "anna@habo.example", "en lång mening om vintern"


@pytest.fixture(scope="module")
def address(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run an installation with one account that has a password."""
    folder, more = tmp_path_factory.mktemp("passkey"), "[[plugins.eid.passkey]]"
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
        with made.serving():
            yield made.url


@dataclass
class Device:
    """A browser with its authenticator."""

    page: Page
    cdp: Any
    id: str

    def verify(self, *, verified: bool) -> None:
        """Let the person be verified by the device from now on, or not."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": verified})

    def credentials(self) -> list[dict[str, Any]]:
        """What the device keeps."""
        found: list[dict[str, Any]] = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found


@pytest.fixture
def device(address: str, open_page: OpenPage) -> Device:
    """Open a browser whose device keeps passkeys."""
    page = open_page(address)
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(page, cdp, made["authenticatorId"])


def sign_in_by_password(page: Page) -> None:
    page.goto("/sign-in?way=password")
    page.get_by_label("E-post").fill(ANNA)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("button", name=re.compile("Meny"))).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Meny")).click()
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()


@pytest.mark.feature("U5")
def test_a_passkey_is_added_and_signs_in(device: Device, look: Look) -> None:
    """From the account's page to a passkey, out, and in again with nothing typed; then it is taken away."""
    page = device.page
    sign_in_by_password(page)
    page.goto("/account/methods")
    page.get_by_role("button", name=re.compile("Passkey")).click()
    expect(page.get_by_role("heading", name="Lägg till en passkey")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Skapa passkey").click()
    expect(page.get_by_role("status").filter(has_text="tillagt")).to_be_visible()
    expect(page.locator("form button[value=passkey]"), "another device can have one too").to_be_visible()
    (kept,) = device.credentials()
    assert kept["isResidentCredential"]
    assert kept["rpId"] == "localhost"
    page.locator("form button[value=passkey]").click()
    page.get_by_role("button", name="Skapa passkey").click()
    expect(page.get_by_role("alert").filter(has_text="har redan en passkey")).to_be_visible()
    assert device.credentials() == [kept], "the same device makes no other"
    sign_out(page)
    page.goto("/sign-in?next=/account")
    page.get_by_role("button", name=re.compile("Passkey")).click()
    expect(page.get_by_role("heading", name="Logga in med passkey")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Använd passkey").click()
    expect(page).to_have_url(re.compile(r"/account$"))
    expect(page.get_by_text("Anna Ek").first).to_be_attached()
    page.goto("/account/methods")
    page.get_by_role("button", name="Ta bort Passkey").click()
    expect(page.get_by_role("status").filter(has_text="borttaget")).to_be_visible()
    sign_out(page)
    page.goto("/sign-in?way=passkey")
    page.get_by_role("button", name=re.compile("Passkey")).click()
    page.get_by_role("button", name="Använd passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("inte kopplad till något konto")


def test_who_is_not_verified_reads_what_to_do(device: Device) -> None:
    """No finger, no face, no code: the page says so and stays, and it can be tried again."""
    page = device.page
    sign_in_by_password(page)
    page.goto("/account/methods")
    page.get_by_role("button", name=re.compile("Passkey")).click()
    device.verify(verified=False)
    page.get_by_role("button", name="Skapa passkey").click()
    expect(page.get_by_role("alert").filter(has_text="Det blev inget av")).to_be_visible()
    assert device.credentials() == []
    device.verify(verified=True)
    page.get_by_role("button", name="Skapa passkey").click()
    expect(page.get_by_role("status").filter(has_text="tillagt")).to_be_visible()


def test_without_javascript_the_page_says_so(address: str, open_page: OpenPage) -> None:
    """And leads back to the other ways."""
    page = open_page(address, java_script_enabled=False)
    page.goto("/sign-in?way=passkey")
    page.get_by_role("button", name=re.compile("Passkey")).click()
    expect(page.get_by_text("Passkeys behöver JavaScript")).to_be_visible()
    page.get_by_role("button", name="Avbryt").click()
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
