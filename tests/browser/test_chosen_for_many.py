"""Many ticked cases are assigned, tagged, dated and moved, each with one undo; feature E7."""

from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.cases.teamwork.tags import add_tag
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
    """A mailbox of Anna's, who administers it, and Bo's, with a tag."""
    made = bjorkvik.add_mailbox(f"Många {next(NUMBERS)}", people[BO], administrators=(people[ANNA],))
    in_work(bjorkvik.platform, people[ANNA], add_tag, made.id, "Skola", "green")
    return made


@pytest.fixture
def ids(bjorkvik: SampleOrganisation, unit: FunctionMailbox) -> list[UUID]:
    """Two cases in it."""
    sender = Address("link", "region@vattern.example", "Habiliteringen", "Region Vättern")
    return [
        bjorkvik.arrive(f"Kallelse {number}", transport="link", sender=sender, mailbox_id=unit.id)
        for number in range(2)
    ]


def choose(page: Page, ids: list[UUID], button: str) -> None:
    """Tick the cases, and press a button behind Mer in the bar."""
    for case_id in ids:
        page.locator(f"#row-{case_id} .row-tick").check()
    page.locator("#bulk").get_by_role("button", name="Mer").click()
    page.locator("#bulk").get_by_role("button", name=button, exact=True).click()


@pytest.mark.feature("E7")
def test_what_is_chosen_for_many_is_done_and_undone(
    browse: Browse,
    look: Look,
    people: dict[str, SampleUser],
    bjorkvik: SampleOrganisation,
    unit: FunctionMailbox,
    ids: list[UUID],
) -> None:
    """A colleague, a tag, a day and a mailbox; the list says what was done, and one button takes all of it back."""
    other = bjorkvik.add_mailbox(f"Annan enhet {next(NUMBERS)}", people[BO])
    page = browse(ANNA)
    rows = [page.locator(f"#row-{case_id}") for case_id in ids]
    for button, choice, submit, shown in (
        ("Tilldela", people[BO].name, "Tilldela", people[BO].name),
        ("Tagg", "Skola", "Sätt taggen", "Skola"),
    ):
        page.goto(f"/m/{unit.id}")
        choose(page, ids, button)
        expect(page.get_by_role("radio", name=choice)).to_be_visible()
        look(page)
        page.get_by_role("radio", name=choice).check()
        page.get_by_role("button", name=submit, exact=True).click()
        for row in rows:
            expect(row).to_contain_text(shown)
        page.get_by_role("button", name="Ångra").click()
        expect(page.get_by_text("2 ärenden är som de var.")).to_be_visible()
        for row in rows:
            expect(row).not_to_contain_text(shown)
    page.goto(f"/m/{unit.id}")
    choose(page, ids, "Svarsdatum")
    expect(page.get_by_role("button", name="Spara")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("alert")).to_contain_text("Välj något i listan")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Spara").click()
    for row in rows:
        expect(row).to_contain_text("Svar senast")
    choose(page, ids, "Flytta")
    page.get_by_role("radio", name=other.name).check()
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_text("Efter flytten kan du inte öppna ärendena")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Flytta ärendena").click()
    expect(page.get_by_text("2 ärenden är flyttade.")).to_be_visible()
    expect(page.locator(".row")).to_have_count(0)
    page.get_by_role("button", name="Ångra").click()
    for row in rows:
        expect(row).to_contain_text("Svar senast")
