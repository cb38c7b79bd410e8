"""A phone on which somebody is signed in."""

import re
from typing import Any

from playwright.sync_api import Page, expect

ANNA, PASSWORD = "anna@habo.example", "en lång mening om vintern"
PHONE = {"width": 390, "height": 844}
PAGE = "/plugin/phone"


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
