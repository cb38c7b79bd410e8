"""Writing secure messages: recipients, levels, ways and preview."""

import json
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from budkavle import Platform
from budkavle.accounts import mailboxes
from budkavle.accounts.users import account
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_addressbook.contacts import books
from budkavle_demo.content import ANNA, BO, KARIN

Browse = Callable[..., Page]
Look = Callable[[Page], None]
NUMBER = "19121212-1212"


def own(platform: Platform, email: str) -> UUID:
    """Somebody's own inbox."""
    user = account(platform, email)
    assert user is not None
    return mailboxes.personal_mailbox(user).id


def begin(page: Page, platform: Platform, email: str = ANNA) -> None:
    """A clean page for a secure message from one's own inbox."""
    page.goto(f"/compose?mailbox={own(platform, email)}")
    page.get_by_role("radio", name="Säkert meddelande").check()


def to(page: Page, *addresses: str) -> None:
    """Type addresses as one does, with Enter after each."""
    for one in addresses:
        page.get_by_role("searchbox", name="Till").fill(one)
        page.keyboard.press("Enter")
        expect(page.locator(".pill")).to_contain_text([one] if "@example.se" in one else [])


def write(page: Page, subject: str, loa: int) -> None:
    page.get_by_label("Ämne").fill(subject)
    page.get_by_label("Meddelande", exact=True).fill("Hej! Här kommer **underlaget**.")
    page.get_by_role("radio", name=f"Tillitsnivå {loa}").check()


def press_send(page: Page) -> None:
    page.get_by_role("button", name="Skicka", exact=True).click()


def carried(page: Page, row: Locator) -> None:
    """Open the list of sent messages again until a worker has carried the message: its rows are not live."""
    for _ in range(40):
        if "Skickas" not in row.inner_text():
            return
        page.wait_for_timeout(250)
        page.reload()


@pytest.mark.feature("M1", "M4", "M5", "M6", "M8", "M9", "M10", "M11", "X1", "X4", "A1", "A10")
def test_one_message_to_somebody_with_and_somebody_without_account(
    platform: Platform, browse: Browse, look: Look
) -> None:
    """One field for both; the page finds out who is who, and asks only for what is missing."""
    page = browse(ANNA)
    begin(page, platform)
    look(page)
    page.get_by_role("searchbox", name="Till").fill(f"{KARIN}, maria.oberg@example.se")
    page.keyboard.press("Enter")
    expect(page.locator(".pill")).to_have_count(2)
    expect(page.locator(".pill").nth(0)).to_contain_text("Karin Svensson Region Vättern")
    expect(page.locator(".pill").nth(1)).to_contain_text("maria.oberg@example.se utan konto")
    expect(page.get_by_role("searchbox", name="Till")).to_have_value("")
    expect(page.locator(".guest")).to_have_count(1)
    write(page, "Samtycke till kontakt", 2)
    expect(page.get_by_label("Mobilnummer")).to_be_visible()
    expect(page.get_by_label("Personnummer")).to_be_hidden()
    page.get_by_role("radio", name="Tillitsnivå 3").check()
    expect(page.get_by_label("Mobilnummer")).to_be_hidden()
    page.get_by_label("Personnummer").fill(NUMBER)
    look(page)
    press_send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Samtycke till kontakt")
    page.goto(f"/m/{own(platform, ANNA)}/sent")
    row = page.locator(".row").filter(has_text="Samtycke till kontakt")
    expect(row).to_contain_text("Nivå 3")
    carried(page, row)
    expect(row).to_contain_text("inte öppnat")
    look(page)
    karin = browse(KARIN)
    karin.goto(f"/m/{own(platform, KARIN)}")
    masked = karin.get_by_role("link", name="Tillitsnivå 3: legitimera dig för att läsa").first
    expect(masked).to_be_visible()
    look(karin)
    masked.click()
    expect(karin).to_have_url(re.compile(r"/step-up\?loa=3"))


