"""An installation where one signs in with a pretended e-identification, and the telephone."""

from dataclasses import dataclass
from uuid import UUID

from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle_eid.simulator.launcher import Simulator

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"


@dataclass
class Lobby:
    """An installation where one signs in with a pretended e-identification, and the telephone."""

    platform: Platform
    url: str
    simulator: Simulator
    organisation_id: UUID

    @property
    def phone(self) -> str:
        return self.simulator.addresses.phone_url


def approve(phone: Page, lobby: Lobby, app: str, person: str = "anna") -> None:
    """Take the telephone, scan what is on the screen, and approve."""
    phone.goto(f"{lobby.phone}/?person={person}")
    section = phone.get_by_role("region", name=app, exact=True)
    section.get_by_role("button", name="Skanna koden på skärmen").last.click()  # others' may still wait
    section.get_by_role("button", name="Godkänn som").click()
    expect(phone.get_by_text("Klart. Du är legitimerad.")).to_be_visible()


def begin(page: Page, way: str) -> None:
    """Choose one way, and press its button."""
    page.goto(f"/sign-in?way={way}")
    page.locator(f"button[value={way}]").click()
