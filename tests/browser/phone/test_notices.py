"""The page Mobil: notices, installing, and what is kept on the phone."""

import re
import tempfile
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect
from tests.browser.phone.phone_page import PAGE, sign_in, with_worker

from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.running import Running

Look = Callable[[Page], None]
NARROW = {"width": 320, "height": 640}


def test_the_page_in_both_languages(phone: Page, look: Look) -> None:
    """Wide and narrow, with text twice as large; it says that notices need the browser's permission."""
    for language, heading in (("sv", "Mobil och aviseringar"), ("en", "Phone and notifications")):
        phone.goto(f"/language/{language}")
        phone.goto(PAGE)
        expect(phone.get_by_role("heading", name=heading)).to_be_visible()
        if language == "sv":
            look(phone)
        phone.set_viewport_size(NARROW)  # type: ignore[arg-type]
        phone.evaluate("document.documentElement.style.fontSize = '200%'")
        wide, room = phone.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= room


def test_a_push_shows_the_mailbox_and_leads_there(phone: Page, anna: SampleUser) -> None:
    """What comes by push is shown, replaces the one before of the same mailbox, and is gone after signing out."""
    cdp, registrations = with_worker(phone)
    told = '{"title": "Bygglov", "body": "Nytt ärende", "path": "/search", "tag": "a", "lang": "sv"}'
    ready = {"origin": phone.url.partition(PAGE)[0], "registrationId": registrations[-1]["registrationId"]}
    notices = """() => navigator.serviceWorker.ready.then(worker => worker.getNotifications())
        .then(all => all.map(each => [each.title, each.body, each.data.path]).sort())"""
    case = ["Bygglov", "Nytt ärende", "/search"]
    for data, shown in ((told, [case]), (told, [case]), ("no json", [["Budkavle", "", "/"], case])):
        cdp.send("ServiceWorker.deliverPushMessage", {**ready, "data": data})
        expect_soon(phone, notices, shown)
    phone.get_by_role("button", name=re.compile("Meny")).click()
    phone.get_by_role("button", name="Logga ut").click()
    expect(phone.get_by_role("heading", name="Logga in")).to_be_visible()
    expect_soon(phone, notices, [])


def expect_soon(page: Page, script: str, wanted: Any) -> None:
    for _ in range(300):  # half a minute: the machine may have much to do beside
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
