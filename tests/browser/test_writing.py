"""What helps a writer: drafts, the adviser and the signature; and being away, with a colleague who stands in."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Request, expect

from budkavle_demo.content import ANNA, BO, KARIN, MATS

Browse = Callable[..., Page]
Look = Callable[[Page], None]
NUMBER = "19811218-9876"


def begin(page: Page, to: str = KARIN) -> None:
    """Begin a secure message from one's own inbox."""
    page.goto("/")
    page.get_by_role("link", name="Min inkorg").first.click()
    page.get_by_role("link", name="Nytt meddelande").first.click()
    kind = page.get_by_role("radio", name="Säkert meddelande")
    if kind.count() and not kind.is_checked():
        kind.check()
    expect(page.locator("#safety")).to_be_visible()
    page.locator("#recipients").fill(to)
    page.get_by_role("button", name="Lägg till", exact=True).click()
    expect(page.locator("#to input[name=recipients]")).to_have_count(1)


def test_a_draft_is_kept_while_somebody_types(browse: Browse, look: Look) -> None:
    """The page says when; the list of drafts leads back to it, and it can be thrown away."""
    page = browse(MATS)
    begin(page)
    page.get_by_label("Ämne").fill("Inför mötet på tisdag")
    page.get_by_label("Meddelande", exact=True).fill("Hej Karin!")
    expect(page.locator("[data-draft]")).to_have_text(re.compile(r"Utkast sparat \d\d\.\d\d"))
    page.get_by_role("link", name="Utkast").click()
    look(page)
    page.get_by_role("link", name="Inför mötet på tisdag").click()
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Hej Karin!")
    page.get_by_role("link", name="Utkast").click()
    page.get_by_role("button", name="Ta bort utkastet Inför mötet på tisdag").click()
    expect(page.get_by_role("heading", name="Inga utkast")).to_be_visible()
    look(page)


@pytest.mark.feature("Z5", "A4", "A5")
def test_the_adviser_warns_before_it_is_sent(browse: Browse, look: Look) -> None:
    """While it is written, above the button; a higher level makes the warning go."""
    page = browse(BO)
    begin(page)
    page.get_by_role("radio", name="Tillitsnivå 1").check()
    page.get_by_label("Ämne").fill("Hej")
    page.get_by_label("Meddelande", exact=True).fill(f"Det gäller {NUMBER}.")
    warning = page.locator("#advice").get_by_text("Då krävs minst tillitsnivå 2")
    expect(warning).to_be_visible()
    look(page)
    page.get_by_role("radio", name="Tillitsnivå 2").check()
    expect(warning).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Skicka")).click()
    expect(page.get_by_text("Meddelandet är skickat.")).to_be_visible()


@pytest.mark.feature("Z5")
def test_who_sends_too_soon_is_led_to_what_the_adviser_says(browse: Browse) -> None:
    """Pressed before the advice has been seen, the button sends nothing; the focus goes to where it stands."""
    page = browse(BO)
    begin(page)
    page.get_by_role("radio", name="Tillitsnivå 2").check()
    page.get_by_label("Ämne").fill(f"Om {NUMBER}")
    page.get_by_label("Meddelande", exact=True).fill("Hej!")
    page.evaluate("document.querySelector('[name=send]').click()")
    expect(page.get_by_role("button", name="Skicka ändå")).to_be_in_viewport()
    expect(page.locator("#advice")).to_be_focused()
    page.get_by_role("button", name="Skicka ändå").click()
    expect(page).to_have_url(re.compile("/c/.*sent="))


def is_question(request: Request) -> bool:
    """Whether the adviser is asked."""
    return 'name="advise"' in (request.post_data or "")


def hold_advice(page: Page) -> None:
    """Let no question to the adviser be answered."""
    page.route("**/compose", lambda route: None if is_question(route.request) else route.fallback())


def write(page: Page, text: str) -> Request:
    """Write the text, and return the question to the adviser that follows."""
    with page.expect_request(is_question) as asked:
        page.get_by_label("Meddelande", exact=True).fill(text)
    return asked.value


@pytest.mark.feature("Z5")
def test_a_send_waits_for_no_advice(browse: Browse) -> None:
    """While the adviser has not answered, parts of the form change as they are pressed, and the message goes."""
    page = browse(BO)
    begin(page)
    hold_advice(page)
    page.get_by_role("radio", name="Tillitsnivå 2").check()
    page.get_by_label("Ämne").fill("Mötet på tisdag")
    write(page, "Hej!")
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.locator("#preview")).to_contain_text("Hej!", timeout=10_000)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page).to_have_url(re.compile("/c/.*sent="))


