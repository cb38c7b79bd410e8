"""Inställningar under Min organisation: found by their words, chosen in forms, and true where people work."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.message_settings import FileSettings, MessageSettings
from budkavle.accounts.stored_settings import all_sections, read_settings, write_settings
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle_addressbook.book_settings import BookSettings
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
SETTINGS = "/organisation/settings"


@pytest.fixture(autouse=True)
def usual(platform: Platform, bjorkvik: SampleOrganisation) -> Iterator[None]:
    """What a test chooses is given up after it: the installation is everybody's."""
    yield
    for settings_type in (BinSettings, MessageSettings, FileSettings, BookSettings):
        in_work(platform, bjorkvik.system, write_settings, settings_type, None)


def save(page: Page) -> None:
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Ändringarna är sparade.")).to_be_visible()


@pytest.mark.feature("O1", "OX4", "Y3")
@pytest.mark.parametrize("script", [True, False])
def test_a_setting_is_found_by_its_words_and_the_field_has_the_focus(
    platform: Platform, bjorkvik: SampleOrganisation, browse: Browse, look: Look, *, script: bool
) -> None:
    """The search stands in the menu; its hit leads to the very field, also without a script."""
    page = browse(ANNA, java_script_enabled=script)
    page.goto("/organisation")
    search = page.get_by_role("navigation", name="Min organisation").get_by_role("searchbox", name="Sök inställning")
    search.fill("dagar papperskorgen")
    search.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sök inställning")
    if script:
        look(page)
    page.get_by_role("main").get_by_role("link", name="Dagar i papperskorgen").click()
    field = page.get_by_label("Dagar i papperskorgen")
    expect(field).to_be_focused()
    expect(page.locator("#bin_days-hint")).to_contain_text("Mellan 0 och 3650. Standardvärde.")
    field.fill("4000")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("#bin_days-error")).to_be_visible()
    field.fill("7")
    save(page)
    expect(page.locator("#bin_days-hint")).to_contain_text("Valt för organisationen. Standardvärdet är 30 dagar.")
    if script:
        look(page)
    assert in_work(platform, bjorkvik.system, read_settings, BinSettings).bin_days == 7


@pytest.mark.feature("O1", "OX4")
def test_settings_are_found_in_english(browse: Browse, look: Look) -> None:
    """By English words; the page of a section is English too."""
    page = browse(ANNA)
    page.goto("/language/en")
    page.goto(f"{SETTINGS}?q=undo")
    page.get_by_role("main").get_by_role("link", name="Time to undo").click()
    expect(page.get_by_label("Time to undo")).to_be_focused()
    expect(page.locator("#undo_seconds-hint")).to_contain_text("Between 0 and 120.")
    page.goto(f"{SETTINGS}?q=xyzzy")
    expect(page.get_by_role("main")).to_contain_text("Try another or a shorter word")
    look(page)


@pytest.mark.feature("O7")
def test_a_message_begins_as_the_organisation_says(sdk_mailboxes: Any, browse: Browse, look: Look) -> None:
    """The level is chosen and the box of answers is not ticked when somebody begins a secure message."""
    page = browse(ANNA)
    page.goto(f"{SETTINGS}/budkavle.messages")
    page.get_by_label("Förvald tillitsnivå").select_option("Tillitsnivå 2")
    page.get_by_label("Mottagaren får svara, om inget annat väljs").uncheck()
    save(page)
    look(page)
    writer = browse(BO)
    writer.goto(f"/compose?mailbox={sdk_mailboxes.add('Förvald nivå', BO)}&to=link:nils@exempel.example")
    expect(writer.locator("input[name=loa][value='2']")).to_be_checked()
    expect(writer.locator("input[type=checkbox][name=reply_allowed]")).not_to_be_checked()


@pytest.mark.feature("O10")
def test_only_the_organisations_types_of_file_are_attached(sdk_mailboxes: Any, browse: Browse, look: Look) -> None:
    """What is refused is told by its name beside the files."""
    page = browse(ANNA)
    page.goto(f"{SETTINGS}/budkavle.files")
    page.get_by_label("Filtyper som får bifogas").fill("pdf *")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("#extensions-error")).to_contain_text("* är ingen filändelse.")
    page.get_by_label("Filtyper som får bifogas").fill("pdf")
    save(page)
    look(page)
    writer = browse(BO, java_script_enabled=False)
    writer.goto(f"/compose?mailbox={sdk_mailboxes.add('Filtyper', BO)}")
    file = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"Planen."}
    writer.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    writer.get_by_role("button", name="Förhandsgranska").first.click()
    expect(writer.locator("main")).to_contain_text("plan.txt är av en filtyp som er organisation inte låter någon")


@pytest.mark.feature("O9")
def test_the_shared_book_is_kept_by_administrators(sdk_mailboxes: Any, browse: Browse, look: Look) -> None:
    """A member who may not change it is told so in words."""
    page = browse(ANNA)
    page.goto(f"{SETTINGS}/addressbook.books")
    look(page)
    page.get_by_label("Vem som ändrar brevlådans kontakter").select_option("Brevlådans administratörer")
    save(page)
    box = sdk_mailboxes.add("Gemensam bok", BO, ANNA, administrator=ANNA)
    for email, allowed in ((BO, False), (ANNA, True)):
        member = browse(email)
        member.goto(f"/plugin/addressbook/contacts/new?mailbox={box}")
        member.get_by_label("Namn").fill("Stina Sten")
        member.get_by_label("E-post").fill("stina@exempel.example")
        member.get_by_label("Telefon").fill("070-123 45 67")
        member.get_by_label("Ingen").check()
        member.get_by_role("button", name="Spara").click()
        if allowed:
            expect(member.locator(".contacts")).to_contain_text("Stina Sten")
        else:
            expect(member.locator("main")).to_contain_text("Bara brevlådans administratörer ändrar")
            look(member)


@pytest.mark.feature("Z5", "OX4")
def test_the_advisers_words_are_changed(browse: Browse, look: Look) -> None:
    """Found by the search; what is no word stands at the field; the usual list comes back."""
    page = browse(ANNA)
    page.goto(f"{SETTINGS}?q=ordlista")
    page.locator("main a[href*='adviser.words']").first.click()
    field = page.locator("#words")
    expect(field).to_have_value(re.compile(r"diagnos\*"))
    field.fill("två ord")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("#words-error")).to_contain_text("två ord")
    look(page)
    field.fill("fredag")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(field).to_have_value("fredag")
    page.get_by_role("button", name="Återställ standardvärden").click()
    expect(field).to_have_value(re.compile(r"diagnos\*"))


@pytest.mark.feature("O10")
def test_a_kind_of_message_has_types_of_file_of_its_own(
    platform: Platform, bjorkvik: SampleOrganisation, sdk_mailboxes: Any, browse: Browse, look: Look
) -> None:
    """A file of another type is refused as soon as it is chosen for that kind."""
    section = all_sections(platform)["budkavle.channel_files"]
    page = browse(ANNA)
    page.goto(f"{SETTINGS}/budkavle.channel_files")
    page.locator("#types_sdk").fill("pdf *")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("#types_sdk-error")).to_be_visible()
    look(page)
    page.locator("#types_sdk").fill("pdf")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("status").first).to_be_visible()
    look(page)
    writer = browse(BO)
    writer.goto(f"/compose?mailbox={sdk_mailboxes.add('Filtyper för SDK', BO)}")
    file = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"Planen."}
    writer.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    expect(writer.locator("main")).to_contain_text("plan.txt är av en filtyp som er organisation inte skickar med")
    in_work(platform, bjorkvik.system, write_settings, section.type, None)
