"""BankID and Freja in a browser: the code, the telephone, the same device, and without JavaScript.

The installation is a small one of its own, since the ways to sign in are the whole installation's.
"""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import Browser, Page, expect

from budkavle import Platform
from budkavle.accounts import create_organisation
from budkavle.identification.identities import link
from budkavle.model.loa import Loa
from budkavle.model.people import NewIdentity, Role, UserActor
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import free_ports, installed
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import PEOPLE, Person

Look = Callable[[Page], None]
Open = Callable[..., Page]
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"
MORE = """\
[plugins.eid]
simulator_port = {eid_port}
"""


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


@pytest.fixture(scope="module")
def lobby(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lobby]:
    """Start it, with an account that has Anna's number."""
    folder, first = tmp_path_factory.mktemp("lobby"), free_ports(4)
    simulator = Simulator(folder / "data" / "plugins" / "eid" / "simulator", first, time.time)
    try:
        more = MORE.format(eid_port=first)
        with installed(budkavle_databases, folder, ["eid"], more, port=first + 3) as running:
            platform = running.platform
            home = create_organisation(platform, system_actor(), "Håbo kommun")
            chief = system_actor(home.id)
            made = in_work(platform, chief, settled_user, email="anna@habo.example", name="Anna Testlind")
            in_work(
                platform,
                system_actor(home.id),
                link,
                NewIdentity("personnummer", PEOPLE[0].number, "BankID"),
                user_id=made.id,
            )
            installer = in_work(
                platform,
                chief,
                settled_user,
                email="karin@habo.example",
                name="Karin Testsson",
                role=Role.PLATFORM,
            )
            number = NewIdentity("personnummer", PEOPLE[2].number, "BankID")
            in_work(platform, chief, link, number, user_id=installer.id)
            with running.serving():
                yield Lobby(platform, running.url, simulator, home.id)
    finally:
        simulator.stop()


@pytest.fixture
def visit(lobby: Lobby, chromium: Browser) -> Iterator[Open]:
    """Open a browser of its own."""
    opened = []

    def open_one(size: tuple[int, int] = (1280, 900), **more: Any) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        context = chromium.new_context(base_url=lobby.url, viewport=viewport, locale="sv-SE", **more)  # type: ignore[arg-type]
        opened.append(context)
        page = context.new_page()
        page.complaints = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
        return page

    yield open_one
    for context in opened:
        context.close()


def _approve(phone: Page, lobby: Lobby, app: str, person: str = "anna") -> None:
    """Take the telephone, scan what is on the screen, and approve."""
    phone.goto(f"{lobby.phone}/?person={person}")
    section = phone.get_by_role("region", name=app, exact=True)
    section.get_by_role("button", name="Skanna koden på skärmen").last.click()  # others' may still wait
    section.get_by_role("button", name="Godkänn som").click()
    expect(phone.get_by_text("Klart. Du är legitimerad.")).to_be_visible()


def _begin(page: Page, way: str) -> None:
    """Choose one way, and press its button."""
    page.goto(f"/sign-in?way={way}")
    page.locator(f"button[value={way}]").click()


@pytest.mark.feature("A9")
@pytest.mark.parametrize(("way", "app"), [("BankID (test)", "BankID"), ("Freja eID (test)", "Freja")])
def test_a_code_on_the_screen_and_a_telephone(lobby: Lobby, visit: Open, look: Look, way: str, app: str) -> None:
    """Choose the way, scan the code that changes, approve, and be signed in without touching the page again."""
    page, phone = visit(), visit((320, 640))
    page.goto("/sign-in")
    page.get_by_role("button", name=way).first.click()
    code = page.get_by_role("img", name="QR-kod att läsa av med appen")
    expect(code).to_be_visible()
    first = code.inner_html()
    expect(code).not_to_have_js_property("innerHTML", first)
    look(page)
    page.set_viewport_size({"width": 320, "height": 640})
    expect(code).to_be_in_viewport(ratio=1)
    _approve(phone, lobby, app)
    expect(page.get_by_role("button", name="Meny för Anna Testlind")).to_be_visible()


