"""Secure messages to people: writing, levels, who has an account and who has not, following, recall, archive."""

import json
import re
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from budkavle import Platform
from budkavle.accounts import mailboxes
from budkavle.accounts.users import account
from budkavle.messaging import guest_access, sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, File, Terms
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work, system
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


def sent(
    platform: Platform,
    bjorkvik: SampleOrganisation,
    people: dict[str, SampleUser],
    subject: str,
    *emails: str,
    sender: str = ANNA,
    loa: Loa = Loa.ONE,
    **more: Any,
) -> Any:
    """Send without a page; returns the message and its deliveries in their order."""
    recipients = tuple(Address("secure", one) for one in emails)
    draft = Draft(recipients=recipients, subject=subject, body="Hej!", loa=loa, **more)
    message = in_work(platform, people[sender], sending.send, own(platform, sender), draft)
    query = "SELECT id, state FROM deliveries WHERE message_id = :id ORDER BY id"
    for _ in range(1_200):
        rows = bjorkvik.rows(query, id=message.id)
        if all(row.state == "WAITING_FOR_RECEIPT" for row in rows):
            return message, [row.id for row in rows]
        threading.Event().wait(0.05)
    raise AssertionError("not carried")


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


LETTER = "M3 5.5h18v13H3zM3 6.5l9 7 9-7"


