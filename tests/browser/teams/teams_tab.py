"""Teams in a browser, with the app of an installation in it."""

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FrameLocator, Page, ViewportSize
from tests.browser.framed import FramedTab

from budkavle import Address, FunctionMailbox, Loa, Platform
from budkavle.identification import NewIdentity, link_identity
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_teams.simulator.bot_service import BotService
from budkavle_teams.simulator.graph import ActivityGraph
from budkavle_teams.simulator.teams import Teams

Look = Callable[[Page], None]
OURS, TEAMS, EVIL = "budkavle.example", "teams.microsoft.com", "evil.example"
EVA = "eva@habo.example"
PASSWORD = "en lång mening om vintern"
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=320, height=640)
MASKED = "Tillitsnivå 3: legitimera dig för att läsa"


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


@dataclass
class TeamsTab(FramedTab):
    """A tab of a browser, with Teams open in it."""

    @property
    def app(self) -> FrameLocator:
        """What stands in the frame."""
        return self.page.frame_locator("#app")

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
