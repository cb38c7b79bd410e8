"""What is one's own: the name that others see, and what is thrown away."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.accounts import mailboxes
from budkavle.accounts.users import account
from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import BO, CHILDREN, KARIN

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.mark.feature("U1", "U2", "U3")
def test_a_name_is_changed_under_mitt_konto(browse: Browse, look: Look) -> None:
    """An empty one is refused at its field; the new one stands in the menu at once."""
    page = browse(KARIN)
    page.goto("/account")
    name = page.get_by_label("Namn", exact=True)
    before = name.input_value()
    name.fill(" ")
    page.get_by_role("button", name="Spara").first.click()
    expect(page.locator("#name-error")).to_be_visible()
    look(page)
    for one in ("Karin Ny Svensson", before):
        page.get_by_label("Namn", exact=True).fill(one)
        page.get_by_role("button", name="Spara").first.click()
        expect(page.get_by_role("button", name=f"Meny för {one}")).to_be_visible()
    look(page)


@pytest.mark.feature("S20", "Y3")
def test_what_is_thrown_away_says_so_until_it_is_taken_back(
    platform: Platform, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """In the reader's bin, with the way back; the sender's copy says nothing of it."""
    sender, reader = account(platform, KARIN), account(platform, BO)
    assert sender
    assert reader
    draft = Draft((Address("secure", BO),), "Till papperskorgen", "Hej!", loa=Loa.ONE)
    in_work(platform, people[KARIN], sending.send, mailboxes.personal_mailbox(sender).id, draft)
    inbox = f"/m/{mailboxes.personal_mailbox(reader).id}"
    page = browse(BO)
    for _ in range(40):
        page.goto(inbox)
        if page.get_by_role("link", name="Till papperskorgen").count():
            break
    page.get_by_role("link", name="Till papperskorgen").first.click()
    page.get_by_role("button", name="Mer", exact=True).click()
    page.get_by_role("button", name="Ta bort").click()
    expect(page.locator("#casebar")).to_contain_text("Meddelandet ligger i papperskorgen.")
    page.goto(f"{inbox}?folder=binned")
    row = page.locator(".row").filter(has_text="Till papperskorgen").first
    expect(row).to_contain_text("I papperskorgen")
    look(page)
    row.locator(".subject").click()
    page.locator("#casebar").get_by_role("button", name="Återställ").click()
    expect(page.get_by_text("Meddelandet ligger i papperskorgen.")).to_have_count(0)
    page.goto(inbox)
    expect(page.get_by_role("link", name="Till papperskorgen").first).to_be_visible()


@pytest.mark.feature("M18", "R8")
def test_ones_own_inbox_offers_nothing_that_is_for_functions_only(platform: Platform, browse: Browse) -> None:
    """Messages between people come and go there; a function's address is linked to no person's inbox."""
    person = account(platform, BO)
    assert person
    page = browse(BO)
    page.goto(f"/m/{mailboxes.personal_mailbox(person).id}")
    chips = page.get_by_role("navigation", name="Filter").get_by_role("link")
    expect(chips).to_have_text(["Inkorg", "Arkiv"])
    page.goto(f"/compose?mailbox={mailboxes.personal_mailbox(person).id}")
    expect(page.locator(".kinds .choice")).to_have_text(["Säkert meddelande", "Brev"])
    page.get_by_label("Från").select_option(label=CHILDREN)
    expect(page.locator(".kinds .choice").filter(has_text="SDK")).to_be_visible()
