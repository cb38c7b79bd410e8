"""A network that is slow or gone."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from tests.browser.phone.phone_page import kept, with_worker

from budkavle.testing import SampleOrganisation

Look = Callable[[Page], None]


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
    expected = ("503", "ERR_INTERNET_DISCONNECTED")
    assert [one for one in phone.complaints if not any(word in one for word in expected)] == []  # type: ignore[attr-defined]


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
