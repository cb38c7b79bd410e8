"""A session that has ended: what could be read is gone from the screen, and what was written is kept."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_demo.content import ANNA, BO, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
SECRET = "Gunvor Sekretessdotter"


@pytest.fixture
def case_id(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A case of Anna's whose text nobody else may see."""
    box = sdk_mailboxes.add(f"Slut {request.node.originalname[5:35]}", ANNA)
    made: UUID = sdk_mailboxes.arrive(box, f"Om {SECRET}", body=f"{SECRET} har sökt vård.", confidential=True)
    return made


@pytest.fixture
def anna(browse: Browse) -> Page:
    """A browser with a session of its own, which can be ended, and a clock."""
    page = browse(ANNA)
    page.clock.install()
    return page


def expire(bjorkvik: SampleOrganisation, people: dict[str, SampleUser], page: Page) -> None:
    """Let the newest session of Anna's be over, and an hour pass in her browser."""
    newest = "SELECT max(created_at) FROM sessions WHERE user_id = :id"
    late = f"UPDATE sessions SET seen_at = seen_at - interval '3 hours' WHERE user_id = :id AND created_at = ({newest})"
    bjorkvik.rows(late, id=people[ANNA].id)
    page.clock.fast_forward(61 * 60_000)


def told(page: Page) -> Locator:
    """What stands before the page."""
    return page.get_by_role("dialog")


def assert_hidden(page: Page, secret: str = SECRET) -> None:
    """Nothing of it can be seen, reached by keyboard, read aloud, found in the title, or printed."""
    assert secret not in page.evaluate("document.body.innerText")
    assert secret not in page.title()
    assert secret not in page.locator("body").aria_snapshot()
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#session')")
    page.emulate_media(media="print")
    expect(page.locator("body")).to_be_hidden()
    page.emulate_media(media="screen")


