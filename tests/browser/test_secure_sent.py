"""Secure messages that are sent: followed, recalled, answered and archived."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.test_secure import own, press_send

from budkavle import Platform
from budkavle.messaging import guest_access, sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, File, Terms
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work, system
from budkavle_demo.content import ANNA, BO, KARIN

Browse = Callable[..., Page]
Look = Callable[[Page], None]


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
