"""The app on the phone: installed, without network, told by push, shared into, with the scanner and the lock.

The installation is a small one of its own at `localhost`, where passkeys and workers are allowed without https. What
only a real phone can show stands in docs/clients.md.
"""

import io
import re
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from budkavle.accounts import create_organisation
from budkavle.model.people import Role
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.running import Running, installed

Look = Callable[[Page], None]
ANNA, PASSWORD = "anna@habo.example", "en lång mening om vintern"
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
PAGE = "/plugin/phone"


@pytest.fixture(scope="module")
def switches() -> tuple[str, ...]:
    """A camera that shows a moving picture."""
    return ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def chromium(chromium: Browser, program: Callable[..., str], switches: tuple[str, ...]) -> Iterator[Browser]:
    """The whole browser: the shell without windows shows no notices."""
    whole = program("chromium", "google-chrome")
    made = chromium.browser_type.launch(executable_path=whole, args=["--no-sandbox", "--disable-gpu", *switches])
    yield made
    made.close()


@pytest.fixture(scope="module")
def small(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An installation with one organisation."""
    folder, more = tmp_path_factory.mktemp("phone"), "[[plugins.eid.passkey]]"
    with (
        installed(budkavle_databases, folder, ["phone", "eid", "email_link"], more, host="localhost") as made,
        made.serving(),
    ):
        yield made


@pytest.fixture(scope="module")
def habo(small: Running) -> SampleOrganisation:
    made = create_organisation(small.platform, system_actor(), "Habo kommun")
    return SampleOrganisation(small.platform, made)


@pytest.fixture(scope="module")
def anna(habo: SampleOrganisation) -> SampleUser:
    user = habo.add_user("Anna Ek", Role.USER, email=ANNA, password=PASSWORD)
    habo.add_mailbox("Bygglov", user)
    return user


@pytest.fixture
def phone(small: Running, anna: SampleUser, chromium: Browser) -> Iterator[Page]:
    """A phone on which Anna is signed in."""
    context = chromium.new_context(
        base_url=small.url,
        locale="sv-SE",
        viewport=PHONE,  # type: ignore[arg-type]
        permissions=["notifications", "camera"],
    )
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    sign_in(page)
    yield page
    context.close()


def sign_in(page: Page) -> None:
    page.goto("/sign-in?way=password")
    page.get_by_label("E-post").fill(ANNA)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("button", name=re.compile("Meny"))).to_be_visible()


def kept(page: Page) -> list[Any]:
    """All that the page's site has put away in this browser, beside what the pages' own preferences need."""
    return page.evaluate(  # type: ignore[no-any-return]
        """async () => [await caches.keys(), (await indexedDB.databases()).map(each => each.name),
            Object.keys(localStorage)]"""
    )


def with_worker(page: Page) -> Any:
    """Open the page Mobil, wait for its worker, and return what DevTools say of it."""
    cdp = page.context.new_cdp_session(page)
    registrations: list[dict[str, Any]] = []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda told: registrations.extend(told["registrations"]))
    cdp.send("ServiceWorker.enable")
    page.goto(PAGE)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    return cdp, registrations


def test_the_page_in_both_languages(phone: Page, look: Look) -> None:
    """Wide and narrow, with text twice as large; it says that notices need the browser's permission."""
    for language, heading in (("sv", "Mobil och aviseringar"), ("en", "Phone and notifications")):
        phone.goto(f"/language/{language}")
        phone.goto(PAGE)
        expect(phone.get_by_role("heading", name=heading)).to_be_visible()
        look(phone)
        phone.set_viewport_size(NARROW)  # type: ignore[arg-type]
        phone.evaluate("document.documentElement.style.fontSize = '200%'")
        wide, room = phone.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room


def test_without_network_there_is_one_page_and_nothing_is_kept(phone: Page, look: Look) -> None:
    """The worker answers with a page without content, and the next page comes by itself when the network is back."""
    with_worker(phone)
    phone.goto("/account")
    assert phone.evaluate("performance.getEntriesByType('navigation')[0].workerStart") > 0
    phone.context.set_offline(True)
    phone.goto("/account?x", wait_until="domcontentloaded")
    expect(phone.get_by_role("heading", name="Ingen anslutning")).to_be_visible()
    assert "Anna" not in phone.content()
    phone.context.set_offline(False)
    expect(phone.get_by_role("heading", name="Mitt konto")).to_be_visible()
    assert kept(phone)[:2] == [[], []]
    assert not phone.complaints  # type: ignore[attr-defined]


def test_a_push_shows_the_mailbox_and_leads_there(phone: Page, anna: SampleUser) -> None:
    """What comes by push is shown, replaces the one before of the same mailbox, and is gone after signing out."""
    cdp, registrations = with_worker(phone)
    told = '{"title": "Bygglov", "body": "Nytt ärende", "path": "/search", "tag": "a", "lang": "sv"}'
    ready = {"origin": phone.url.partition(PAGE)[0], "registrationId": registrations[-1]["registrationId"]}
    for data in (told, told, "no json"):
        cdp.send("ServiceWorker.deliverPushMessage", {**ready, "data": data})
    notices = """() => navigator.serviceWorker.ready.then(worker => worker.getNotifications())
        .then(all => all.map(each => [each.title, each.body, each.data.path]).sort())"""
    expect_soon(phone, notices, [["Budkavle", "", "/"], ["Bygglov", "Nytt ärende", "/search"]])
    phone.get_by_role("button", name=re.compile("Meny")).click()
    phone.get_by_role("button", name="Logga ut").click()
    expect(phone.get_by_role("heading", name="Logga in")).to_be_visible()
    expect_soon(phone, notices, [])


def expect_soon(page: Page, script: str, wanted: Any) -> None:
    for _ in range(50):
        if page.evaluate(script) == wanted:
            return
        page.wait_for_timeout(100)
    assert page.evaluate(script) == wanted


def test_a_refused_permission_is_told(phone: Page) -> None:
    """The page says where it is allowed again."""
    phone.context.clear_permissions()
    phone.goto(PAGE)
    phone.evaluate("() => { Notification.requestPermission = async () => 'denied'; }")
    phone.get_by_role("button", name="Slå på aviseringar här").click()
    expect(phone.get_by_text("Webbläsaren tillåter inga aviseringar härifrån")).to_be_visible()


def test_switching_on_sends_the_subscription(phone: Page, habo: SampleOrganisation, look: Look) -> None:
    """Headless Chromium has no push service, so one stands in; the device is in the list, and is taken out of it."""
    phone.goto(PAGE)
    phone.wait_for_function("() => navigator.serviceWorker.controller !== null")
    phone.evaluate(
        """async () => {
          Object.defineProperty(Notification, 'permission', {value: 'granted'});
          Notification.requestPermission = async () => 'granted';
          const pair = await crypto.subtle.generateKey({name: 'ECDH', namedCurve: 'P-256'}, false, ['deriveBits']);
          const point = await crypto.subtle.exportKey('raw', pair.publicKey);
          const keys = {p256dh: point, auth: new Uint8Array(16).buffer};
          PushManager.prototype.getSubscription = async () => null;
          PushManager.prototype.subscribe = async ({applicationServerKey: key}) => {
            if (key.length !== 65 || key[0] !== 4) throw new TypeError('no key');
            return {endpoint: 'https://1.1.1.1/push/abc', getKey: name => keys[name]};
          };
        }"""
    )
    phone.get_by_role("button", name="Slå på aviseringar här").click()
    expect(phone.get_by_role("status").filter(has_text="Aviseringar är på i den här webbläsaren").first).to_be_visible()
    expect(phone.get_by_text(re.compile("Chrome, Linux")).first).to_be_visible()
    look(phone)
    phone.get_by_role("button", name=re.compile("Ta bort Chrome")).click()
    expect(phone.get_by_text("Enheten får inga fler aviseringar.")).to_be_visible()


def test_it_can_be_installed(small: Running, anna: SampleUser, chromium: Browser, program: Callable[..., str]) -> None:
    """Chromium itself reads the manifest without fault, and finds nothing that is in the way of installing."""
    whole = program("chromium", "google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        context = chromium.browser_type.launch_persistent_context(
            folder, executable_path=whole, args=["--no-sandbox"], base_url=small.url, locale="sv-SE"
        )
        page = context.new_page()
        sign_in(page)
        page.goto("/account")
        cdp = context.new_cdp_session(page)
        read = cdp.send("Page.getAppManifest")
        assert read["errors"] == []
        assert read["url"].endswith(f"{PAGE}/app.webmanifest?lang=sv")
        assert cdp.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        context.close()


def photo(colour: str = "#c00") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (600, 800), colour).save(made, "JPEG")
    return made.getvalue()


