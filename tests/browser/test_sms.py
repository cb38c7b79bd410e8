"""SMS in a browser: an administrator's pages, and a reader with a code, also on a small phone without JavaScript.

The installation is a small one of its own, since the ways to identify are the whole installation's.
"""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage

from budkavle import Address, Draft, Loa, MailboxKind, Platform, Role, Terms, UserActor
from budkavle.accounts import create_organisation
from budkavle.cases import mailbox_counts
from budkavle.messaging import send
from budkavle.model.people import User
from budkavle.notices import NoticeKind, NoticeState, list_notices
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import installed, working
from budkavle_email_link.mail.outbox import Outbox as Mails

Look = Callable[[Page], None]
Open = Callable[..., Page]
PASSWORD = "en lång mening om vintern"
MORE = """\
[plugins.email_link]
host = "outbox"

[plugins.sms]
poll_seconds = 0.05
"""
BODY = "Tiden är ändrad till torsdag klockan tio."


@dataclass
class Office:
    """An installation in which Anna writes to people, and administers."""

    platform: Platform
    url: str
    anna: User

    def write(self) -> str:
        """Write to Maria at level 2; gives the path of the link in her mail."""
        actor = UserActor(self.anna.organisation_id, self.anna.id, self.anna.name, loa=Loa.THREE)
        (box,) = [
            one for one in in_work(self.platform, actor, mailbox_counts) if one.mailbox.kind is MailboxKind.PERSONAL
        ]
        maria = Address("link", f"maria.{uuid4().hex[:8]}@exempel.example", "Maria")
        terms = {maria.value: Terms(phone="+46701234512")}
        draft = Draft((maria,), "Kallelse", BODY, loa=Loa.TWO, terms=terms)
        in_work(self.platform, actor, send, box.mailbox.id, draft)
        mails = Mails(self.platform.plugins.host("email_link"))
        mail = soon(lambda: next((one.mail for one in mails.latest() if one.mail.to == maria.value), None))
        return "/l/" + str(mail.text).split("/l/")[1].split()[0]

    def code(self) -> str:
        """The code that came last to the phone."""

        def sent() -> str | None:
            system = system_actor(self.anna.organisation_id)
            (latest,) = in_work(self.platform, system, list_notices, NoticeKind.SMS, 1)
            found = re.search(r"koden är (\d{6})", latest.notice.text)
            return found[1] if found and latest.status.state is NoticeState.SENT else None

        return str(soon(sent))


def soon(ask: Callable[[], Any]) -> Any:
    """Ask until there is an answer, as the worker needs a moment."""
    for _ in range(1_200):
        if found := ask():
            return found
        threading.Event().wait(0.05)
    pytest.fail("it has not come")


@pytest.fixture(scope="module")
def office(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Start it: pages in a process of their own, a worker in a thread."""
    folder = tmp_path_factory.mktemp("office")
    with installed(budkavle_databases, folder, ["email_link", "sms"], MORE) as made:
        platform = made.platform
        home = create_organisation(platform, system_actor(), "Håbo kommun")
        chief = system_actor(home.id)
        anna = in_work(
            platform,
            chief,
            settled_user,
            email="anna@habo.example",
            name="Anna Ek",
            role=Role.ADMIN,
            password=PASSWORD,
        )
        with made.serving(), working(platform):
            yield Office(platform, made.url, anna)


@pytest.fixture
def visit(office: Office, open_page: OpenPage) -> Open:
    """Open a browser of its own."""
    return partial(open_page, office.url)


@pytest.mark.feature("OX4")
def test_an_administrator_chooses_sender_and_text(visit: Open, look: Look, enter: Callable[..., None]) -> None:
    """By the menu, beside what has been sent; the page counts, says what is wrong, and keeps what is right."""
    page = visit()
    enter(page, "anna@habo.example", PASSWORD)
    page.goto("/")
    page.get_by_role("link", name="SMS", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Skickade SMS")
    look(page)
    page.get_by_role("main").get_by_role("link", name="Inställningar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SMS")
    look(page)
    page.get_by_label("Avsändare").fill("Håbo kommun")
    page.get_by_label("Text på svenska").fill("Läs din e-post – nu")
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.get_by_text("Tecknet – gör att bara 70 får plats")).to_be_visible()
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("#sender-error")).to_contain_text("Prova HaboKommun")
    look(page)
    page.get_by_label("Avsändare").fill("HaboKommun")
    page.get_by_label("Skicka SMS vid sidan av e-posten").check()
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Ändringarna är sparade.")).to_be_visible()
    expect(page.get_by_label("Text på svenska")).to_have_value("Läs din e-post – nu")


@pytest.mark.feature("OX4")
@pytest.mark.parametrize("width", [1280, 320])
def test_an_administrator_tests_the_service(visit: Open, look: Look, enter: Callable[..., None], width: int) -> None:
    """Without JavaScript too: what is wrong with a number stands at it, and the answer in the same card."""
    page = visit(width=width, java_script_enabled=width == 1280)
    enter(page, "anna@habo.example", PASSWORD)
    page.goto("/organisation/settings/sms.notices")
    page.get_by_label("Mobilnummer").fill("08-123")
    page.get_by_role("button", name="Prova SMS-tjänsten").click()
    expect(page.locator("#typed-error")).to_contain_text("inte ett svenskt mobilnummer")
    page.get_by_label("Mobilnummer").fill("")
    page.get_by_role("button", name="Prova SMS-tjänsten").click()
    expect(page.locator("#test").get_by_role("status")).to_contain_text("Installationen skickar inga SMS.")
    if width == 1280:
        page.evaluate("scrollTo(0, 0)")  # from the card, which the page's top may cover in part
        look(page)


@pytest.mark.feature("A7", "A8", "L1")
def test_a_reader_opens_a_message_with_a_code(visit: Open, look: Look, office: Office) -> None:
    """The link, the code, a slip of the finger, and the message."""
    path = office.write()
    page = visit()
    page.goto(path)
    page.get_by_role("button", name="SMS-kod").click()
    expect(page.get_by_text("Vi har skickat en kod med SMS till +46 70 *** ** 12.")).to_be_visible()
    look(page)
    code = office.code()
    page.get_by_label("Kod").fill(f"{(int(code) + 1) % 1_000_000:06}")
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_text("Koden stämmer inte.")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Skicka en ny kod till telefonen").click()
    expect(page.get_by_text("Vänta en halv minut")).to_be_visible()
    page.get_by_label("Kod").fill(code)
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_text(BODY)).to_be_visible()


@pytest.mark.feature("A7")
def test_it_works_on_a_small_phone_without_javascript(visit: Open, office: Office) -> None:
    """320 pixels, no script."""
    path = office.write()
    page = visit(320, java_script_enabled=False)
    page.goto(path)
    page.get_by_role("button", name="SMS-kod").click()
    page.get_by_label("Kod").fill(office.code())
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_text(BODY)).to_be_visible()
