"""Templates: written on their page, searched and put into a message and an answer."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own."""
    made: UUID = sdk_mailboxes.add(f"Mallar {request.node.name[5:60]}", ANNA)
    return made


def write(page: Page, box: UUID, name: str, text: str) -> None:
    """Write a template of a mailbox."""
    page.goto(f"/plugin/templates/new?mailbox={box}")
    page.get_by_label("Namn", exact=True).fill(name)
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_text("Mallen är sparad.")).to_be_visible()


@pytest.mark.feature("E14")
def test_a_template_is_written_and_used_in_an_answer(sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look) -> None:
    """By the keyboard alone: found, put where the writer was, filled in; an empty field is told before sending."""
    case_id = sdk_mailboxes.arrive(box, "Fråga om avgift")
    page = browse(ANNA)
    page.goto(f"/plugin/templates?mailbox={box}")
    look(page)
    page.get_by_role("link", name="Ny mall").click()
    look(page)
    write(page, box, "Avgift", "Hej! Ärende {ärendenummer}: {belopp} kr. {mitt namn}")
    look(page)
    write(page, box, "Annat", "Något annat")
    page.goto(f"/c/{case_id}/reply")
    body = page.get_by_label("Meddelande", exact=True)
    body.fill("Före. Efter.")
    body.evaluate("it => it.setSelectionRange(6, 6)")
    summary = page.locator(".ready-texts > summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox", name="Sök bland mallar")).to_be_focused()
    page.keyboard.type("belopp")
    page.keyboard.press("Enter")
    expect(page.locator('.ready-texts [name="insert"]')).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Sök bland mallar")).to_be_focused()
    look(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator('.ready-texts [name="insert"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(body).to_be_focused()
    number = page.locator("article.read").inner_text()
    whole = body.input_value()
    assert whole.startswith("Före. Hej! Ärende ")
    assert whole.endswith("Efter.")
    assert ": {belopp} kr. " in whole
    assert not {"{ärendenummer}", "{mitt namn}"} & {word.strip(":") for word in whole.split()}
    assert whole.split("Ärende ")[1].split(":")[0] in number
    page.get_by_role("button", name="Ta ärendet och skicka").click()
    expect(page.locator("#advice")).to_contain_text("Fält är inte ifyllda: {belopp}.")
    expect(page.locator("#advice")).to_be_focused()
    look(page)
    body.fill(whole.replace("{belopp}", "300"))
    page.get_by_role("button", name="Ta ärendet och skicka").click()
    expect(page.locator("article.read")).to_contain_text("300 kr.")
    _remove(page, box, look)


def _remove(page: Page, box: UUID, look: Look) -> None:
    """Take a template away on its page."""
    page.goto(f"/plugin/templates?mailbox={box}")
    page.get_by_role("link", name="Annat").click()
    look(page)
    page.get_by_role("button", name="Ta bort mallen").click()
    expect(page.get_by_role("link", name="Annat")).to_have_count(0)


@pytest.mark.feature("E14")
def test_templates_work_without_javascript(box: UUID, browse: Browse) -> None:
    """The page comes back with the text, the subject where none was written, and everything that was typed."""
    page = browse(ANNA, java_script_enabled=False)
    write(page, box, "Kvitto", "Vi har tagit emot brevet.")
    page.goto(f"/compose?mailbox={box}")
    page.get_by_label("Meddelande", exact=True).fill("Hej!")
    page.get_by_label("Ämne").fill("Mitt ämne")
    page.locator(".ready-texts > summary").click()
    page.get_by_role("searchbox", name="Sök bland mallar").fill("kvitto")
    page.locator('[name="find_text"]').click()
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Hej!")
    page.get_by_role("button", name="Kvitto").click()
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Hej!\n\nVi har tagit emot brevet.")
    expect(page.get_by_label("Ämne")).to_have_value("Mitt ämne")
