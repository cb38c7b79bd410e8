"""Restricting a case to named people, wide and narrow, in both languages."""

import re
from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.cases.teamwork.restricting import restrict
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
NUMBERS = count(1)


@pytest.fixture
def unit(bjorkvik: SampleOrganisation, people: dict[str, SampleUser]) -> FunctionMailbox:
    """A mailbox of Anna's and Bo's."""
    return bjorkvik.add_mailbox(f"Skyddat {next(NUMBERS)}", people[ANNA], people[BO])


@pytest.fixture
def case_id(bjorkvik: SampleOrganisation, unit: FunctionMailbox) -> UUID:
    """A case in it."""
    sender = Address("link", "region@vattern.example", "Habiliteringen", "Region Vättern")
    return bjorkvik.arrive("Skyddad adress", transport="link", sender=sender, mailbox_id=unit.id)


@pytest.mark.feature("E22")
def test_a_case_is_restricted_and_lifted(browse: Browse, look: Look, unit: FunctionMailbox, case_id: UUID) -> None:
    """From the menu; row and case say so, a colleague meets it nowhere, and what is left out is told at the field."""
    page, other = browse(ANNA), browse(BO)
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer", exact=True).click()
    page.get_by_role("link", name="Begränsa ärendet").click()
    look(page)
    page.get_by_role("button", name="Spara begränsningen").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv varför")
    look(page)
    page.get_by_label("Skäl").fill("Skyddade personuppgifter")
    page.get_by_role("button", name="Spara begränsningen").click()
    expect(page.get_by_role("status").get_by_text("Ärendet är begränsat")).to_be_visible()
    expect(page.locator(f"#row-{case_id}")).to_contain_text("Begränsat")
    expect(page.locator(".read .tag").get_by_text("Begränsat")).to_be_visible()
    other.goto(f"/m/{unit.id}")
    expect(other.locator(f"#row-{case_id}")).to_have_count(0)
    assert other.request.get(f"/c/{case_id}").status == 404
    page.goto(f"/c/{case_id}/restrict")
    expect(page.get_by_text("Begränsat av")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Ta bort begränsningen").click()
    expect(page.get_by_role("status").get_by_text("Begränsningen är borttagen")).to_be_visible()
    other.reload()
    expect(other.locator(f"#row-{case_id}")).to_be_visible()


@pytest.mark.feature("E22")
def test_an_administrator_names_somebody_without_reading(
    browse: Browse,
    look: Look,
    bjorkvik: SampleOrganisation,
    people: dict[str, SampleUser],
    case_id: UUID,
) -> None:
    """The page tells number and people, not the subject; also in English."""
    in_work(bjorkvik.platform, people[BO], restrict, case_id, [people[BO].id], "Skyddade personuppgifter")
    page = browse(ANNA)
    page.goto("/organisation/restricted")
    look(page)
    page.goto(f"/organisation/restricted/{case_id}")
    expect(page.locator("main")).not_to_contain_text("Skyddad adress")
    look(page)
    page.get_by_role("radio", name=people[ANNA].name).check()
    page.get_by_role("button", name="Låt personen läsa").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv varför")
    page.get_by_role("radio", name=people[ANNA].name).check()
    page.get_by_label("Skäl", exact=True).fill("Handläggaren är sjuk")
    page.get_by_role("button", name="Låt personen läsa").click()
    expect(page.get_by_role("status").get_by_text("Personen får läsa ärendet nu")).to_be_visible()
    page.goto("/language/en")
    page.goto("/organisation/restricted")
    expect(page.get_by_role("heading", name="Restricted cases")).to_be_visible()
    page.goto("/language/sv")


@pytest.mark.feature("E22", "M6")
@pytest.mark.parametrize("script", [True, False])
def test_who_reads_a_function_that_is_put_in_as_a_recipient_is_told_before_it_is_sent(
    browse: Browse,
    look: Look,
    bjorkvik: SampleOrganisation,
    people: dict[str, SampleUser],
    case_id: UUID,
    script: bool,
) -> None:
    """With and without JavaScript: the first press of Skicka asks, the second sends."""
    in_work(bjorkvik.platform, people[ANNA], restrict, case_id, [people[ANNA].id], "Skyddade personuppgifter")
    other = bjorkvik.add_mailbox(f"Elevhälsan {next(NUMBERS)}", people[BO])
    page = browse(ANNA, java_script_enabled=script)
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer", exact=True).click()
    page.get_by_role("button", name="Vidarebefordra").first.click()
    page.get_by_role("searchbox", name="Till").fill(other.name)
    if not script:
        page.locator("button[name=find]").first.click()
    page.locator(".hits").get_by_role("button", name=other.name).first.click()
    expect(page.locator("input[name=recipients]")).to_have_count(1)
    page.get_by_role("radio", name="Tillitsnivå 2").check()
    page.get_by_role("button", name="Skicka", exact=True).click()
    question = page.get_by_role("status").get_by_text(f"Alla som läser {other.name} kommer att se meddelandet")
    expect(question).to_contain_text(f"Läsare: {people[BO].name}")
    if script:
        look(page)
    page.get_by_role("button", name="Skicka ändå").click()
    expect(page).to_have_url(re.compile("sent="))