def test_a_share_becomes_a_message(phone: Page, look: Look) -> None:
    """As the share sheet posts it, past the worker, to the draft."""
    with_worker(phone)
    phone.evaluate(
        """() => { const form = document.createElement('form');
          Object.assign(form, {id: 'sheet', method: 'post', action: '/plugin/phone/share'});
          form.enctype = 'multipart/form-data';
          for (const [name, value] of [['title', 'Trasigt räcke'], ['text', 'Se bilden'], ['url', '']]) {
            const field = document.createElement('input'); Object.assign(field, {name, value}); form.append(field); }
          const file = document.createElement('input');
          Object.assign(file, {type: 'file', name: 'files', multiple: true});
          form.append(file); document.body.append(form); }"""
    )
    image = {"name": "räcke.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    phone.set_input_files("#sheet input[type=file]", [image])  # type: ignore[list-item]
    phone.evaluate("document.getElementById('sheet').submit()")
    expect(phone.get_by_role("heading", name="Delat till Budkavle")).to_be_visible()
    look(phone)
    phone.get_by_label("Skicka från").select_option(label="Bygglov")
    phone.get_by_role("button", name="Skriv meddelandet").click()
    expect(phone.get_by_label("Ämne")).to_have_value("Trasigt räcke")
    expect(phone.get_by_text("räcke.jpg")).to_be_visible()


def test_the_scanner_by_camera_and_keyboard(phone: Page, look: Look) -> None:
    """Two pages by the camera and one chosen, moved, turned, cut and removed by keys alone, and a PDF in the draft."""
    phone.goto(f"{PAGE}/scan")
    phone.get_by_role("button", name="Öppna kameran").press("Enter")
    phone.wait_for_function("() => document.querySelector('[data-video]').videoWidth > 0")
    for number in (1, 2):
        phone.get_by_role("button", name="Ta bild").press("Enter")
        expect(phone.get_by_text(f"Sida {number} är tillagd.")).to_be_attached()
    phone.set_input_files("#pictures", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
    pages = phone.get_by_role("list", name="Sidor").get_by_role("listitem")
    expect(pages).to_have_count(3)
    look(phone)
    phone.set_viewport_size(PHONE)  # type: ignore[arg-type]
    pages.nth(2).get_by_role("button", name="Flytta upp").press("Enter")
    expect(phone.get_by_text("Sidan ligger nu som nummer 2.")).to_be_attached()
    pages.nth(1).get_by_role("button", name="Vrid").press("Enter")
    pages.nth(1).get_by_text("Skär bort kanter").press("Enter")
    pages.nth(1).get_by_label("Upptill").press("ArrowRight")
    pages.nth(0).get_by_role("button", name="Ta bort").press("Enter")
    expect(pages).to_have_count(2)
    phone.get_by_role("button", name="Gör PDF och skriv meddelandet").press("Enter")
    expect(phone.get_by_text(re.compile(r"Skannat 20.*\.pdf"))).to_be_visible()
    assert kept(phone)[:2] == [[], []]


def test_the_scanner_without_a_script(small: Running, phone: Page, chromium: Browser) -> None:
    """The chosen pictures are sent in their order."""
    context = chromium.new_context(
        base_url=small.url, locale="sv-SE", java_script_enabled=False, storage_state=phone.context.storage_state()
    )
    page = context.new_page()
    page.goto(f"{PAGE}/scan")
    page.set_input_files("#pictures", [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}])
    page.get_by_role("button", name="Gör PDF och skriv meddelandet").click()
    expect(page.get_by_text(re.compile(r"Skannat 20.*\.pdf"))).to_be_visible()
    context.close()


def add_passkey(page: Page) -> None:
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
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/account/methods")
    page.locator("form button[value=passkey]").click()
    page.get_by_role("button", name="Skapa passkey").click()
    expect(page.get_by_role("status").filter(has_text="tillagt")).to_be_visible()


def be_away(habo: SampleOrganisation, minutes: int = 2) -> None:
    """Let it be so long since the person was there."""
    away = f"UPDATE sessions SET present_at = now() - interval '{minutes} minutes' WHERE lock_minutes IS NOT NULL"
    habo.rows(away)


def leave_and_come_back(page: Page, habo: SampleOrganisation) -> None:
    hide = """state => { Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
        document.dispatchEvent(new Event('visibilitychange')); }"""
    page.evaluate(hide, "hidden")
    expect(page.locator("html")).to_have_class(re.compile("covered"))
    be_away(habo)
    page.evaluate(hide, "visible")


def test_the_lock_asks_for_the_passkey(phone: Page, habo: SampleOrganisation, look: Look) -> None:
    """Away for a minute: the server gives nothing, the page shows nothing, and the passkey leads back to it."""
    add_passkey(phone)
    phone.goto(PAGE)
    phone.get_by_label("Efter 1 min").check()
    phone.get_by_role("button", name="Spara låset").click()
    expect(phone.get_by_text("Låset är på i den här webbläsaren.")).to_be_visible()
    phone.goto("/account")
    leave_and_come_back(phone, habo)
    locked = phone.get_by_role("dialog")
    expect(locked.get_by_role("heading", name="Appen är låst")).to_be_visible()
    assert "anna@habo.example" not in phone.content()
    answer = phone.request.get("/account", max_redirects=0, headers={"accept": "text/html"})
    assert (answer.status, answer.headers["location"]) == (303, "/unlock?next=/account")
    locked.get_by_role("link", name="Lås upp").click()
    expect(phone.get_by_role("heading", name="Appen är låst")).to_be_visible()
    look(phone)
    phone.get_by_role("button", name=re.compile("Passkey")).click()
    phone.get_by_role("button", name="Använd passkey").click()
    expect(phone.get_by_role("heading", name="Mitt konto")).to_be_visible()
    phone.goto(PAGE)
    expect(phone.get_by_label("Efter 1 min")).to_be_checked()
    sign_out_and_in(phone)
    phone.goto(PAGE)
    expect(phone.get_by_label("Efter 1 min"), "the browser keeps it for later sessions").to_be_checked()
    phone.get_by_label("Av").check()
    phone.get_by_role("button", name="Spara låset").click()
    expect(phone.get_by_text("Låset är av i den här webbläsaren.")).to_be_visible()


def sign_out_and_in(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Meny")).click()
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    sign_in(page)


def test_what_is_written_survives_the_lock(phone: Page, habo: SampleOrganisation) -> None:
    """It is gone from the page, and comes back once the session is unlocked, here or in another window."""
    add_passkey(phone)
    phone.goto(PAGE)
    phone.get_by_label("Efter 1 min").check()
    phone.get_by_role("button", name="Spara låset").click()
    phone.goto("/account")
    phone.get_by_label("Text").fill("Med vänlig hälsning")
    leave_and_come_back(phone, habo)
    expect(phone.get_by_role("dialog").get_by_role("link", name="Lås upp", exact=True)).to_be_visible()
    expect(phone.get_by_label("Text")).to_have_count(0)
    habo.rows("UPDATE sessions SET present_at = now()")
    phone.get_by_role("button", name="Jag har låst upp").click()
    expect(phone.get_by_label("Text")).to_have_value("Med vänlig hälsning")


def test_a_slow_network_shows_that_something_comes(phone: Page) -> None:
    """After a moment the page says so and shows where text will stand; then the page is there."""
    phone.goto("/account")
    slow = {"offline": False, "latency": 4000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    phone.context.new_cdp_session(phone).send("Network.emulateNetworkConditions", slow)
    seen: list[str] = []
    phone.on("console", lambda message: seen.append(message.text))
    phone.evaluate(  # the page itself tells what stands there meanwhile: DevTools wait for the next page
        """() => new MutationObserver(() => {
          const line = document.querySelector('.network.seen [data-when=slow]:not([hidden])');
          const count = document.querySelectorAll('#main[aria-busy] > .skeleton').length;
          if (line && count) console.log(`${line.textContent.trim()} ${count}`);
        }).observe(document.getElementById('main'), {childList: true, attributes: true})"""
    )
    phone.get_by_role("link", name="Hur du loggar in").click(no_wait_after=True)
    expect(phone.get_by_role("heading", name="Hur du loggar in")).to_be_visible()
    assert "Hämtar … 1" in seen
    expect(phone.locator(".skeleton")).to_have_count(0)


def test_what_is_opened_without_network_opens_when_it_is_back(phone: Page) -> None:
    phone.goto("/account")
    phone.context.set_offline(True)
    phone.get_by_role("link", name="Hur du loggar in").click()
    expect(phone.get_by_role("status").get_by_text("Sidan öppnas när nätet är tillbaka.")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_role("heading", name="Hur du loggar in")).to_be_visible()


def test_what_is_sent_without_network_is_sent_when_it_is_back(phone: Page, habo: SampleOrganisation) -> None:
    """A form waits in the page alone, may be called off, and is sent once."""
    phone.goto("/account")
    phone.get_by_label("Text").fill("Hälsningar från tåget")
    phone.context.set_offline(True)
    phone.get_by_role("button", name="Spara signaturen").click()
    waits = phone.get_by_role("status").get_by_text(re.compile("Skickas när nätet är tillbaka"))
    expect(waits).to_be_visible()
    phone.locator(".network").get_by_role("button", name="Avbryt").click()
    expect(waits).not_to_be_visible()
    phone.get_by_role("button", name="Spara signaturen").click()
    expect(waits).to_be_visible()
    assert kept(phone)[:2] == [[], []]
    assert "tåget" not in str(phone.evaluate("[{...localStorage}, {...sessionStorage}]"))
    phone.context.set_offline(False)
    expect(phone.get_by_text("Ändringarna är sparade.")).to_be_visible()
    expect(phone.get_by_label("Text")).to_have_value("Hälsningar från tåget")