@pytest.mark.feature("B1", "B3", "B5", "M5", "A3")
def test_a_contact_is_chosen_by_name(
    platform: Platform, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """It is found while its name is typed; its mobile number and personnummer stand where the level asks for them."""
    typed = {"name": "Ulla Kontakt", "email": "ulla.kontakt@example.se", "phone": "070-174 06 05"}
    typed |= {"identifier": "personnummer", "personnummer": NUMBER}
    books.add(platform.plugins.host("addressbook"), people[ANNA], books.Book(), typed)
    page = browse(ANNA)
    begin(page, platform)
    page.get_by_role("searchbox", name="Till").press_sequentially("ulla k")
    look(page)
    page.locator(".hits").get_by_role("button", name="Ulla Kontakt Personlig kontakt").click()
    expect(page.locator(".pill")).to_contain_text("Ulla Kontakt utan konto")
    page.get_by_role("radio", name="Tillitsnivå 2").check()
    expect(page.get_by_label("Mobilnummer")).to_have_value("+46701740605")
    page.get_by_role("radio", name="Tillitsnivå 3").check()
    expect(page.get_by_label("Personnummer")).to_have_value(NUMBER.replace("-", ""))
    look(page)
    write(page, "Till en kontakt", 3)
    press_send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Till en kontakt")
    expect(page.get_by_role("main")).to_contain_text("Ulla Kontakt")


@pytest.mark.feature("M8", "M4")
def test_colleagues_are_found_while_typing(platform: Platform, browse: Browse, look: Look) -> None:
    """A part of a name is enough for a colleague; a stranger without account is offered as such."""
    page = browse(ANNA)
    begin(page, platform)
    page.get_by_role("searchbox", name="Till").press_sequentially("Bo E")
    page.locator(".hits").get_by_role("button", name="Bo Ek").click()
    expect(page.locator(".pill")).to_contain_text("Bo Ek")
    page.get_by_role("searchbox", name="Till").press_sequentially("ny.person@example.se")
    page.locator(".hits").get_by_role("button", name="ny.person@example.se").click()
    expect(page.locator(".pill")).to_have_count(2)
    expect(page.locator(".guest")).to_contain_text("ny.person@example.se")
    page.get_by_role("button", name="Ta bort ny.person@example.se").click()
    expect(page.locator(".pill")).to_have_count(1)
    expect(page.locator(".guest")).to_have_count(0)
    look(page)


@pytest.mark.feature("M5", "A7", "A8", "X4")
def test_what_is_missing_is_said_where_it_is_missing(platform: Platform, browse: Browse, look: Look) -> None:
    """No level, then no number, then a wrong one: each fault stands at its field, and nothing typed is lost."""
    page = browse(ANNA)
    begin(page, platform)
    to(page, "erik@example.se")
    page.get_by_label("Ämne").fill("Tid för möte")
    page.get_by_label("Meddelande", exact=True).fill("Passar tisdag?")
    press_send(page)
    expect(page.locator(".ds-error-summary")).to_contain_text("Välj hur säkert")
    page.get_by_role("radio", name="Tillitsnivå 2").check()
    press_send(page)
    expect(page.get_by_label("Mobilnummer")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name="Skriv mottagarens mobilnummer").click()
    expect(page.get_by_label("Mobilnummer")).to_be_focused()
    page.evaluate("scrollTo(0, 0)")  # half of the button for a new message would lie below the head otherwise
    look(page)
    page.get_by_label("Mobilnummer").fill("070-12")
    press_send(page)
    expect(page.locator(".ds-error-summary")).to_contain_text("Skriv mobilnumret med siffror")
    page.get_by_label("Mobilnummer").fill("070-123 45 67")
    press_send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tid för möte")


@pytest.mark.feature("X2", "X3", "A9")
def test_a_stronger_way_may_be_chosen_and_a_weaker_never(platform: Platform, browse: Browse, look: Look) -> None:
    """The way that is too weak for the level is explained with both levels; a stronger one asks for what it needs."""
    page = browse(ANNA)
    begin(page, platform)
    to(page, "lisa@example.se")
    write(page, "Besked", 3)
    page.get_by_label("Personnummer").fill(NUMBER)
    page.locator(".guest .more > summary").click()
    page.get_by_label("Sätt att legitimera sig").select_option("prov_sms")
    expect(page.get_by_label("Mobilnummer")).to_be_visible()
    press_send(page)
    fault = "Kod med SMS når bara tillitsnivå 2, och meddelandet kräver nivå 3."
    expect(page.locator(".guest .error")).to_contain_text(fault)
    look(page)
    shown = "all => all.filter(one => getComputedStyle(one).display !== 'none').map(one => one.value)"
    assert page.locator(".guest option[data-way]").evaluate_all(shown) == ["prov_sms", "prov_bankid"]  # sms is chosen
    page.get_by_label("Sätt att legitimera sig").select_option("prov_siths")
    assert page.locator(".guest option[data-way]").evaluate_all(shown) == ["prov_bankid", "prov_siths"]
    press_send(page)
    expect(page.locator(".guest .error")).to_contain_text("SITHS-kort säger inte vem personen är")
    page.get_by_role("radio", name="Tillitsnivå 1").check()
    assert len(page.locator(".guest option[data-way]").evaluate_all(shown)) == 4
    page.get_by_label("Sätt att legitimera sig").select_option("prov_bankid")
    page.get_by_label("Personnummer").fill(NUMBER)
    press_send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Besked")
    page.goto(f"/m/{own(platform, ANNA)}/links")
    expect(page.locator("tr").filter(has_text="lisa@example.se")).to_contain_text("BankID, nivå 3")


@pytest.mark.feature("X5", "X6", "A2", "A3", "M7")
def test_what_each_will_see_is_shown_before_sending(platform: Platform, browse: Browse, look: Look) -> None:
    """The notification with the open text and its warning, how each identifies, and whether they may answer."""
    page = browse(ANNA)
    begin(page, platform)
    page.get_by_role("searchbox", name="Till").fill(f"{KARIN} sara@example.se")
    page.keyboard.press("Enter")
    expect(page.locator(".pill")).to_have_count(2)
    write(page, "Kallelse", 1)
    expect(page.get_by_text("Kontrollera adressen, och skriv inga personuppgifter.")).to_be_visible()
    page.locator(".open-text > summary").click()
    expect(page.get_by_text("Skickas okrypterat i notisen")).to_be_visible()
    page.get_by_label("Öppet meddelande").fill("Ring 0171-555 00 om du undrar.")
    page.get_by_role("switch", name="Mottagaren får svara").uncheck()
    page.get_by_role("button", name="Förhandsgranska").click()
    seen = page.locator(".as-seen")
    expect(seen.get_by_role("heading", name="Så ser mottagarna det")).to_be_focused()
    expect(seen).to_contain_text("Björkviks kommun har skickat dig ett säkert meddelande")
    expect(seen).to_contain_text("Ring 0171-555 00")
    expect(seen).to_contain_text("Karin Svensson Region Vättern")
    expect(seen).to_contain_text("Öppnar länken i notisen och läser. Ingen legitimation behövs.")
    expect(seen).to_contain_text("Mottagaren kan inte svara.")
    expect(seen.locator("strong")).to_have_text("underlaget")
    look(page)
    press_send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Kallelse")
    karin = browse(KARIN)
    karin.goto(f"/m/{own(platform, KARIN)}")
    karin.get_by_role("link", name="Kallelse").first.click()
    expect(karin.get_by_text("Avsändaren tar inte emot svar")).to_be_visible()
    expect(karin.get_by_role("link", name="Svara", exact=True)).to_have_count(0)
    look(karin)


@pytest.mark.feature("M5", "M4", "X4")
def test_every_step_works_without_javascript(platform: Platform, browse: Browse) -> None:
    """Add, choose, preview and send, with nothing but forms, on a narrow screen."""
    page = browse(ANNA, "narrow", java_script_enabled=False)
    page.goto(f"/compose?mailbox={own(platform, ANNA)}&to=secure:{BO}")
    expect(page.locator(".pill")).to_contain_text("Bo Ek")
    page.get_by_role("searchbox", name="Till").fill("utan.skript@example.se")
    page.get_by_role("button", name="Lägg till", exact=True).click()
    expect(page.locator(".pill")).to_have_count(2)
    write(page, "Utan skript", 2)
    page.get_by_label("Mobilnummer").fill("0701234567")
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.locator(".as-seen")).to_contain_text("Koden går till numret som slutar på 67.")
    press_send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Utan skript")