def test_the_telephone_is_usable_for_all(lobby: Lobby, visit: Open, look: Look) -> None:
    """Nothing to the side at 320 points, nothing for axe, and no script."""
    page, phone = visit(), visit((320, 640), java_script_enabled=True)
    _begin(page, "bankid")
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    phone.goto(lobby.phone)
    look(phone)
    bankid = phone.get_by_role("region", name="BankID", exact=True)
    bankid.get_by_role("button", name="Skanna koden på skärmen").first.click()
    expect(phone.get_by_text("Du legitimerar dig på 127.0.0.1.")).to_be_visible()
    look(phone)
    phone.get_by_role("button", name="Avbryt").first.click()
    expect(phone.get_by_text("Du avbröt.")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Du avbröt i BankID-appen.")
    look(page)


def test_on_the_telephone_itself(lobby: Lobby, visit: Open, look: Look) -> None:
    """The link opens the app, and the app leads back, signed in: one browser, no code, nothing to type."""
    page = visit((320, 640), user_agent=PHONE)
    _begin(page, "bankid")
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_have_count(0)
    look(page)
    page.get_by_role("link", name="Öppna BankID").click()
    expect(page.get_by_text("Appen öppnades med en länk på samma enhet.")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Fortsätt").click()
    page.get_by_role("button", name="Godkänn som Anna").click()
    page.get_by_role("link", name="Tillbaka till webbläsaren").click()
    expect(page.get_by_role("button", name="Meny för Anna Testlind")).to_be_visible()


@pytest.mark.parametrize("first", ["the page that was left open", "the return"])
def test_on_the_same_device_both_windows_end_well(lobby: Lobby, visit: Open, first: str) -> None:
    """The app leads back to a new window while the first one asks on; whichever comes second is signed in as well."""
    left = visit((320, 640), user_agent=PHONE)
    left.goto("/sign-in?way=bankid&next=/account")
    left.locator("button[value=bankid]").click()
    link = left.get_by_role("link", name="Öppna BankID")
    address = link.get_attribute("href")
    back = left.context.new_page()
    back.goto(address or "")
    back.get_by_role("button", name="Fortsätt").click()
    back.get_by_role("button", name="Godkänn som Anna").click()
    slow, quick = (back, left) if first == "the page that was left open" else (left, back)
    slow.route("**/sign-in", lambda route: route.abort())
    back.get_by_role("link", name="Tillbaka till webbläsaren").click()
    expect(quick).to_have_url(re.compile("/account$"))
    slow.unroute("**/sign-in")
    expect(slow).to_have_url(re.compile("/account$"))
    for page in (left, back):
        expect(page.get_by_role("button", name="Meny för Anna Testlind")).to_be_attached()


def test_a_link_sent_to_somebody_else_opens_nothing(lobby: Lobby, visit: Open) -> None:
    """The victim comes back in a browser that the flow does not know, and the thief's page waits for ever."""
    thief, victim = visit((320, 640), user_agent=PHONE), visit((320, 640), user_agent=PHONE)
    _begin(thief, "bankid")
    address = thief.get_by_role("link", name="Öppna BankID").get_attribute("href")
    victim.goto(address or "")
    victim.get_by_role("button", name="Fortsätt").click()
    victim.get_by_role("button", name="Godkänn som Anna").click()
    victim.get_by_role("link", name="Tillbaka till webbläsaren").click()
    expect(victim.get_by_text("hör till en annan webbläsare")).to_be_visible()
    expect(thief.get_by_text("Gå tillbaka till webbläsaren där du började.")).to_be_visible()
    thief.goto("/")
    expect(thief.get_by_role("heading", name="Logga in")).to_be_visible()


def test_the_other_device_is_a_choice(lobby: Lobby, visit: Open) -> None:
    """On a telephone one may scan with another one; on a computer one may use the app there."""
    page = visit(user_agent=PHONE)
    _begin(page, "bankid")
    page.get_by_role("button", name="BankID på en annan enhet").click()
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    page.get_by_role("button", name="BankID på den här enheten").click()
    expect(page.get_by_role("link", name="Öppna BankID")).to_be_visible()


def test_without_javascript(lobby: Lobby, visit: Open) -> None:
    """The code stands there, and a button says that one is done."""
    page, phone = visit(java_script_enabled=False), visit()
    _begin(page, "freja")
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    _approve(phone, lobby, "Freja")
    page.get_by_role("button", name="Jag är klar i appen").click()
    expect(page.get_by_role("button", name="Meny för Anna Testlind")).to_be_visible()


def _steal_flow(mine: httpx.Client, thief: httpx.Client) -> httpx.Response:
    """Bring the flow of another browser, as a thief of one cookie would."""
    thief.cookies.set("flow", mine.cookies["flow"])
    return thief.post("/sign-in", data={"tick": "1"}, headers=SAME)


THEFTS: dict[str, Callable[[httpx.Client, httpx.Client], httpx.Response]] = {
    "another's flow": _steal_flow,
    "no cookies": lambda mine, thief: thief.post("/sign-in", data={"tick": "1"}, headers=SAME),
    "a guessed return": lambda mine, thief: mine.get("/sign-in/back/bankid", params={"nonce": "AAAA"}),
    "another provider's address": lambda mine, thief: mine.get("/sign-in/back/freja", params={"tick": "1"}),
    "a form of another site's": lambda mine, thief: mine.post(
        "/sign-in", data={"tick": "1"}, headers={"sec-fetch-site": "cross-site"}
    ),
}
SAME = {"sec-fetch-site": "same-origin"}


def _approve_own(lobby: Lobby, browser: str, person: Person) -> str:
    """Approve the order of this browser, which BankID knows by a device identifier; returns where the app leads."""
    device, bankid = sha256(f"hint|{browser}".encode()).hexdigest()[:32], lobby.simulator.bankid
    order = next(one for one in list(bankid._orders.values()) if one.request["web"]["deviceIdentifier"] == device)
    if "returnUrl" in order.request:
        return bankid.approve(bankid.open_link({"autostarttoken": order.auto_start_token}, person, "127.0.0.1"))
    return bankid.approve(bankid.pick(order.id, person, "127.0.0.1"))


def _come_in(client: httpx.Client) -> None:
    """Ask as the open page does: again after a while where the service had too much to do to say."""
    for _ in range(10):
        if "data-seconds" not in client.post("/sign-in", data={"tick": "1"}, headers=SAME).text:
            return
        time.sleep(1)


def _is_in(client: httpx.Client) -> bool:
    return "Meny för Anna Testlind" in client.get("/").text


@pytest.mark.slow
def test_fifty_at_once_and_one_in_ten_a_thief(lobby: Lobby, visit: Open) -> None:
    """Through the real web server: everybody honest is signed in, once; no thief is, whatever they bring."""
    visit()

    def go(number: int) -> tuple[bool, bool]:
        person = replace(PEOPLE[0], key=f"p{number}")
        theft = [*THEFTS.values()][number // 10] if number % 10 == 0 else None
        agent = PHONE if theft is THEFTS["a guessed return"] else "Firefox"
        options: dict[str, Any] = {"base_url": lobby.url, "timeout": 30, "follow_redirects": True, "trust_env": False}
        with httpx.Client(**options, headers={"user-agent": agent}) as mine, httpx.Client(**options) as thief:
            assert mine.post("/sign-in/begin", data={"way": "bankid"}, headers=SAME).status_code == 200
            _approve_own(lobby, mine.cookies["browser"], person)
            if theft is not None:
                theft(mine, thief)
                return _is_in(mine), _is_in(thief)
            flow = mine.cookies["flow"]
            _come_in(mine)
            thief.cookies.set("browser", mine.cookies["browser"])
            thief.cookies.set("flow", flow)
            thief.post("/sign-in", data={"tick": "1"}, headers=SAME)
            return _is_in(mine), _is_in(thief)

    with ThreadPoolExecutor(50) as threads:
        ended = list(threads.map(go, range(50)))
    assert ended == [(number % 10 != 0, False) for number in range(50)]


@pytest.mark.slow
def test_coming_back_while_the_open_page_asks(lobby: Lobby, visit: Open) -> None:
    """BankID tells the end once, to whichever of them asks first; the return signs in all the same, and is no error."""
    visit()
    ticks = {**SAME, "hx-request": "true"}
    options: dict[str, Any] = {
        "base_url": lobby.url,
        "timeout": 30,
        "trust_env": False,
        "headers": {"user-agent": PHONE},
        "follow_redirects": True,
    }
    for number in range(8):
        with httpx.Client(**options) as mine, ThreadPoolExecutor(4) as threads:
            mine.post("/sign-in/begin", data={"way": "bankid"}, headers=SAME)
            jar = {name: mine.cookies[name] for name in ("flow", "browser")}
            back = _approve_own(lobby, jar["browser"], replace(PEOPLE[0], key=f"r{number}"))
            with httpx.Client(**options, cookies=jar) as page, httpx.Client(**options, cookies=jar) as returned:
                asked = [threads.submit(page.post, "/sign-in", data={"tick": "1"}, headers=ticks) for _ in range(3)]
                came = returned.get(back)
                statuses = {one.result().status_code for one in asked}
                assert came.status_code == 200, came.text[:2000]
                assert statuses <= {200, 204}
                if not any(_is_in(one) for one in (page, returned)):
                    returned.post("/sign-in", data={"tick": "1"}, headers=SAME)
                assert any(_is_in(one) for one in (page, returned)), came.text[:2000]


@pytest.fixture
def key_file(lobby: Lobby, tmp_path: Path) -> Path:
    """The key file as the bank sends it, under a password."""
    files = lobby.simulator.addresses.files
    key: Any = load_pem_private_key(files.client.with_suffix(".key").read_bytes(), None)
    certificate = load_pem_x509_certificate(files.client.read_bytes())
    path = tmp_path / "bank.p12"
    locked = BestAvailableEncryption(b"bankens")
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"test", key, certificate, None, locked))
    return path


@pytest.mark.feature("N5")
def test_bankid_is_connected_tried_and_switched_on(lobby: Lobby, visit: Open, look: Look, key_file: Path) -> None:
    """An administrator of the installation chooses the bank's file, identifies once for trial, and switches it on."""
    files, phone = lobby.simulator.addresses.files, visit((320, 640))
    page = visit()
    _begin(page, "bankid")
    _approve(phone, lobby, "BankID", "karin")
    page.get_by_role("button", name="Meny för Karin Testsson").click()
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("link", name="Inloggningssätt").click()
    look(page)
    page.get_by_role("main").get_by_role("link", name="BankID", exact=True).click()
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("alert")).to_contain_text("behöver rättas")
    look(page)
    page.get_by_label("Kortnamn").fill("stadens")
    page.get_by_label("Text på knappen").fill("Stadens BankID")
    page.get_by_label("Högsta tillitsnivå").select_option("3")
    page.get_by_label("Certifikat och nyckel").set_input_files(key_file)
    page.get_by_label("Filens lösenord").fill("bankens")
    page.get_by_label("Utfärdaren av tjänstens servercertifikat").set_input_files(files.ca)
    page.get_by_label("BankID:s rotcertifikat").set_input_files(files.persons / "root.pem")
    page.get_by_label("Tjänstens adress").fill(lobby.simulator.addresses.bankid_url)
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").first).to_contain_text("Prova den nu")
    look(page)
    expect(page.get_by_role("button", name="Slå på")).to_have_count(0)
    page.get_by_role("button", name="Prova").click()
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    _approve(phone, lobby, "BankID", "karin")
    expect(page.get_by_text("Provet gick bra.")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Slå på").click()
    expect(page.get_by_role("status").first).to_contain_text("är på")
    stranger = visit()
    stranger.goto("/sign-in")
    expect(stranger.get_by_role("button", name="Stadens BankID")).to_be_visible()
    page.goto("/language/en")
    page.goto("/plugin/eid/connections/stadens")
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Switch off").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status").first).to_contain_text("removed")


