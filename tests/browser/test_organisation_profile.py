"""Information, logo, accessibility statement, licence and economy: both languages, wide, narrow, without a script."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.model.people import Role
from budkavle.organisation import set_licence, usage
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
ZONE = ZoneInfo("Europe/Stockholm")


def arms() -> bytes:
    """A coat of arms, as a PNG."""
    picture, written = Image.new("RGBA", (160, 180)), io.BytesIO()
    draw = ImageDraw.Draw(picture)
    draw.polygon([(10, 10), (150, 10), (150, 100), (80, 172), (10, 100)], fill="#1f6b3a")
    draw.line([(80, 30), (80, 150)], fill="white", width=10)
    picture.save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def boss(vattern: SampleOrganisation, people: dict[str, SampleUser]) -> str:
    """Who administers the installation."""
    email = "ivar@vattern.example"
    if email not in people:
        people[email] = vattern.add_user("Ivar Drift", Role.PLATFORM, email=email, password=PASSWORD)
    return email


@pytest.mark.feature("O3", "O4")
def test_an_administrator_fills_in_the_information(browse: Browse, look: Look) -> None:
    """Faults stand at their fields with a summary first; then everything is on the page, and on the guests' one."""
    page = browse(ANNA)
    page.goto("/organisation")
    expect(page.get_by_role("heading", level=1)).to_have_text("Information")
    look(page)
    page.get_by_role("link", name="Ändra uppgifter").click()
    page.get_by_label("Organisationsnummer").fill("212000-0143")
    page.get_by_label("E-post", exact=True).fill("kontakt")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator(".ds-error-summary")).to_contain_text("2 fält")
    expect(page.locator("#number-error")).to_be_visible()
    expect(page).to_have_title("Fel: Ändra uppgifter · Budkavle")
    look(page)
    page.get_by_label("Organisationsnummer").fill("2120000142")
    page.get_by_label("E-post", exact=True).fill("kontakt@bjorkvik.example")
    page.get_by_label("Postadress").fill("Box 7\n123 45 Björkvik")
    page.get_by_label("Telefon", exact=True).fill("010-900 10 00")
    page.get_by_label("Dataskyddsombudets namn").fill("Dora Dahl")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Ändringarna är sparade.")).to_be_visible()
    expect(page.locator("main")).to_contain_text("212000-0142")
    look(page)
    page.get_by_role("link", name="Så ser sidan om dataskydd ut").click()
    expect(page.locator("main")).to_contain_text("Dora Dahl")
    look(page)


@pytest.mark.feature("O4")
def test_a_logo_is_chosen_without_a_script_and_seen_by_guests(browse: Browse, look: Look) -> None:
    """SVG is refused in words; a PNG stands at the top of what everybody sees, with the way to accessibility below."""
    page = browse(ANNA, java_script_enabled=False)
    page.goto("/organisation/information")
    page.get_by_label("Välj bild").set_input_files(
        [{"name": "vapen.svg", "mimeType": "image/svg+xml", "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}]
    )
    page.get_by_role("button", name="Spara logotypen").click()
    expect(page.locator("#logo-error")).to_contain_text("SVG")
    page.get_by_label("Välj bild").set_input_files([{"name": "vapen.png", "mimeType": "image/png", "buffer": arms()}])
    page.get_by_role("button", name="Spara logotypen").click()
    expect(page.locator("main")).to_contain_text("Logotypen är bytt.")
    guest = browse()
    guest.goto("/accessibility/bjorkvik")
    width = guest.locator("header img.logo").evaluate("image => image.naturalWidth")
    assert width == 160
    look(guest)
    guest.get_by_role("link", name="Dataskydd").click()
    expect(guest.get_by_role("heading", level=1)).to_contain_text("Dataskydd hos Björkviks kommun")


@pytest.mark.feature("O3", "O4")
def test_a_person_says_how_accessible_the_service_is(browse: Browse, look: Look) -> None:
    """The machine proposes, a person chooses; the page is linked from signing in, and is there in English."""
    page = browse(ANNA)
    page.goto("/organisation")
    page.get_by_role("link", name="Ändra redogörelsen").click()
    expect(page.locator("main")).to_contain_text("axe-core")
    page.get_by_label("Delvis förenlig med lagen").check()
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("#shortcomings-error")).to_be_visible()
    look(page)
    page.get_by_label("Vad som inte är tillgängligt, och varför").fill("Kartan går inte att styra med tangenter.")
    page.get_by_label("Senaste bedömning").fill("2026-11-20")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("main")).to_contain_text("Delvis förenlig")
    guest = browse()
    guest.goto("/sign-in")
    guest.get_by_role("link", name="Tillgänglighet").click()
    expect(guest.get_by_role("heading", level=1)).to_have_text("Tillgänglighet")
    look(guest)
    guest.goto("/accessibility/bjorkvik")
    expect(guest.locator("main")).to_contain_text("delvis förenlig")
    look(guest)
    guest.get_by_role("link", name="English").click()
    guest.goto("/accessibility/bjorkvik")
    expect(guest.locator("main")).to_contain_text("partially compliant")
    expect(guest.locator("main ul[lang=sv]")).to_contain_text("Kartan")


