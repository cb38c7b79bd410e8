"""The event log: an organisation's, and the installation's own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage

from budkavle.model.people import Role
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.running import Running
from budkavle_demo.content import ANNA, BO, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
ROOT = "rot.ahl@bjorkvik.example"


@pytest.fixture
def rot(bjorkvik: SampleOrganisation, people: dict[str, SampleUser]) -> str:
    """An administrator of the installation."""
    if ROOT not in people:
        people[ROOT] = bjorkvik.add_user("Rot Ahl", Role.PLATFORM, email=ROOT, password=PASSWORD)
    return ROOT


def turn_to(page: Page, text: str, following: str = "Nästa") -> None:
    """Go back in the log to the page that has this: others' tests work here too, and each command is an entry."""
    expect(page.locator("tbody tr").first).to_be_visible()
    while text not in page.locator("tbody").inner_text():
        expect(page.locator("tbody")).not_to_contain_text("Brevlådan")
        here = page.url
        page.get_by_role("link", name=following, exact=True).click()
        expect(page).not_to_have_url(here)
        page.wait_for_load_state()
    expect(page.locator("tbody")).to_contain_text(text)


@pytest.mark.feature("O12")
def test_the_log_is_filtered_and_taken_home(
    people: dict[str, SampleUser], bjorkvik: SampleOrganisation, browse: Browse, look: Look
) -> None:
    """Anna finds what was done in one mailbox, by one person, of one kind; the file has that and no more."""
    box = bjorkvik.add_mailbox("Händelsernas brevlåda", people[BO]).id
    page = browse(ANNA)
    page.goto("/events")
    expect(page.get_by_role("heading", level=1)).to_have_text("Händelselogg")
    look(page)
    page.get_by_label("Funktionsbrevlåda").fill("Händelsernas")
    page.get_by_label("Typ").select_option(label="Brevlådor och tillgång")
    page.get_by_role("button", name="Visa", exact=True).click()
    texts = page.locator("tbody td.name")
    expect(texts).to_have_text(
        ["Bo Ek fick tillgång till brevlådan Händelsernas brevlåda", "Brevlådan Händelsernas brevlåda skapades"]
    )
    look(page)
    page.get_by_role("button", name="Hämta som fil").click()
    look(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Hämta JSON Lines").click()
    entries = [json.loads(line)["entry"] for line in Path(download.value.path()).read_text("utf-8").splitlines()]
    assert [(entry["kind"], entry["thing"]) for entry in entries] == [
        ("mailbox.member-added", str(box)),
        ("mailbox.created", str(box)),
    ]
    if not page.get_by_role("button", name="Hämta CSV").is_visible():
        page.get_by_role("button", name="Hämta som fil").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Hämta CSV").click()
    assert "Bo Ek fick tillgång" in Path(download.value.path()).read_text("utf-8-sig")
    page.goto("/events")
    expect(page.locator("tbody")).to_contain_text("Händelseloggen hämtades som CSV")


@pytest.mark.feature("O12")
def test_a_field_that_is_wrong_is_told_of(browse: Browse, look: Look) -> None:
    """With a sentence at the field, and a summary that leads there."""
    page = browse(ANNA)
    page.goto("/events?since=2026-11-02&until=2026-11-01&person=Finns+Inte")
    expect(page.locator("#until-error")).to_have_text("Till ska vara samma dag som Från eller senare.")
    page.get_by_role("link", name="Ingen heter så").click()
    expect(page.get_by_label("Person")).to_be_focused()
    look(page)
    page.get_by_role("link", name="Visa allt").click()
    expect(page.locator("tbody tr").first).to_be_visible()


@pytest.mark.feature("O12", "N6")
def test_the_logs_work_in_english_and_without_javascript(
    running: Running, open_page: OpenPage, browse: Browse, rot: str, fits: Look
) -> None:
    """All of it is a form and links."""
    page = browse(rot)
    page.goto("/language/en")
    state = page.context.storage_state()
    for path, heading in (("/events", "Event log"), ("/administration/events", "The installation's event log")):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        fits(page)
    plain = open_page(running.url, java_script_enabled=False, storage_state=state)
    plain.goto("/administration/events")
    plain.get_by_label("Type").select_option(label="The organisation and its settings")
    plain.get_by_role("button", name="Show", exact=True).click()
    turn_to(plain, "The organisation Region Vättern was added", "Next")
    plain.get_by_role("button", name="Download as a file").click()
    with plain.expect_download() as download:
        plain.get_by_role("button", name="Download CSV").click()
    assert Path(download.value.path()).read_text("utf-8-sig").startswith("Number;")
    plain.context.close()
    page.goto("/language/sv")


@pytest.mark.feature("N6")
def test_the_installations_administrators_see_its_own_log_and_no_organisations(
    browse: Browse, rot: str, look: Look
) -> None:
    """Organisations that were made and who administers the installation; an organisation's administrator may not."""
    page = browse(rot)
    page.goto("/administration")
    page.get_by_role("navigation", name="Administration").get_by_role("link", name="Händelselogg").click()
    turn_to(page, "Rot Ahl blev administratör för installationen")
    look(page)
    turn_to(page, "Organisationen Björkviks kommun lades upp")
    expect(page.locator("tbody")).not_to_contain_text("Brevlådan")
    look(page)
    other = browse(ANNA)
    other.goto("/administration/events")
    expect(other.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()
