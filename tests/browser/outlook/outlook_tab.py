"""Outlook in a browser, with the pane of an installation in it."""

import re
import threading
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, expect
from tests.browser.framed import FramedTab

from budkavle import Address, Loa, Message
from budkavle.identification import NewIdentity, link_identity
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_email_link.mail.outbox import Outbox as Mails
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_outlook.guard.script import code_of
from budkavle_outlook.simulator.outlook import Outlook, people

OURS = "budkavle.example"
PATH = "/plugin/outlook/outlook"
PANE = f"https://{OURS}{PATH}/open"
PASSWORD = "en lång mening om vintern"
PDF = b"%PDF-1.7\nunderlaget\n%%EOF\n"
TEXT = "Hej Maria!\n\nVälkommen på torsdag."


@dataclass
class OutlookInstallation:
    """An organisation's installation behind TLS; Anna and Bo have accounts there."""

    organisation: SampleOrganisation
    entra: Entra
    anna: SampleUser
    bo: SampleUser
    port: int

    def mail(self, to: str, path: str = "/", after: int = 0) -> str:
        """The text of the newest mail to somebody with a link of ours that begins so."""
        outbox = Mails(self.organisation.platform.plugins.host("email_link"))
        for _ in range(400):
            texts = [one.mail.text for one in outbox.latest() if one.mail.to == to]
            mails = [text for text in texts if f"https://{OURS}{path}" in text]
            if len(mails) > after:
                return mails[0]
            threading.Event().wait(0.05)
        pytest.fail("no mail has come")

    def write_to_anna(self, subject: str, **values: Any) -> Message:
        """Let Bo write to Anna."""
        recipients = (Address("secure", self.anna.email),)
        facts = {"recipients": recipients, "body": f"Hej! Det gäller **{subject}**.", "loa": Loa.ONE, **values}
        return self.organisation.send(self.bo.at(Loa.THREE), subject, mailbox_id=self.bo.personal_id, **facts)

    def notices(self) -> int:
        """How many notices of messages Anna has had."""
        outbox = Mails(self.organisation.platform.plugins.host("email_link"))
        return sum(one.mail.to == self.anna.email and "/c/" in one.mail.text for one in outbox.latest())

    def notice(self, after: int) -> str:
        """The notice to Anna that has come after so many, as Outlook shows it: HTML with a link."""
        link = re.search(r"https://\S+/c/\S+", self.mail(self.anna.email, "/c/", after))
        assert link
        return f'<p>Du har fått ett säkert meddelande</p><p><a href="{link[0]}">Läs meddelandet</a></p>'

    def unlink(self) -> None:
        """Forget what has been linked, and every session."""
        for table in ("identities", "sessions"):
            self.organisation.rows(f"DELETE FROM {table}")

    def link(self) -> None:
        """Link Anna's account in Outlook, as she did some other day."""
        subject = f"{self.entra.tenant}.{self.entra.people[self.anna.email]}"
        identity = NewIdentity("outlook", subject, "Microsoft Outlook")
        in_work(self.organisation.platform, self.anna.at(Loa.TWO), link_identity, identity)

    def signed_in(self) -> dict[str, Any]:
        """What Outlook knows of Anna, with a token for our app."""
        oid, tenant = self.entra.people[self.anna.email], self.entra.tenant
        account = {"homeAccountId": f"{oid}.{tenant}", "localAccountId": oid, "tenantId": tenant}
        account |= {"environment": "login.microsoftonline.com", "username": self.anna.email}
        return {"token": self.entra.token(oid, azp=self.entra.client_id), "account": account}


@dataclass
class OutlookTab(FramedTab):
    """A tab of a browser, with an item open in Outlook."""

    @property
    def pane(self) -> FrameLocator:
        """What stands in the pane."""
        return self.page.frame_locator("#pane")

    def open(self, outlook: Outlook) -> None:
        """Open Outlook with an item, and the pane beside it."""
        outlook.open(self.page)

    def state(self) -> dict[str, Any]:
        """What Outlook has now."""
        state: dict[str, Any] = self.page.evaluate("() => ({...window.outlook, token: null})")
        return state

    def sign_in(self) -> None:
        """Sign in in a window, as somebody does whose Outlook gives no token."""
        self.pane.get_by_role("link", name="Logga in i ett fönster").click()
        self.identify("Lösenord")

    def identify(self, way: str) -> None:
        """Show who one is in the window that the pane opens."""
        with self.context.expect_page() as opened:
            self.pane.get_by_role("button", name="Öppna fönstret").click()
        window = opened.value
        window.get_by_role("button", name=re.compile(way, re.IGNORECASE)).click()
        if way == "Lösenord":
            window.get_by_label("E-post").fill("anna@habo.example")
            window.get_by_label("Lösenord").fill(PASSWORD)
            window.get_by_role("button", name="Logga in").click()
        else:
            window.get_by_label("Kod").fill("1234")
            window.get_by_role("button", name="Fortsätt").click()
        with window.expect_event("close"):
            window.get_by_role("button", name="Fortsätt i Outlook").click()
        expect(self.pane.get_by_role("link", name="Inte nu").or_(self.pane.locator("[data-pane]"))).to_be_visible()
        if self.pane.get_by_role("link", name="Inte nu").is_visible():
            self.pane.get_by_role("link", name="Inte nu").click()


def draft(to: str, **more: Any) -> dict[str, Any]:
    """A draft as Anna has written it."""
    html = TEXT.replace("\n\n", "<br><br>")
    return {"to": people(to), "subject": "Kallelse till möte", "html": f"<div>{html}</div>", **more}


def guard_page(installation: OutlookInstallation) -> str:
    """The page that runs the guard, as the manifests say."""
    host = installation.organisation.platform.plugins.host("outlook")
    return f"https://{OURS}{PATH}/guard/habo-kommun/{code_of(host, installation.organisation.id)}"
