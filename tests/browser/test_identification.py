"""Showing who one is, in a browser: ways, levels, one's own account, Min organisation, and a session that ends.

The installation is a small one of its own, with a pretended e-identification, since ways are the whole installation's.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from budkavle.accounts import mailboxes, organisations
from budkavle.accounts.core_settings import SignOutSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.identification import administration, sessions
from budkavle.identification.outcome import SignedIn
from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.model.people import Role, User
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import free_ports, installed
from budkavle.testing.working import deliver_due
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import PEOPLE

Look = Callable[[Page], None]
Open = Callable[..., Page]
PASSWORD = "en lång mening om vintern"
MORE = """\
[plugins.eid]
simulator_port = {eid_port}
"""


@dataclass
class Hall:
    """The installation, its telephone, and its people: each test has somebody of its own."""

    url: str
    phone: str
    platform: Platform
    root: User
    people: dict[str, User] = field(default_factory=dict)

    def person(self, name: str, role: Role = Role.USER) -> User:
        """Make an account with a password."""
        email = f"{name.lower().replace(' ', '.')}@habo.example"
        chief = system_actor(self.root.organisation_id)
        return in_work(self.platform, chief, settled_user, email=email, name=name, password=PASSWORD, role=role)

    def message(self, to: User, loa: Loa) -> None:
        """Send somebody a message with a level."""
        box = mailboxes.personal_mailbox(to)
        address = Address("local", str(box.id), to.name, "Håbo kommun", str(to.organisation_id))
        draft = Draft((address,), "Beslut om vårdnad", "Hej! Här är beslutet.", loa=loa)
        in_work(
            self.platform, self.root.acting(Loa.THREE), sending.send, mailboxes.personal_mailbox(self.root).id, draft
        )
        deliver_due(self.platform)

    def raise_to_three(self, page: Page, user: User) -> None:
        """Let a browser's person have just shown who they are, at level 3."""
        cookie = sessions.start(self.platform, SignedIn(user, Loa.THREE, "bankid", "/"))
        page.context.add_cookies([{"name": "budkavle", "value": cookie, "url": self.url}])

    def expire(self, user: User) -> None:
        """Let the sessions of somebody be over."""
        with self.platform.database.transaction(user.organisation_id) as connection:
            past = text("UPDATE sessions SET seen_at = seen_at - interval '2 hours' WHERE user_id = :id")
            connection.execute(past, {"id": user.id})


@pytest.fixture(scope="module")
def hall(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """Start it."""
    folder, first = tmp_path_factory.mktemp("hall"), free_ports(4)
    simulator = Simulator(folder / "data" / "plugins" / "eid" / "simulator", first, time.time)
    try:
        more = MORE.format(eid_port=first)
        with installed(budkavle_databases, folder, ["eid"], more, port=first + 3) as running:
            platform = running.platform
            system = system_actor()
            home = organisations.create_organisation(platform, system, "Håbo kommun")
            chief = system_actor(home.id)
            root = in_work(
                platform,
                chief,
                settled_user,
                email="root@habo.example",
                name="Rut Chef",
                password=PASSWORD,
                role=Role.ADMIN,
            )
            with running.serving():
                yield Hall(running.url, simulator.addresses.phone_url, platform, root)
    finally:
        simulator.stop()


@pytest.fixture
def visit(hall: Hall, chromium: Browser) -> Iterator[Open]:
    """Open a browser of its own, in which somebody has signed in with a password, or nobody."""
    opened: list[BrowserContext] = []

    def open_one(user: User | None = None, size: tuple[int, int] = (1280, 900), **more: Any) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        context = chromium.new_context(base_url=hall.url, viewport=viewport, locale="sv-SE", **more)  # type: ignore[arg-type]
        opened.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.complaints = complaints  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if user:
            enter(page, user)
        return page

    yield open_one
    for context in opened:
        context.close()


def enter(page: Page, user: User, path: str = "/sign-in?way=password") -> None:
    """Sign in with the password."""
    page.goto(path)
    page.get_by_label("E-post").fill(user.email)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()


def approve(phone: Page, hall: Hall, person: str) -> None:
    """Take the telephone, scan the code of BankID on the screen, and approve."""
    phone.goto(f"{hall.phone}/?person={person}")
    section = phone.get_by_role("region", name="BankID", exact=True)
    section.get_by_role("button", name="Skanna koden på skärmen").click()
    section.get_by_role("button", name="Godkänn som").click()
    expect(phone.get_by_text("Klart. Du är legitimerad.")).to_be_visible()


@pytest.mark.feature("A9", "C2")
def test_the_ways_are_shown_with_their_levels_and_reached_by_keys(hall: Hall, visit: Open, look: Look) -> None:
    """The surest first; Tab and Enter begin one, Avbryt leads back, and the page one wanted is remembered."""
    page = visit()
    page.goto("/account/methods")
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    look(page)
    first = page.locator(".ways button").first
    expect(first).to_contain_text("Tillitsnivå 3")
    while page.evaluate("document.activeElement.closest('.ways') === null"):
        page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Avbryt")).to_be_visible()
    page.get_by_role("button", name="Avbryt").click()
    page.get_by_role("button", name="E-post och lösenord").click()
    look(page)
    page.get_by_label("E-post").fill(hall.root.email)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("heading", name="Hur du loggar in")).to_be_visible()