@pytest.mark.feature("Z5")
def test_the_newest_advice_stands(browse: Browse) -> None:
    """A newer question gives up the one before it, and so does a send: no late answer stands in place of a newer."""
    page = browse(BO)
    begin(page)
    hold_advice(page)
    given_up: list[Request] = []
    page.on("requestfailed", lambda request: given_up.append(request))  # noqa: PLW0108 - playwright marks it
    page.get_by_role("radio", name="Tillitsnivå 1").check()
    page.get_by_label("Ämne").fill("Hej")
    first = write(page, "Hej!")
    second = write(page, f"Det gäller {NUMBER}.")
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.locator("#advice").get_by_text("Då krävs minst tillitsnivå 2")).to_be_visible()
    assert given_up == [first, second]


@pytest.mark.feature("U6")
def test_messages_end_with_the_signature(browse: Browse, look: Look) -> None:
    """It is written under Mitt konto, and stands in the next message."""
    page = browse(MATS)
    page.goto("/account")
    page.locator("#signature").fill("Hälsningar\nMats Berg, BUP")
    page.get_by_role("button", name="Spara signaturen").click()
    look(page)
    begin(page)
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value(re.compile("Mats Berg, BUP$"))


@pytest.mark.feature("U7", "U8", "U9", "U10", "Q7", "Y7")
def test_being_away(browse: Browse, look: Look) -> None:
    """An automatic answer goes to who writes; a colleague finds the inbox, answers, and it says for whom."""
    page = browse(ANNA)
    page.goto("/account")
    page.get_by_role("link", name="Ställ in frånvaro").click()
    look(page)
    text = page.get_by_label("Text", exact=True)
    expect(text).to_be_hidden()
    page.get_by_role("radio", name=re.compile("^Aktivt")).check()
    text.fill("Jag är tillbaka på måndag.")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Autosvaret är sparat.")).to_be_visible()
    page.get_by_label("Sök kollega på namn").fill("Bo Ek")
    page.get_by_role("button", name="Sök", exact=True).last.click()
    page.get_by_role("radio", name=f"Bo Ek {BO}").check()
    page.get_by_label("Till och med").fill((datetime.now(UTC) + timedelta(days=5)).date().isoformat())
    look(page)
    page.get_by_role("button", name="Låt kollegan läsa").click()
    expect(page.get_by_text("Ser bara nya meddelanden.")).to_be_visible()
    look(page)
    _writes(browse(KARIN))
    _stands_in(browse(BO))
    page.get_by_role("button", name="Avsluta delegeringen till Bo Ek").click()
    expect(page.get_by_role("status").filter(has_text="Delegeringen är avslutad.")).to_be_visible()
    page.get_by_role("radio", name="Inaktivt").check()
    page.get_by_role("button", name="Spara", exact=True).click()


def _writes(page: Page) -> None:
    """Karin writes to Anna, and gets the automatic answer."""
    begin(page, ANNA)
    page.get_by_role("radio", name="Tillitsnivå 2").check()
    page.get_by_label("Ämne").fill("Fråga till Anna")
    page.get_by_label("Meddelande", exact=True).fill("När ses vi?")
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_text("Meddelandet är skickat.")).to_be_visible()
    for _ in range(30):  # an open page renews its bar, and the thread when it is opened again
        page.wait_for_timeout(300)
        page.reload()
        if page.get_by_text("Jag är tillbaka på måndag.").count():
            break
    expect(page.locator(".read .body").filter(has_text="Jag är tillbaka på måndag.").first).to_be_visible()


def _stands_in(page: Page) -> None:
    """Bo reads Anna's inbox and answers for her."""
    page.goto("/")
    page.get_by_role("link", name="Inkorg: Anna Lind").click()
    page.get_by_role("link", name="Fråga till Anna").click()
    expect(page.locator(".read .body").filter(has_text="Jag är tillbaka på måndag.").first).to_be_visible()
    page.get_by_role("link", name="Svara").first.click()
    page.get_by_label("Meddelande", exact=True).fill("Anna är borta, jag svarar.")
    page.get_by_role("button", name=re.compile("^Skicka|skicka$")).first.click()
    expect(page.get_by_text("Bo Ek för Anna Lind").first).to_be_visible()