@pytest.mark.feature("N5")
def test_a_way_is_connected_without_javascript(lobby: Lobby, visit: Open) -> None:
    page, phone = visit(java_script_enabled=False), visit((320, 640))
    _begin(page, "bankid")
    _approve(phone, lobby, "BankID", "karin")
    page.goto("/sign-in/flow")
    page.goto("/plugin/eid/connections/new?kind=oidc")
    page.get_by_label("Kortnamn").fill("entra")
    page.get_by_label("Text på knappen").fill("Stadens Entra")
    page.get_by_label("Adress", exact=True).fill("https://login.example/.well-known/openid-configuration")
    page.get_by_label("Klientens id").fill("budkavle")
    page.get_by_label("Hemlighet", exact=True).fill("hemlig-hemlig-hemlig-hemlig")
    page.get_by_label("Tillitsnivå när svaret").select_option("2")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").first).to_contain_text("Prova den nu")
    page.get_by_role("button", name="Ta bort").click()
    expect(page.get_by_role("status").first).to_contain_text("borttagen")


@pytest.mark.feature("O2", "OX1")
@pytest.mark.parametrize("language", ["sv", "en"])
def test_ways_that_wait_are_confirmed_together(lobby: Lobby, visit: Open, look: Look, language: str) -> None:
    """From the list of users to all that wait; those that are ticked count from now on, the others wait."""
    several, all_of_them, confirm, none = {
        "sv": ("Bekräfta flera", "Kryssa för alla på sidan", "Bekräfta de förkryssade", "Inget väntar på dig"),
        "en": ("Confirm several", "Tick all on the page", "Confirm those ticked", "Nothing is waiting for you"),
    }[language]
    for number in range(3):
        who = {"email": f"ny{number}.{language}@habo.example", "name": f"Ny {language} {number}"}
        made = in_work(lobby.platform, system_actor(lobby.organisation_id), settled_user, **who)
        actor = UserActor(lobby.organisation_id, made.id, made.name, loa=Loa.TWO)
        in_work(lobby.platform, actor, link, NewIdentity("personnummer", f"1900{language}{number}", "BankID"))
    page = visit()
    _begin(page, "bankid")
    _approve(visit((320, 640)), lobby, "BankID", "karin")
    expect(page).to_have_url(re.compile(r"/m/[0-9a-f-]+$"))
    page.goto(f"/language/{language}")
    page.goto("/organisation/users")
    page.get_by_role("link", name=several).click()
    look(page)
    page.get_by_role("button", name=confirm).click()
    expect(page.locator("#method-error")).to_be_visible()
    look(page)
    boxes = page.locator("input[name=method]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name=confirm).click()
    expect(page.get_by_role("status").first).to_be_visible()
    page.goto("/organisation/users/waiting")
    expect(boxes).to_have_count(2)
    page.get_by_role("link", name=all_of_them).click()
    page.get_by_role("button", name=confirm).click()
    page.goto("/organisation/users/waiting")
    expect(page.get_by_text(none)).to_be_visible()
    look(page)
