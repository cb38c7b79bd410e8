"""Colleagues work on a case together: assign, notes, tags, due date, moving, readers and notices, wide and narrow."""

from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.accounts.mailboxes import add_members
from budkavle.cases.teamwork.tags import add_tag
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
NUMBERS = count(1)


@pytest.fixture
def unit(bjorkvik: SampleOrganisation, people: dict[str, SampleUser]) -> FunctionMailbox:
    """A mailbox of Anna's, who administers it, and Bo's, with a tag."""
    made = bjorkvik.add_mailbox(f"Samarbete {next(NUMBERS)}", people[BO], administrators=(people[ANNA],))
    in_work(bjorkvik.platform, people[ANNA], add_tag, made.id, "Skola", "green")
    return made


@pytest.fixture
def case_id(bjorkvik: SampleOrganisation, unit: FunctionMailbox) -> UUID:
    """A case in it."""
    sender = Address("link", "region@vattern.example", "Habiliteringen", "Region Vättern")
    return bjorkvik.arrive("Kallelse till möte", transport="link", sender=sender, mailbox_id=unit.id)


@pytest.mark.feature("E17", "E18", "E19", "E20")
def test_a_case_is_assigned_tagged_dated_and_noted(
    browse: Browse, look: Look, people: dict[str, SampleUser], unit: FunctionMailbox, case_id: UUID
) -> None:
    """Each from the menu of the case, and back to it; the row and the case show what was done."""
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer", exact=True).click()
    page.get_by_role("link", name="Tilldela en kollega").click()
    look(page)
    page.get_by_role("radio", name=people[BO].name).check()
    page.get_by_role("button", name="Tilldela").click()
    expect(page.get_by_role("status").get_by_text(f"{people[BO].name} har fått ärendet.")).to_be_visible()
    page.goto(f"/c/{case_id}/tags")
    look(page)
    page.get_by_role("checkbox", name="Skola").check()
    page.get_by_role("button", name="Spara").click()
    page.goto(f"/c/{case_id}/due")
    look(page)
    page.get_by_role("radio", name="Nästa arbetsdag").check()
    page.get_by_role("button", name="Spara").click()
    expect(page.locator(".read .tag.own")).to_have_text("Skola")
    expect(page.locator(f"#row-{case_id}")).to_contain_text("Svar senast")
    page.get_by_text("Ny anteckning").click()
    page.get_by_label("Anteckning", exact=True).fill(f"@{people[BO].name} kan du ta den här?")
    page.get_by_role("button", name="Spara anteckningen").click()
    expect(page.locator(".case-note .mention")).to_have_text(f"@{people[BO].name}")
    look(page)
    page.get_by_role("link", name="Ändra eller ta bort").click()
    look(page)
    page.goto(f"/m/{unit.id}/due")
    expect(page.locator(f"#row-{case_id}")).to_be_visible()
    look(page)


@pytest.mark.feature("E18")
def test_a_printed_case_has_its_notes_and_nothing_to_fill_in(browse: Browse, case_id: UUID) -> None:
    """Neither the form for a new note, open or closed, nor the words that lead to changing one."""
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_text("Ny anteckning").click()
    page.get_by_label("Anteckning", exact=True).fill("Ring Bo.")
    page.get_by_role("button", name="Spara anteckningen").click()
    expect(page.get_by_role("link", name="Ändra eller ta bort")).to_be_visible()
    page.get_by_text("Ny anteckning").click()
    page.emulate_media(media="print")
    expect(page.get_by_text("Ring Bo.")).to_be_visible()
    for words in ("Ny anteckning", "Ändra eller ta bort", "Läses av dem"):
        expect(page.get_by_text(words)).to_be_hidden()
    assert page.locator("main :is(button, input, textarea):visible").count() == 0


@pytest.mark.feature("E21")
def test_a_case_is_moved_after_a_question(
    browse: Browse, look: Look, bjorkvik: SampleOrganisation, people: dict[str, SampleUser], case_id: UUID
) -> None:
    """It names who will read it; one who does not read the other mailbox is back at the list."""
    other = bjorkvik.add_mailbox(f"Skolkontoret {next(NUMBERS)}", people[BO])
    page = browse(ANNA)
    page.goto(f"/c/{case_id}/move?q={other.name.replace(' ', '+')}")
    look(page)
    page.get_by_role("radio", name=other.name, exact=True).check()
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_role("main")).to_contain_text(people[BO].name)
    look(page)
    page.get_by_role("button", name="Flytta ärendet").click()
    expect(page.locator(f"#row-{case_id}")).to_have_count(0)


@pytest.mark.feature("E19", "E23")
def test_an_administrator_makes_tags_and_lets_a_member_only_read(
    browse: Browse, look: Look, people: dict[str, SampleUser], unit: FunctionMailbox, case_id: UUID
) -> None:
    """The reader sees the case, and no way to write."""
    page = browse(ANNA)
    page.goto(f"/mailboxes/{unit.id}/tags")
    look(page)
    page.get_by_label("Ord").last.fill("Skola")
    page.get_by_role("button", name="Lägg till").click()
    expect(page.locator("#name-error")).to_be_visible()
    look(page)
    page.goto(f"/mailboxes/{unit.id}/users")
    page.get_by_role("button", name=f"Låt bara läsa: {people[BO].name}").click()
    expect(page.get_by_role("table")).to_contain_text("Får bara läsa")
    look(page)
    reader = browse(BO)
    reader.goto(f"/c/{case_id}")
    expect(reader.get_by_text("Du får läsa i brevlådan men inte svara eller ändra något.")).to_be_visible()
    expect(reader.get_by_role("button", name="Ta ärendet")).to_have_count(0)
    look(reader)


@pytest.mark.feature("E24")
def test_notices_are_chosen_for_each_mailbox(
    browse: Browse, look: Look, bjorkvik: SampleOrganisation, people: dict[str, SampleUser], unit: FunctionMailbox
) -> None:
    """A wrong hour stands at its field; in English too."""
    email = f"aviserad{next(NUMBERS)}@bjorkvik.example"
    people[email] = bjorkvik.add_user("Aviserad Berg", email=email, password=PASSWORD)
    in_work(bjorkvik.platform, people[ANNA], add_members, unit.id, [people[email].user_id])
    page = browse(email)
    page.goto("/account/notices")
    look(page)
    page.get_by_label(f"{unit.name}: Klocka").select_option("Varje timme")
    page.get_by_role("checkbox", name="Skicka inget under vissa timmar").check()
    page.get_by_label("Till", exact=True).fill("19:00")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#end-error")).to_be_visible()
    look(page)
    page.get_by_label("Till", exact=True).fill("07:00")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_text("Ändringarna är sparade.")).to_be_visible()
    expect(page.get_by_label(f"{unit.name}: Klocka")).to_have_value("hourly")