@pytest.mark.feature("Y10", "U5", "A6")
@pytest.mark.parametrize("script", [True, False])
def test_a_message_of_level_three_leads_to_a_way_and_then_to_itself(
    hall: Hall, visit: Open, look: Look, script: bool
) -> None:
    """With a password alone one is told whom to ask; with the number BankID leads to it, also without script."""
    person, word, key = ("Anna Testlind", "anna", PEOPLE[0]) if script else ("Karin Testsson", "karin", PEOPLE[2])
    user = hall.person(person)
    hall.message(user, Loa.THREE)
    page, phone = visit(user, java_script_enabled=script), visit(size=(320, 640))
    expect(page.get_by_text("Beslut om vårdnad")).to_have_count(0)
    page.locator("a.subject").first.click()
    expect(page.get_by_role("heading", name="Visa vem du är")).to_be_visible()
    expect(page.get_by_text("Ditt konto har ingen inloggning med tillräckligt hög tillitsnivå.")).to_be_visible()
    expect(page.get_by_role("button", name="BankID")).to_have_count(0)
    if script:
        look(page)
    in_work(hall.platform, system_actor(user.organisation_id), administration.set_personnummer, user.id, key.number)
    page.reload()
    page.get_by_role("button", name="BankID").first.click()
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    approve(phone, hall, word)
    if not script:
        page.get_by_role("button", name="Jag är klar i appen").click()
    expect(page.get_by_role("heading", name="Beslut om vårdnad")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("3: du visade vem du är med e-legitimation")).to_be_visible()
    assert key.number not in page.content()
    page.goto("/account/methods")
    expect(page.locator(".methods")).to_contain_text("Personnummer, för e-legitimation")
    if script:
        look(page)


@pytest.mark.feature("U5")
def test_another_persons_identification_is_refused_in_words(hall: Hall, visit: Open, look: Look) -> None:
    """Adding BankID, and somebody else scans the code: nothing is added, and the page says why and what to do."""
    user = hall.person("Bo Testek")
    page, phone = visit(user), visit(size=(320, 640))
    page.goto("/account/methods")
    page.get_by_role("button", name="BankID").first.click()
    approve(phone, hall, "mats")
    expect(page.get_by_role("status").filter(has_text="tillagt")).to_be_visible()
    page.goto("/account/methods")
    expect(page.locator(".methods")).to_contain_text("Räknas som tillitsnivå 2")
    look(page)
    page.get_by_role("button", name="Freja").first.click()
    phone.goto(f"{hall.phone}/?person=anna")
    section = phone.get_by_role("region", name="Freja", exact=True)
    section.get_by_role("button", name="Skanna koden på skärmen").click()
    section.get_by_role("button", name="Godkänn som").click()
    expect(page.get_by_role("alert")).to_contain_text("tillhör någon annan")
    look(page)
    page.get_by_role("link", name="Börja om").click()
    expect(page.locator(".methods")).not_to_contain_text("Freja")