@pytest.mark.feature("O16")
def test_the_licence_is_set_shown_and_asks_once(
    platform: Platform,
    bjorkvik: SampleOrganisation,
    browse: Browse,
    look: Look,
    boss: str,
) -> None:
    """Set by the installation, seen by the organisation with what is used, and a mailbox beyond it asks once."""
    until = (datetime.now(ZONE).date() + timedelta(days=34)).isoformat()
    page = browse(boss)
    page.goto(f"/administration/organisations/{bjorkvik.id}/licence")
    page.get_by_role("textbox", name="Användare").fill("många")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#users-error")).to_be_visible()
    look(page)
    page.get_by_role("textbox", name="Användare").fill("250")
    page.get_by_label("Funktionsbrevlådor").fill("1")
    page.get_by_label("Gäller till och med").fill(until)
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="Licensen är sparad.")).to_be_visible()
    in_work(platform, bjorkvik.system, usage.note_usage)
    anna = browse(ANNA)
    anna.goto("/organisation")
    menu = anna.get_by_role("navigation", name="Min organisation")
    expect(menu.get_by_role("link", name="Licens")).to_contain_text("34 d kvar")
    menu.get_by_role("link", name="Licens").click()
    expect(anna.locator("main")).to_contain_text("34 dagar kvar")
    expect(anna.get_by_role("progressbar", name="Funktionsbrevlådor")).to_be_visible()
    look(anna)
    anna.goto("/mailboxes/new")
    anna.get_by_label("Namn").fill("Utöver licensen")
    anna.get_by_role("button", name="Skapa brevlådan").click()
    expect(anna.get_by_role("alert")).to_contain_text("har avtalat 1")
    look(anna)
    anna.get_by_role("button", name="Skapa brevlådan").click()
    expect(anna.get_by_role("status").filter(has_text="Brevlådan är skapad.")).to_be_visible()
    anna.goto("/language/en")
    anna.goto("/organisation/licence")
    expect(anna.locator("main")).to_contain_text("34 days left")
    anna.goto("/language/sv")
    set_licence(platform, bjorkvik.system, bjorkvik.id, {"mailboxes": None, "users": None, "until": None})


@pytest.mark.feature("N3")
def test_a_month_is_priced_closed_and_corrected(
    platform: Platform, bjorkvik: SampleOrganisation, browse: Browse, look: Look, boss: str
) -> None:
    """From the menu of Administration to the report, and nobody else finds the way."""
    in_work(platform, bjorkvik.system, usage.note_usage)
    page = browse(boss)
    page.goto("/administration")
    page.get_by_role("navigation", name="Administration").get_by_role("link", name="Ekonomi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ekonomi")
    look(page)
    page.get_by_role("link", name="Prislista").click()
    page.get_by_label("Post").select_option(label="Användare, som mest")
    page.get_by_label("Pris").fill("dyrt")
    page.get_by_role("button", name="Spara priset").click()
    expect(page.locator("#price-error")).to_be_visible()
    look(page)
    page.get_by_label("Pris").fill("12,50")
    page.get_by_role("button", name="Spara priset").click()
    expect(page.get_by_role("status").filter(has_text="Priset är sparat.")).to_be_visible()
    page.goto("/plugin/economy")
    page.get_by_role("link", name="Björkviks kommun").click()
    expect(page.locator("main")).to_contain_text("12,50")
    look(page)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Hämta PDF").click()
    assert downloading.value.suggested_filename.endswith("-bjorkvik.pdf")
    page.goto("/plugin/economy")
    page.get_by_role("link", name="Månaden före").click()
    page.get_by_role("link", name="Stäng månaden …").click()
    look(page)
    page.get_by_role("button", name="Stäng månaden").click()
    expect(page.get_by_role("status").filter(has_text="Månaden är stängd.")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Björkviks kommun").click()
    page.get_by_label("Belopp").fill("-12,50")
    page.get_by_label("Skäl").fill("Ett konto räknades två gånger.")
    page.get_by_role("button", name="Spara rättelsen").click()
    expect(page.locator("main")).to_contain_text("Ett konto räknades två gånger.")
    look(page)
    page.goto("/language/en")
    page.goto("/plugin/economy")
    expect(page.get_by_role("heading", level=1)).to_have_text("Economy")
    page.goto("/language/sv")
    bo = browse(BO)
    bo.goto("/plugin/economy")
    expect(bo.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()