@pytest.mark.feature("M5")
def test_a_message_is_written_with_the_keyboard_alone(platform: Platform, browse: Browse) -> None:
    """From the recipient to sending: typing, Tab, arrows and Enter."""
    page = browse(ANNA)
    begin(page, platform)
    page.get_by_role("searchbox", name="Till").focus()
    page.keyboard.type(BO)
    page.keyboard.press("Enter")
    expect(page.locator(".pill")).to_contain_text("Bo Ek")
    expect(page.get_by_role("searchbox", name="Till")).to_be_focused()
    page.get_by_label("Ämne").focus()
    page.keyboard.type("Bara tangenter")
    text = page.get_by_label("Meddelande", exact=True)
    for _ in range(4):  # past the formatting and the ready texts
        page.keyboard.press("Tab")
        if text.evaluate("field => field === document.activeElement"):
            break
    expect(text).to_be_focused()
    page.keyboard.type("Hej!")
    page.get_by_role("radio", name="Tillitsnivå 1").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Tillitsnivå 2")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("switch", name="Mottagaren får svara")).to_be_focused()
    page.get_by_role("button", name="Skicka", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bara tangenter")


@pytest.mark.feature("A11", "A12")
def test_the_organisations_own_levels_are_offered(
    platform: Platform, people: dict[str, SampleUser], browse: Browse
) -> None:
    """A level that is off is not there, and each says what the organisation has written."""
    karin = people[KARIN]
    own_levels = {"1": {"on": False}, "3": {"on": True, "text": "E-legitimation, alltid för journaler."}}
    with platform.database.transaction(None) as connection:
        change = "UPDATE organisations SET settings = settings || CAST(:new AS jsonb) WHERE id = :id"
        connection.execute(text(change), {"id": karin.organisation_id, "new": json.dumps({"loa": own_levels})})
    try:
        page = browse(KARIN)
        begin(page, platform, KARIN)
        expect(page.locator(".levels .choice")).to_have_count(2)
        expect(page.locator(".levels")).to_contain_text("E-legitimation, alltid för journaler.")
    finally:
        with platform.database.transaction(None) as connection:
            undo = "UPDATE organisations SET settings = settings - 'loa' WHERE id = :id"
            connection.execute(text(undo), {"id": karin.organisation_id})


@pytest.mark.feature("M17", "M18", "F2")
def test_a_function_writes_to_people_too(
    people: dict[str, SampleUser], bjorkvik: SampleOrganisation, platform: Platform, browse: Browse, look: Look
) -> None:
    """From a function mailbox the kind is chosen, and the recipient sees the function as the sender."""
    box = bjorkvik.add_mailbox("Säkra funktionen", people[BO], administrators=[people[ANNA]]).id
    page = browse(ANNA)
    page.goto(f"/compose?mailbox={box}")
    page.get_by_role("radio", name="Säkert meddelande").check()
    expect(page.get_by_role("heading", name="Läsning och svar")).to_be_visible()
    expect(page.get_by_role("radio", name="Säkert meddelande")).to_be_focused()
    to(page, KARIN)
    expect(page.locator(".pill")).to_contain_text("Karin Svensson")
    write(page, "Från funktionen", 1)
    press_send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Från funktionen")
    karin = browse(KARIN)
    for _ in range(40):
        karin.goto(f"/m/{own(platform, KARIN)}")
        if karin.get_by_role("link", name="Från funktionen").count():
            break
    expect(karin.locator(".row").filter(has_text="Från funktionen").first).to_contain_text("Säkra funktionen")
    page.goto(f"/m/{box}/links")
    expect(page.get_by_role("heading", name="Inga länkar än")).to_be_visible()
    look(page)