@pytest.mark.feature("U5")
def test_a_code_beside_the_password(hall: Hall, visit: Open, look: Look) -> None:
    """It is switched on with a QR code or a key, asked for at the next sign-in, and replaced by a recovery code."""
    user = hall.person("Cleo Kod")
    page = visit(user)
    page.goto("/account/methods")
    look(page)
    page.get_by_role("link", name="Slå på").click()
    look(page)
    totp = pyotp.TOTP(page.locator("code.key").inner_text().replace(" ", ""))
    page.get_by_label("Kod", exact=True).fill("000000")
    page.get_by_role("button", name="Slå på").click()
    expect(page.locator("#code-error")).to_be_visible()
    assert totp.secret == page.locator("code.key").inner_text().replace(" ", "")
    page.get_by_label("Kod", exact=True).fill(totp.now())
    page.get_by_role("button", name="Slå på").click()
    expect(page.get_by_role("status").filter(has_text="kod från appen")).to_be_visible()
    page.get_by_role("button", name="Gör nya koder").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    look(page)
    page.get_by_role("link", name="Jag har sparat dem").click()
    expect(page.get_by_text("10 koder kvar")).to_be_visible()
    other = visit(user)
    expect(other.get_by_text("Lösenordet stämmer.")).to_be_visible()
    look(other)
    other.get_by_label("Kod från din app").fill("123456")
    other.get_by_role("button", name="Fortsätt").click()
    expect(other.locator("#code-error")).to_be_visible()
    other.get_by_label("Kod från din app").fill(codes[0])
    other.get_by_role("button", name="Fortsätt").click()
    expect(other.get_by_role("button", name="Meny för Cleo Kod")).to_be_visible()
    page.goto("/account/methods")
    expect(page.get_by_text("9 koder kvar")).to_be_visible()
    page.get_by_role("button", name="Stäng av").click()
    expect(page.get_by_role("status").filter(has_text="borttaget")).to_be_visible()
    other.goto("/account")
    expect(other.get_by_role("heading", name="Logga in")).to_be_visible()


@pytest.mark.feature("Q2", "Q3", "Q4", "U1", "O1", "N1")
def test_the_menu_is_that_of_the_role(hall: Hall, visit: Open, look: Look) -> None:
    """A user sees Mitt konto and Hjälp; an administrator Min organisation too; the platform's also Administration."""
    for name, role, links in (
        ("Dag Vanlig", Role.USER, ["Mitt konto"]),
        ("Rut Chef", Role.ADMIN, ["Mitt konto", "Min organisation"]),
        ("Pia Plattform", Role.PLATFORM, ["Mitt konto", "Min organisation", "Administration"]),
    ):
        user = hall.root if role is Role.ADMIN else hall.person(name, role)
        page = visit(user)
        page.get_by_role("button", name=f"Meny för {name}").click()
        menu = page.locator("#who a:not([hreflang])")
        assert [one.strip() for one in menu.all_inner_texts()] == [
            *links,
            "Hjälp med den här sidan",
            "All hjälp",
            "Tillgänglighet",
        ]
        page.get_by_role("link", name=links[-1]).click()
        title = {"Min organisation": "Information", "Administration": "Organisationer"}.get(links[-1], links[-1])
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        look(page)
    page = visit(hall.person("Egon Nyfiken"))
    for path in ("/organisation", "/organisation/levels", "/organisation/users", "/administration"):
        page.goto(path)
        expect(page.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()


@pytest.mark.feature("A11", "A12", "A13", "A1")
def test_levels_are_switched_off_and_described(hall: Hall, visit: Open, look: Look) -> None:
    """Min organisation, Säkerhet, Tillitsnivåer, Spara: the compose page has what was decided."""
    page = visit(hall.root)
    page.goto("/organisation")
    page.get_by_role("link", name="Säkerhet").click()
    page.get_by_role("link", name="Tillitsnivåer").click()
    look(page)
    page.get_by_label("Nivå 1 kan väljas").uncheck()
    page.get_by_label("Så beskrivs nivå 2").fill("Kod i mobilen. För det mesta.")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="sparade")).to_be_visible()
    page.goto("/compose")
    expect(page.get_by_text("Kod i mobilen. För det mesta.")).to_be_visible()
    expect(page.get_by_text("Ingen legitimation.")).to_have_count(0)
    page.goto("/organisation/levels")
    for n in "23":
        page.get_by_label(f"Nivå {n} kan väljas").uncheck()
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("alert")).to_contain_text("minst en")
    for n in "123":
        page.get_by_label(f"Nivå {n} kan väljas").check()
    page.get_by_label("Så beskrivs nivå 2").fill("")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_label("Så beskrivs nivå 2")).to_have_value("")
    expect(page.get_by_label("Så beskrivs nivå 2")).to_have_accessible_description(re.compile("lösenord"))


