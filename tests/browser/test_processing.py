"""The register of processing: read, changed and fetched, in both languages, wide, narrow and without a script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.mark.feature("Z11")
def test_an_administrator_reads_and_changes_the_register(browse: Browse, look: Look) -> None:
    """From the menu; a ground is chosen, a fault stands at its field, and the PDF is a file."""
    page = browse(ANNA)
    page.goto("/organisation")
    page.get_by_role("navigation", name="Min organisation").get_by_role("link", name="Personuppgifter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Register över behandling av personuppgifter")
    expect(page.locator("main")).to_contain_text("Utväxla meddelanden med andra organisationer")
    look(page)
    messages = page.get_by_role("region", name="Meddelanden och ärenden")
    expect(messages).to_contain_text("Förslag")
    messages.get_by_role("link", name="Ändra grund och anteckning").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meddelanden och ärenden")
    page.get_by_label("Rättslig grund").fill("x" * 501)
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("#ground-error")).to_be_visible()
    look(page)
    page.get_by_label("Rättslig grund").fill("Socialtjänstlagen, artikel 6.1 e")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Ändringarna är sparade.")).to_be_visible()
    expect(page.get_by_role("region", name="Meddelanden och ärenden")).to_contain_text("Socialtjänstlagen")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Hämta som PDF").click()
    assert fetched.value.path().read_bytes().startswith(b"%PDF-")
    page.goto("/language/en")
    page.goto("/organisation/processing")
    expect(page.locator("main")).to_contain_text("Send, receive and handle messages.")
    look(page)
    page.goto("/language/sv")


@pytest.mark.feature("Z11")
def test_it_works_without_a_script(browse: Browse) -> None:
    """The form is sent and the register shown by the server alone."""
    page = browse(ANNA, java_script_enabled=False)
    page.goto("/organisation/processing/budkavle.event_log")
    page.get_by_label("Organisationens anteckning").fill("Beslut 2026-11-27.")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("region", name="Händelselogg")).to_contain_text("Beslut 2026-11-27.")