@pytest.mark.feature("O6")
def test_what_was_read_is_taken_away(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID, anna: Page, look: Look
) -> None:
    """An open case is gone with its title, and nothing is said of something written; signing in leads back to it."""
    anna.goto(f"/c/{case_id}")
    expire(bjorkvik, people, anna)
    expect(told(anna).get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    anna.wait_for_load_state()
    assert SECRET not in anna.content()
    assert_hidden(anna)
    expect(told(anna).get_by_text("skrivit").locator("visible=true")).to_have_count(0)
    look(anna)
    told(anna).get_by_role("link", name="Logga in igen").click()
    sign_in_again(anna)
    expect(anna).to_have_url(re.compile(f"/c/{case_id}$"))
    expect(anna.locator("article.read")).to_contain_text(SECRET)


@pytest.mark.feature("ZS3")
def test_a_copy_of_the_cookies_signs_both_out(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID, anna: Page, browse: Browse, look: Look
) -> None:
    """Somebody has copied Anna's profile: once her browser has gone on, the copy opens nothing, and says why."""
    anna.goto(f"/c/{case_id}")
    copy = copied(browse, anna)
    copy.goto(f"/c/{case_id}")
    expect(copy.locator("article.read")).to_contain_text(SECRET)
    go_on_alone(bjorkvik, people, anna)
    copy.reload()
    expect(copy.get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    expect(copy.get_by_text("Samma inloggning användes i två webbläsare")).to_be_visible()
    assert SECRET not in copy.content()
    look(copy)
    anna.clock.fast_forward(61 * 60_000)
    expect(told(anna).get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    assert_hidden(anna)


@pytest.mark.feature("ZS3")
def test_a_page_that_stands_open_says_that_its_session_was_copied(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID, anna: Page, browse: Browse, look: Look
) -> None:
    """The copy has gone on instead: Anna's page finds that out by itself, and says so until she has signed in."""
    anna.goto(f"/c/{case_id}")
    copy = copied(browse, anna)
    copy.goto(f"/c/{case_id}")
    go_on_alone(bjorkvik, people, copy)
    anna.clock.fast_forward(61_000)
    expect(told(anna).get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    expect(told(anna).get_by_text("Samma inloggning användes i två webbläsare")).to_be_visible()
    assert_hidden(anna)
    anna.clock.fast_forward(11_000)
    expect(told(anna).get_by_text("Samma inloggning användes i två webbläsare")).to_be_visible()
    look(anna)


@pytest.mark.feature("ZS3")
def test_a_page_with_writing_that_finds_it_out_in_place_says_so(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], anna: Page, browse: Browse
) -> None:
    """What keeps the draft, or fetches a part of the page, is the first to show the proof from before."""
    anna.goto("/compose")
    anna.get_by_label("Ämne").fill("Påbörjat")
    anna.clock.pause_at(anna.evaluate("Date.now()") / 1000 + 2)  # so that nothing else of the page is the first
    copy = copied(browse, anna)
    copy.goto("/account")
    go_on_alone(bjorkvik, people, copy)
    with anna.expect_response("/compose"):  # the clock would let it wait for too long
        anna.evaluate("document.querySelector('[name=preview]').click()")
    anna.clock.resume()
    anna.clock.fast_forward(61_000)
    expect(told(anna)).to_contain_text("Det du skrev är sparat")
    expect(told(anna).get_by_text("Samma inloggning användes i två webbläsare")).to_be_visible()
    told(anna).get_by_role("link", name="Logga in igen").click()
    sign_in_again(anna)
    expect(anna.locator("#subject")).to_have_value("Påbörjat")


def copied(browse: Browse, page: Page) -> Page:
    """Return a page of another browser with a copy of the cookies."""
    copy = browse()
    copy.context.add_cookies(page.context.cookies())  # type: ignore[arg-type] - what one gives, the other takes
    return copy


def go_on_alone(bjorkvik: SampleOrganisation, people: dict[str, SampleUser], page: Page) -> None:
    """Let a browser get and show the next proof of Anna's session, and that from before run out."""
    for column in ("proof_rotated_at", "proof_shown_at"):
        bjorkvik.rows(
            f"UPDATE sessions SET {column} = {column} - interval '1 hour' WHERE user_id = :id", id=people[ANNA].id
        )
        page.reload()
        page.reload()
    bjorkvik.rows(
        "UPDATE sessions SET proof_shown_at = proof_shown_at - interval '1 hour' WHERE user_id = :id",
        id=people[ANNA].id,
    )


def sign_in_again(page: Page, email: str = ANNA) -> None:
    """Sign in as a person does, on the page where it is asked for."""
    page.get_by_label("E-post").fill(email)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()


STORED = "async () => [...Object.keys(sessionStorage), ...await caches.keys(), ...await indexedDB.databases()]"
"""What the browser keeps for this window beside cookies and choices of looks and keys."""


def tick(page: Page, case_id: UUID) -> str:
    """Tick a case in the list of its mailbox; returns the list's address."""
    page.goto(f"/c/{case_id}")
    inbox = page.locator(".list").get_attribute("data-place") or ""
    page.goto(inbox)
    page.locator(f"#row-{case_id} .row-tick").check()
    return inbox


@pytest.mark.feature("O6")
def test_nothing_is_stored_after_signing_out(case_id: UUID, anna: Page) -> None:
    """Neither which list was read and ticked, nor a message that could not be sent, even sealed; choices stay."""
    inbox = tick(anna, case_id)
    anna.goto(f"/c/{case_id}/reply")
    who = anna.locator("#session").get_attribute("data-who")
    keep = "(who) => sessionStorage.setItem('sealed message', JSON.stringify({who}))"
    anna.evaluate(keep, who)
    anna.evaluate("localStorage.setItem('keys', 'off')")
    anna.goto(inbox)
    stored = anna.evaluate(STORED)
    assert "sealed message" in stored
    assert any(name.startswith("place ") for name in stored)
    anna.get_by_role("button", name="Meny för Anna Lind").click()
    anna.get_by_role("button", name="Logga ut").click()
    expect(anna).to_have_url(re.compile("/sign-in$"))
    assert anna.evaluate(STORED) == []
    assert anna.evaluate("Object.keys(localStorage)") == ["keys"]


@pytest.mark.feature("O6")
def test_only_what_is_sealed_is_stored_after_the_end(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID, anna: Page
) -> None:
    """Where a session has run out, and on the page that follows; what another person has sealed outlives a sign-out."""
    inbox = tick(anna, case_id)
    anna.goto(f"/c/{case_id}/reply")
    anna.goto(inbox)
    assert any(name.startswith("place ") for name in anna.evaluate(STORED))
    anna.evaluate("sessionStorage.setItem('sealed message', JSON.stringify({who: 'somebody else'}))")
    expire(bjorkvik, people, anna)
    expect(told(anna).get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    assert anna.evaluate(STORED) == ["sealed message"]
    told(anna).get_by_role("link", name="Logga in igen").click()
    anna.wait_for_load_state()
    assert anna.evaluate(STORED) == ["sealed message"]
    sign_in_again(anna)
    anna.get_by_role("button", name="Meny för Anna Lind").click()
    anna.get_by_role("button", name="Logga ut").click()
    expect(anna).to_have_url(re.compile("/sign-in$"))
    assert anna.evaluate(STORED) == ["sealed message"]


@pytest.mark.feature("E5")
def test_what_was_written_is_sealed_and_given_back(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID, anna: Page, look: Look
) -> None:
    """It is gone from the page, and what the browser keeps tells nobody; the same person gets every word back."""
    anna.goto(f"/c/{case_id}/reply")
    text = anna.get_by_label("Meddelande", exact=True)
    text.fill(f"Hej! {SECRET} får svar i morgon.")
    expire(bjorkvik, people, anna)
    expect(told(anna)).to_contain_text("Det du skrev är sparat")
    address = anna.url  # of the draft, where it was kept in time
    assert SECRET not in anna.content()
    assert SECRET not in anna.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    assert anna.locator("#session").get_attribute("data-key") is None
    assert_hidden(anna)
    look(anna)
    told(anna).get_by_role("link", name="Logga in igen").click()
    sign_in_again(anna, BO)
    expect(anna.get_by_role("heading", name="Sidan finns inte")).to_be_visible()
    assert SECRET not in anna.content()
    anna.goto("/account")
    anna.get_by_role("button", name="Meny för Bo Ek").click()
    anna.get_by_role("button", name="Logga ut").click()
    anna.goto("/sign-in")
    sign_in_again(anna)
    expect(anna.get_by_role("button", name="Meny för Anna Lind")).to_be_visible()
    anna.goto(address)
    expect(text).to_have_value(f"Hej! {SECRET} får svar i morgon.")
    anna.get_by_role("button", name=re.compile("skicka$")).first.click()
    expect(anna.locator("article.read")).to_contain_text("får svar i morgon.")


def test_where_nothing_can_be_sealed_the_page_is_covered_and_given_back(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID, anna: Page, look: Look
) -> None:
    """Another account does not see it; the same person does, in the same window, with every word."""
    anna.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})")
    anna.goto(f"/c/{case_id}/reply")
    text = anna.get_by_label("Meddelande", exact=True)
    text.fill(f"Hej! {SECRET} får svar i morgon.")
    expire(bjorkvik, people, anna)
    expect(told(anna)).to_contain_text("Det du har skrivit finns kvar här.")
    assert_hidden(anna)
    look(anna)
    with anna.context.expect_page() as opened:
        told(anna).get_by_role("link", name="Logga in i en ny flik").click()
    other = opened.value
    sign_in_again(other, BO)
    expect(other.get_by_role("heading", name="Du är inloggad igen")).to_be_visible()
    told(anna).get_by_role("button", name="Jag är inloggad igen").click()
    expect(told(anna).get_by_role("heading", name="Någon annan är inloggad")).to_be_visible()
    assert_hidden(anna)
    other.get_by_role("button", name="Meny för Bo Ek").click()
    other.get_by_role("button", name="Logga ut").click()
    sign_in_again(other)
    expect(other.get_by_role("button", name="Meny för Anna Lind")).to_be_visible()
    told(anna).get_by_role("button", name="Jag är inloggad igen").click()
    expect(told(anna)).to_have_count(0)
    expect(text).to_have_value(f"Hej! {SECRET} får svar i morgon.")
    assert SECRET in anna.evaluate("document.body.innerText")
    anna.get_by_role("button", name=re.compile("skicka$")).first.click()
    expect(anna.locator("article.read")).to_contain_text("får svar i morgon.")


def test_the_page_for_paper_is_taken_away_too(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID, anna: Page
) -> None:
    """It shows all of a case in a window of its own."""
    anna.goto(f"/c/{case_id}/print")
    expire(bjorkvik, people, anna)
    expect(told(anna).get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    anna.wait_for_load_state()
    assert SECRET not in anna.content()


def test_signing_out_in_another_window_covers_this_one(case_id: UUID, anna: Page) -> None:
    """At once, without anybody looking at this window."""
    anna.goto(f"/c/{case_id}")
    other = anna.context.new_page()
    with other.expect_response(re.compile("/session$|/live")) as _:
        other.goto("/account")
        other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    other.get_by_role("button", name="Meny för Anna Lind").click()
    other.get_by_role("button", name="Logga ut").click()
    expect(told(anna).get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    assert_hidden(anna)


@pytest.mark.slow
def test_a_session_that_an_administrator_ends_is_over_on_the_screen(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID, anna: Page
) -> None:
    """The stream of changes ends with the session, and the page asks."""
    with anna.expect_response("**/live?*"):
        anna.goto(f"/c/{case_id}")
    newest = "SELECT max(created_at) FROM sessions WHERE user_id = :id"
    bjorkvik.rows(f"DELETE FROM sessions WHERE created_at = ({newest})", id=people[ANNA].id)
    expect(told(anna).get_by_role("heading", name="Du har loggats ut")).to_be_visible(timeout=90_000)
    anna.wait_for_load_state()
    assert SECRET not in anna.content()


def test_a_page_from_the_browsers_memory_is_covered_until_the_server_has_said_yes(case_id: UUID, anna: Page) -> None:
    """Back shows a page as it was left: it is left covered."""
    anna.goto(f"/c/{case_id}")
    leaves, comes = (
        f"dispatchEvent(new PageTransitionEvent('{one}', {{persisted: true}}))" for one in ("pagehide", "pageshow")
    )
    anna.evaluate(leaves)
    assert SECRET not in anna.evaluate("document.body.innerText")
    anna.evaluate(comes)
    expect(anna.locator("article.read").get_by_text("har sökt vård")).to_be_visible()
    anna.evaluate(leaves)
    anna.context.clear_cookies()
    anna.evaluate(comes)
    expect(told(anna).get_by_role("heading", name="Du har loggats ut")).to_be_visible()
    anna.wait_for_load_state()
    assert SECRET not in anna.content()


def test_without_an_answer_the_page_is_covered_when_its_time_is_out(case_id: UUID, anna: Page) -> None:
    """Who has lost the network sees nothing of it either, and sees it again when the server answers."""
    anna.goto(f"/c/{case_id}")
    anna.context.set_offline(offline=True)
    anna.clock.fast_forward(61 * 60_000)
    heading = told(anna).get_by_role("heading", name="Servern svarar inte")
    for _ in range(6):  # it may have been asking since the network went; it asks again every ten seconds
        if not heading.is_visible():
            anna.clock.run_for(10_000)
    expect(heading).to_be_visible()
    assert_hidden(anna)
    anna.context.set_offline(offline=False)
    told(anna).get_by_role("button", name="Försök igen").click()
    expect(told(anna)).to_have_count(0)
    expect(anna.locator("article.read").get_by_text("har sökt vård")).to_be_visible()


def test_what_is_fetched_in_place_after_the_end_leaves_what_was_written(case_id: UUID, anna: Page) -> None:
    """A button in the form that fetches a part of the page does not lead away from it."""
    anna.goto("/compose")
    anna.get_by_label("Ämne").fill("Påbörjat")
    anna.route(re.compile("/session$"), lambda route: route.abort())  # the page does not know yet
    anna.context.clear_cookies()
    anna.get_by_role("button", name="Förhandsgranska").click()
    anna.unroute(re.compile("/session$"))
    anna.clock.fast_forward(61 * 60_000)
    expect(told(anna)).to_contain_text("Det du skrev är sparat")
    told(anna).get_by_role("link", name="Logga in igen").click()
    sign_in_again(anna)
    expect(anna.locator("#subject")).to_have_value("Påbörjat")
