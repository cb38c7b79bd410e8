"""Links sent to others, stolen flows, and two windows at once."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser.eid.lobby import PHONE, Lobby, begin

from budkavle_eid.simulator.persons import PEOPLE, Person

Open = Callable[..., Page]


@pytest.mark.parametrize("first", ["the page that was left open", "the return"])
def test_on_the_same_device_both_windows_end_well(lobby: Lobby, visit: Open, first: str) -> None:
    """The app leads back to a new window while the first one asks on; whichever comes second is signed in as well."""
    left = visit(320, 640, user_agent=PHONE)
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
    thief, victim = visit(320, 640, user_agent=PHONE), visit(320, 640, user_agent=PHONE)
    begin(thief, "bankid")
    address = thief.get_by_role("link", name="Öppna BankID").get_attribute("href")
    victim.goto(address or "")
    victim.get_by_role("button", name="Fortsätt").click()
    victim.get_by_role("button", name="Godkänn som Anna").click()
    victim.get_by_role("link", name="Tillbaka till webbläsaren").click()
    expect(victim.get_by_text("hör till en annan webbläsare")).to_be_visible()
    expect(thief.get_by_text("Gå tillbaka till webbläsaren där du började.")).to_be_visible()
    thief.goto("/")
    expect(thief.get_by_role("heading", name="Logga in")).to_be_visible()


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
def test_twenty_five_at_once_and_one_in_five_a_thief(lobby: Lobby, visit: Open) -> None:
    """Through the real web server: everybody honest is signed in, once; no thief is, whatever they bring."""
    visit()

    def go(number: int) -> tuple[bool, bool]:
        person = replace(PEOPLE[0], key=f"p{number}")
        theft = [*THEFTS.values()][number // 5] if number % 5 == 0 else None
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

    with ThreadPoolExecutor(25) as threads:
        ended = list(threads.map(go, range(25)))
    assert ended == [(number % 5 != 0, False) for number in range(25)]


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