@pytest.mark.feature("C2", "O5", "O6")
def test_ways_and_times_are_the_organisations(hall: Hall, visit: Open, look: Look) -> None:
    """An administrator cannot close themselves out; a number outside the limits is told of at its field."""
    page = visit(hall.root)
    page.goto("/organisation/methods")
    look(page)
    staff = page.get_by_role("group", name="För dem som har konto")
    staff.get_by_label("E-post och lösenord").uncheck()
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#login_methods-error")).to_contain_text("stänger dig ute")
    expect(staff.get_by_label("E-post och lösenord")).not_to_be_checked()
    look(page)
    page.goto("/organisation")
    page.get_by_role("link", name="Inställningar").click()
    look(page)
    page.get_by_role("link", name="Utloggning").click()
    page.get_by_label("Logga ut den som inte gör något").fill("0")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#session_idle_minutes-error")).to_be_visible()
    look(page)
    page.get_by_label("Logga ut den som inte gör något").fill("45")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_label("Logga ut den som inte gör något")).to_have_value("45")


@pytest.mark.feature("A10", "O2")
def test_an_administrator_says_whose_account_it_is(hall: Hall, visit: Open, look: Look) -> None:
    """With the number that was typed once, and confirmed by another, the person signs in with an e-identification."""
    user, other = hall.person("Eva Testdotter"), hall.person("Siv Chef", Role.ADMIN)
    page, phone = visit(hall.root), visit(size=(320, 640))
    page.goto("/organisation/users?q=eva")
    look(page)
    page.get_by_role("link", name="Eva Testdotter").click()
    expect(page.get_by_text("Innan du ändrar kontot")).to_be_visible()
    look(page)
    hall.raise_to_three(page, hall.root)
    page.reload()
    look(page)
    page.get_by_label("Personnummer").fill("19830817-0000")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#personnummer-error")).to_be_visible()
    page.get_by_label("Personnummer").fill("19830817-2397")
    page.locator("#reason").fill("Visade körkort i receptionen")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="sparat")).to_be_visible()
    expect(page.get_by_role("button", name="Bekräfta")).to_have_count(0)
    assert "2397" not in page.content()
    look(page)
    own = visit(user)
    own.get_by_role("link", name="Kontrollera ditt konto").click()
    expect(own.get_by_text("En administratör har skrivit in ett personnummer")).to_be_visible()
    look(own)
    second = visit()
    hall.raise_to_three(second, other)
    second.goto("/organisation/users")
    look(second)
    second.get_by_role("link", name="Eva Testdotter").first.click()
    second.get_by_role("button", name="Bekräfta").click()
    expect(second.get_by_role("status").filter(has_text="bekräftat")).to_be_visible()
    look(second)
    eva = visit()
    eva.goto("/sign-in?way=bankid")
    eva.locator("button[value=bankid]").click()
    approve(phone, hall, "eva")
    expect(eva.get_by_role("button", name=f"Meny för {user.name}")).to_be_visible()