@pytest.mark.feature("S3", "S4", "S5", "S17", "S24", "S27", "S25", "M12", "M13", "M14", "M15")
def test_the_sender_follows_each_recipient(
    platform: Platform, bjorkvik: SampleOrganisation, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """Not opened, opened with which method, answered: in the list, by hovering and on the recipient's own page."""
    message, (delivery,) = sent(platform, bjorkvik, people, "Följ mig", KARIN)
    anna, karin = browse(ANNA), browse(KARIN)

    def row() -> Any:
        anna.goto(f"/m/{own(platform, ANNA)}/sent")
        return anna.locator(".row").filter(has_text="Följ mig").first

    expect(row().locator("a.to")).to_have_attribute("title", "Region Vättern · Karin Svensson: Skickat, inte öppnat")
    drawn = row().locator(".tag").filter(has_text="Skickat, inte öppnat").locator("svg path")
    expect(drawn).to_have_attribute("d", LETTER)  # sent and arrived (S27)
    karin.goto(f"/m/{own(platform, KARIN)}")
    karin.get_by_role("link", name="Följ mig").first.click()
    expect(karin.locator(".read .body").last).to_have_text("Hej!")
    expect(row().locator("a.to")).to_have_attribute("title", "Region Vättern · Karin Svensson: Öppnat")
    anna.locator(f'a.to[href="/d/{delivery}"]').click()
    expect(anna.locator(".facts")).to_contain_text("E-post och lösenord, nivå 2")
    expect(anna.get_by_role("link", name="Återkalla")).to_have_count(0)
    look(anna)
    karin.get_by_role("link", name="Svara", exact=True).click()
    expect(karin.get_by_role("radio", name="Tillitsnivå 1")).to_be_checked()
    karin.get_by_label("Meddelande", exact=True).fill("Tack!")
    press_send(karin)
    expect(karin.get_by_text("Meddelandet är skickat.")).to_be_visible()
    for _ in range(40):
        anna.goto(f"/d/{delivery}")
        if anna.get_by_text("Besvarat").count():
            break
    anna.get_by_role("link", name="Visa svar").click()
    expect(anna.locator("article.read")).to_contain_text("Tack!")
    assert anna.url.split("#")[0].endswith(f"/c/{message.case_id}")
    look(anna)


@pytest.mark.feature("R1", "R2", "R3", "R4", "R5", "S23", "Y3", "Y5")
def test_recall_is_confirmed_and_for_each_recipient(
    platform: Platform, bjorkvik: SampleOrganisation, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """From the recipient's page, after a question that names them; the others keep theirs."""
    sent(platform, bjorkvik, people, "Fel bilaga", KARIN, BO)
    anna = browse(ANNA)
    anna.goto(f"/m/{own(platform, ANNA)}/sent")
    row = anna.locator(".row").filter(has_text="Fel bilaga").first
    expect(row).to_contain_text("Skickat, inte öppnat")
    row.get_by_role("link", name="Karin Svensson").click()
    expect(anna.locator(".facts")).to_contain_text("Inloggning, lägst nivå 1")
    anna.get_by_role("link", name="Återkalla").click()
    expect(anna.locator("main")).to_contain_text("Region Vättern · Karin Svensson har inte öppnat ”Fel bilaga”.")
    look(anna)
    anna.get_by_role("button", name="Ja, återkalla").click()
    expect(anna.get_by_role("status").filter(has_text="Meddelandet är återkallat.")).to_be_visible()
    look(anna)
    karin = browse(KARIN)
    karin.goto(f"/m/{own(platform, KARIN)}")
    expect(karin.get_by_role("link", name="Fel bilaga")).to_have_count(0)
    karin.get_by_role("link", name="Återkallat av avsändaren").first.click()
    expect(karin.locator("article.read")).to_contain_text("Avsändaren återkallade meddelandet")
    expect(karin.get_by_role("link", name="Svara", exact=True)).to_have_count(0)
    look(karin)
    bo = browse(BO)
    bo.goto(f"/m/{own(platform, BO)}")
    bo.get_by_role("link", name="Fel bilaga").first.click()
    expect(bo.locator("article.read .body")).to_have_text("Hej!")
    anna.goto(f"/m/{own(platform, ANNA)}/sent")
    row = anna.locator(".row").filter(has_text="Fel bilaga").first
    expect(row).to_contain_text("Återkallat: 1")
    expect(row).to_contain_text("Öppnat: 1")


@pytest.mark.feature("R2")
def test_what_was_opened_meanwhile_is_not_recalled(
    platform: Platform, bjorkvik: SampleOrganisation, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """The reader was first: the page says so, and what to do."""
    message, (delivery,) = sent(platform, bjorkvik, people, "Hann först", "hann@example.se")
    anna = browse(ANNA)
    anna.goto(f"/d/{delivery}/recall")
    in_work(
        platform,
        system(message.organisation_id),
        guest_access.open_message,
        delivery,
        method="Kod med e-post",
        loa=Loa.ONE,
    )
    anna.get_by_role("button", name="Ja, återkalla").click()
    expect(anna.locator("main")).to_contain_text("Mottagaren har redan öppnat meddelandet")
    anna.goto(f"/d/{delivery}/recall")
    expect(anna.get_by_role("heading", level=1)).to_have_text("Meddelandet kan inte återkallas")
    look(anna)


@pytest.mark.feature("L1", "L2", "L3", "L4", "L5", "L6", "M2", "S1", "S2", "S13", "S19")
def test_every_link_has_its_place(
    platform: Platform, bjorkvik: SampleOrganisation, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """Recipient, subject and method in a list; when and how it was opened, its message and its answer, in detail."""
    message, (delivery,) = sent(
        platform,
        bjorkvik,
        people,
        "Länk ett",
        "gun@example.se",
        loa=Loa.TWO,
        terms={"gun@example.se": Terms(phone="0701234567")},
    )
    sent(platform, bjorkvik, people, "Länk två", "tyst@example.se")
    page = browse(ANNA)
    page.goto(f"/m/{own(platform, ANNA)}")
    page.get_by_role("link", name="Länkar").click()
    row = page.locator("tr").filter(has_text="gun@example.se").first
    expect(row).to_contain_text("Länk ett")
    expect(row).to_contain_text("Valfritt sätt, lägst nivå 2")
    expect(row).to_contain_text("Notis skickad, inte öppnat")
    expect(page.locator("tr").filter(has_text="tyst@example.se").first).to_contain_text("Skickat, inte öppnat")
    look(page)
    who: dict[str, Any] = {"method": "Kod med SMS", "provider": "prov_sms", "loa": Loa.TWO}
    in_work(
        platform,
        system(message.organisation_id),
        guest_access.answer,
        delivery,
        "Ja!",
        (File("ja.txt", "text/plain", b"Ja"),),
        **who,
    )
    page.reload()
    row = page.locator("tr").filter(has_text="gun@example.se").first
    expect(row).to_contain_text("Kod med SMS, nivå 2")
    expect(row).to_contain_text("Besvarat")
    row.get_by_role("link", name="gun@example.se").click()
    for term in ("Skickat", "Notis skickad", "Öppnat", "Besvarat", "Legitimerade sig med"):
        expect(page.locator(".facts dt").filter(has_text=term).first).to_be_visible()
    look(page)
    page.get_by_role("link", name="Gå till meddelandet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Länk ett")
    page.go_back()
    page.get_by_role("link", name="Visa svar").click()
    expect(page.locator("article.read")).to_contain_text("Ja!")
    expect(page.locator("article.read")).to_contain_text("ja.txt")


@pytest.mark.feature("M14", "M15", "X4", "Y4")
def test_a_guest_is_answered_without_asking_again(
    platform: Platform, bjorkvik: SampleOrganisation, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """The number is known from before and told by its end, only levels that reach are offered, and the answer goes."""
    terms = {"ann@example.se": Terms(phone="0701234567")}
    message, (delivery,) = sent(
        platform, bjorkvik, people, "Fråga till Ann", "ann@example.se", loa=Loa.TWO, terms=terms
    )
    who: dict[str, Any] = {"method": "Kod med SMS", "provider": "prov_sms", "loa": Loa.TWO, "name": "Ann Ask"}
    in_work(platform, system(message.organisation_id), guest_access.answer, delivery, "Ja, gärna.", **who)
    page = browse(ANNA)
    page.goto(f"/c/{message.case_id}")
    page.get_by_role("link", name="Svara", exact=True).click()
    expect(page.locator(".pill")).to_contain_text("Ann Ask utan konto")
    expect(page.get_by_role("radio", name="Tillitsnivå 1")).to_have_count(0)
    expect(page.get_by_role("radio", name="Tillitsnivå 2")).to_be_checked()
    expect(page.locator(".guest")).to_contain_text("slutar på 67")
    assert "701234567" not in page.content()
    look(page)
    page.get_by_label("Meddelande", exact=True).fill("Då säger vi så.")
    press_send(page)
    expect(page.locator("article.read")).to_contain_text("Då säger vi så.")


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


@pytest.mark.feature("R6", "R7", "R8", "S26")
def test_a_message_is_archived_and_fetched_back(
    platform: Platform, bjorkvik: SampleOrganisation, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """Arkivera, the confirmation above the message, the filter Arkiv, and the way back."""
    sent(platform, bjorkvik, people, "Till arkivet", BO)
    bo = browse(BO)
    bo.goto(f"/m/{own(platform, BO)}")
    bo.get_by_role("link", name="Till arkivet").first.click()
    expect(bo.get_by_role("button", name="Ta ärendet")).to_have_count(0)
    bo.get_by_role("button", name="Arkivera").click()
    expect(bo.locator(".toast")).to_contain_text("Meddelandet är arkiverat.")
    look(bo)
    bo.goto(f"/m/{own(platform, BO)}")
    expect(bo.get_by_role("link", name="Till arkivet")).to_have_count(0)
    bo.locator(".chips").get_by_role("link", name="Arkiv").click()
    bo.get_by_role("link", name="Till arkivet").first.click()
    look(bo)
    bar = bo.locator("#casebar")
    bar.get_by_role("button", name="Flytta till inkorgen").click()
    expect(bar.get_by_role("button", name="Flytta till inkorgen")).to_have_count(0)
    bo.goto(f"/m/{own(platform, BO)}")
    expect(bo.get_by_role("link", name="Till arkivet").first).to_be_visible()


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
