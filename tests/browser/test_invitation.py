"""The way of somebody who is invited: the mail, the page of the invitation in both languages, and the first sign-in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage
from tests.browser.test_sms import soon

from budkavle import Platform, Role
from budkavle.accounts import create_organisation, create_user
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.running import installed, working
from budkavle_email_link.mail.outbox import Outbox as Mails

Look = Callable[[Page], None]
PASSWORD = "en lång mening om vintern"
MORE = '[plugins.email_link]\nhost = "outbox"\n'


@dataclass
class House:
    """An installation that sends mail, with an administrator."""

    platform: Platform
    url: str

    def link_to(self, email: str, path: str = "/invitation/") -> str:
        """Return the path of the link in the mail to somebody."""
        mails = Mails(self.platform.plugins.host("email_link"))
        mail = soon(lambda: next((one.mail for one in mails.latest() if one.mail.to == email), None))
        link = re.search(rf"{path}\S+", str(mail.text))
        assert link
        return link[0]


@pytest.fixture(scope="module")
def house(
    platform: Platform, budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Start it: pages in a process of their own, a worker in a thread."""
    with installed(budkavle_databases, tmp_path_factory.mktemp("house"), ["email_link"], MORE) as made:
        home = create_organisation(made.platform, system_actor(), "Håbo kommun")
        values = {"email": "anna@habo.example", "name": "Anna Ek", "role": Role.ADMIN, "password": PASSWORD}
        in_work(made.platform, system_actor(home.id), create_user, **values)
        with made.serving(), working(made.platform):
            yield House(made.platform, made.url)


@pytest.fixture
def visit(house: House, open_page: OpenPage) -> Callable[..., Page]:
    """Open a browser of its own."""
    return partial(open_page, house.url)


def invite(page: Page, name: str, email: str, language: str) -> None:
    """Add somebody by an invitation, on the administrator's page."""
    page.goto("/organisation/users/new")
    page.locator("#name").fill(name)
    page.locator("#email").fill(email)
    page.locator("#language").select_option(language)
    page.locator("input[name=open][value=invite]").check()
    page.locator("form.card button[type=submit]").click()
    expect(page.get_by_role("status").filter(has_text="Inbjudan är skickad.")).to_be_visible()


@pytest.mark.feature("O2", "Q1")
def test_an_invited_person_comes_by_the_mail(
    house: House, visit: Callable[..., Page], look: Look, enter: Callable[..., None]
) -> None:
    """In their own language; a fault stands at its field; the account opens once, also on a phone without scripts."""
    anna = visit()
    enter(anna, "anna@habo.example", PASSWORD)
    anna.goto("/organisation/users/new")
    look(anna)
    invite(anna, "Sven Ny", "sven@habo.example", "sv")
    look(anna)
    invite(anna, "Eve New", "eve@habo.example", "en")

    sven = visit()
    path = house.link_to("sven@habo.example")
    sven.goto(path)
    expect(sven.get_by_role("heading", level=1)).to_have_text("Välkommen till Håbo kommun")
    look(sven)
    sven.get_by_label("Lösenord", exact=True).fill(PASSWORD)
    sven.get_by_label("Samma lösenord igen").fill("något helt annat")
    sven.get_by_role("button", name="Öppna kontot").click()
    expect(sven.locator("#again-error")).to_contain_text("Lösenorden är olika")
    look(sven)
    sven.get_by_label("Lösenord", exact=True).fill(PASSWORD)
    sven.get_by_label("Samma lösenord igen").fill(PASSWORD)
    sven.get_by_role("button", name="Öppna kontot").click()
    expect(sven.get_by_role("link", name="Nytt meddelande").first).to_be_visible()
    late = visit()
    late.goto(path)
    expect(late.get_by_role("heading", level=1)).not_to_have_text("Välkommen till Håbo kommun")
    look(late)

    english = visit()
    english.goto(house.link_to("eve@habo.example"))
    expect(english.get_by_role("heading", level=1)).to_have_text("Welcome to Håbo kommun")
    look(english)
    eve = visit(width=320, java_script_enabled=False)
    eve.goto(house.link_to("eve@habo.example"))
    eve.get_by_label("Password", exact=True).fill(PASSWORD)
    eve.get_by_label("The same password again").fill(PASSWORD)
    eve.locator("form button[type=submit]").last.click()
    expect(eve.locator("html")).to_have_attribute("lang", "en")
    eve.get_by_role("link", name="Skip", exact=True).click()  # the tour, which a newcomer meets first
    expect(eve.get_by_role("heading", name="My inbox")).to_be_visible()


@pytest.mark.feature("O2")
def test_a_forgotten_password_is_replaced_by_the_mail(house: House, visit: Callable[..., Page], look: Look) -> None:
    """On a phone without scripts, from the sign-in page to the inbox."""
    email, new = "bo@habo.example", "en annan mening om sommaren"
    values = {"email": email, "name": "Bo Glömsk", "role": Role.USER, "password": PASSWORD}
    home = house.platform.organisations()[0].id
    in_work(house.platform, system_actor(home), create_user, **values)
    phone = visit(width=320, java_script_enabled=False)
    phone.goto("/sign-in")
    phone.get_by_role("link", name="Glömt lösenordet?").click()
    phone.get_by_label("E-post").fill("bo")
    phone.get_by_role("button", name="Skicka länken").click()
    expect(phone.locator("#email-error")).to_contain_text("Skriv din e-postadress")
    phone.get_by_label("E-post").fill(email)
    phone.get_by_role("button", name="Skicka länken").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Titta i din e-post")
    path = house.link_to(email, "/new-password/")
    wide = visit()
    for address in ("/sign-in", "/forgotten-password", path):
        wide.goto(address)
        look(wide)
    phone.goto(path)
    phone.get_by_label("Nytt lösenord", exact=True).fill(new)
    phone.get_by_label("Samma lösenord igen").fill("något annat")
    phone.get_by_role("button", name="Spara lösenordet").click()
    expect(phone.locator("#again-error")).to_contain_text("Lösenorden är olika")
    phone.get_by_label("Nytt lösenord", exact=True).fill(new)
    phone.get_by_label("Samma lösenord igen").fill(new)
    phone.get_by_role("button", name="Spara lösenordet").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Lösenordet är bytt")
    phone.get_by_role("link", name="Logga in", exact=True).last.click()
    phone.get_by_label("E-post").fill(email)
    phone.get_by_label("Lösenord").fill(new)
    phone.locator("form button[type=submit]").first.click()
    expect(phone.get_by_role("link", name="Hoppa över", exact=True)).to_be_visible()  # the tour of a newcomer