@pytest.mark.feature("O2")
def test_a_lost_password_and_a_closed_account(hall: Hall, visit: Open, look: Look) -> None:
    """The administrator hands over a password that is changed when it is used; then closes the account."""
    user = hall.person("Gun Glömsk")
    page = visit()
    hall.raise_to_three(page, hall.root)
    page.goto(f"/organisation/users/{user.id}")
    page.get_by_role("button", name="Ge ett engångslösenord").click()
    given = page.locator("code.key").inner_text()
    look(page)
    page.get_by_role("link", name="Klar").click()
    own = visit()
    own.goto("/sign-in?way=password")
    own.get_by_label("E-post").fill(user.email)
    own.get_by_label("Lösenord").fill(given)
    own.get_by_role("button", name="Logga in").click()
    expect(own.get_by_text("Lösenordet du fick gäller en gång.")).to_be_visible()
    look(own)
    own.get_by_label("Nytt lösenord", exact=True).fill("ny mening om hösten")
    own.get_by_label("Nytt lösenord igen").fill("ny mening om hösten")
    own.get_by_role("button", name="Spara och logga in").click()
    expect(own.get_by_role("button", name="Meny för Gun Glömsk")).to_be_visible()
    page.get_by_role("link", name="Stäng kontot").click()
    look(page)
    page.get_by_role("button", name="Stäng kontot").click()
    expect(page.get_by_role("status").filter(has_text="stängt")).to_be_visible()
    look(page)
    own.goto("/account")
    expect(own.get_by_role("heading", name="Logga in")).to_be_visible()


@pytest.mark.feature("O6")
def test_the_end_of_a_session_is_warned_of_and_mended_in_place(hall: Hall, visit: Open, look: Look) -> None:
    """Two minutes before, a question; after it one signs in again, and what was written is back and saved."""
    user = hall.person("Frida Lang")
    in_work(hall.platform, hall.root.acting(), write_settings, SignOutSettings, {"session_idle_minutes": 60})
    page = visit()
    page.clock.install()
    enter(page, user)
    page.goto("/account")
    page.get_by_label("Namn").fill("Frida Långsam")
    with hall.platform.database.transaction(user.organisation_id) as connection:
        late = text("UPDATE sessions SET seen_at = seen_at - interval '58 minutes' WHERE user_id = :id")
        connection.execute(late, {"id": user.id})
    page.clock.fast_forward(59 * 60_000)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Du loggas snart ut")).to_be_visible()
    page.get_by_role("button", name="Ja, jag är kvar").click()
    expect(dialog).to_have_count(0)
    hall.expire(user)
    page.clock.fast_forward(61 * 60_000)
    expect(dialog.get_by_text("Du har loggats ut")).to_be_visible()
    look(page)
    dialog.get_by_role("link", name="Logga in igen").click()
    page.get_by_role("button", name="E-post och lösenord").click()
    page.get_by_label("E-post").fill(user.email)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Namn")).to_have_value("Frida Långsam")
    page.get_by_role("button", name="Spara").first.click()
    expect(page.get_by_role("status").filter(has_text="sparade")).to_be_visible()
    expect(page.get_by_role("button", name="Meny för Frida Långsam")).to_be_visible()


@pytest.mark.feature("O6")
def test_a_form_that_comes_too_late_is_kept_without_javascript(hall: Hall, visit: Open) -> None:
    """The page says so, another tab signs in again, and the form goes on with all that was written."""
    user = hall.person("Gun Sen")
    page = visit(user, java_script_enabled=False)
    page.goto("/account")
    page.get_by_label("Namn").fill("Gun Sent Omsider")
    hall.expire(user)
    page.get_by_role("button", name="Spara").first.click()
    expect(page.get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    other = page.context.new_page()
    enter(other, user)
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_role("status").filter(has_text="sparade")).to_be_visible()
    expect(page.get_by_label("Namn")).to_have_value("Gun Sent Omsider")
