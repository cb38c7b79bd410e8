"""The public records desk: a list is masked and given out, and a person gets what there is about them."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle import Loa
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
DESK = "/plugin/disclosure"
GROUND = "OSL 26 kap. 1 §"


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own, which Anna administers and is no member of."""
    made: UUID = sdk_mailboxes.add(f"Handlingar {request.node.name[-30:]}", BO)
    return made


def name_of(request: pytest.FixtureRequest) -> str:
    return f"Handlingar {request.node.name[-30:]}"


@pytest.mark.feature("ZR5")
def test_a_list_is_masked_and_given_out(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Choose mailbox and days, mask a row with its ground, see exactly what is given out, take the file."""
    sdk_mailboxes.arrive(box, "Ansökan om bygglov")
    sdk_mailboxes.arrive(box, "Anmälan om Ebba Hemlig")
    sdk_mailboxes.arrive(box, "Skyddad handling", loa=Loa.THREE)
    page = browse(ANNA)
    page.goto(DESK)
    look(page)
    page.get_by_role("link", name="Ny postlista").click()
    page.get_by_label("Sök brevlåda på namn").fill(name_of(request))
    page.get_by_role("button", name="Sök").last.click()
    page.get_by_label("Namn", exact=True).fill("Till lokaltidningen")
    page.get_by_label(name_of(request)).check()
    look(page)
    page.get_by_role("button", name="Skapa postlistan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Till lokaltidningen")
    expect(page.locator("main")).to_contain_text("1 rad är skyddad och visas maskerad")
    look(page)
    page.get_by_role("button", name="Maskera", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Markera minst en rad.")
    page.get_by_label("Markera rad 2").check()
    page.get_by_label("Vad det rör").check()
    page.get_by_label("Grund", exact=True).select_option(GROUND)
    page.get_by_role("button", name="Maskera", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Maskeringen är sparad.")
    look(page)
    page.get_by_role("link", name="Granska och lämna ut").click()
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="Ansökan om bygglov")).to_have_count(1)
    expect(rows.filter(has_text=f"Maskerat: {GROUND}")).to_have_count(1)
    expect(rows.filter(has_text="sekretess är inte prövad")).to_have_count(1)
    expect(page.locator("main")).not_to_contain_text("Ebba")
    look(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Lämna ut som CSV").click()
    file = tmp_path / "list.csv"
    download.value.save_as(file)
    text = file.read_text("utf-8-sig")
    assert "Ansökan om bygglov" in text
    assert "Ebba" not in text
    page.reload()
    expect(page.locator("#issued + ul")).to_contain_text("Anna Lind")


@pytest.mark.feature("ZR5")
def test_no_table_of_the_desk_is_scrolled_sideways(
    sdk_mailboxes: Any, box: UUID, browse: Browse, folded: Look, request: pytest.FixtureRequest
) -> None:
    """At 320 px each row of a list is a piece of its own, with a label before each value."""
    sdk_mailboxes.arrive(box, "Ansökan från Vendela Lapidarius", loa=Loa.THREE)
    page = browse(ANNA)
    page.goto(f"{DESK}/lists/new")
    page.get_by_label("Sök brevlåda på namn").fill(name_of(request))
    page.get_by_role("button", name="Sök").last.click()
    page.get_by_label("Namn", exact=True).fill("Till länsstyrelsen")
    page.get_by_label(name_of(request)).check()
    page.get_by_role("button", name="Skapa postlistan").click()
    folded(page)
    page.get_by_role("link", name="Granska och lämna ut").click()
    folded(page)
    page.goto(DESK)
    folded(page)
    page.goto(f"{DESK}/requests/new")
    page.get_by_label("Namn", exact=True).fill("Vendela Lapidarius")
    page.get_by_role("button", name="Spara och sök").click()
    folded(page)
    page.goto(f"{DESK}/requests")
    folded(page)


@pytest.mark.feature("ZR5")
def test_the_desk_in_english(sdk_mailboxes: Any, box: UUID, browse: Browse, fits: Look) -> None:
    """The same pages for somebody who reads English."""
    sdk_mailboxes.arrive(box, "Ansökan")
    page = browse(ANNA)
    page.goto("/language/en")
    page.goto(DESK)
    expect(page.get_by_role("heading", level=1)).to_have_text("Public records")
    fits(page)
    page.goto(f"{DESK}/requests/new")
    expect(page.get_by_role("button", name="Save and search")).to_be_visible()
    fits(page)


@pytest.mark.feature("ZR5")
def test_a_person_gets_what_there_is_about_them(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look, tmp_path: Path
) -> None:
    """Enter the person, tick the case, mask others, make the package and take it."""
    surname = "Eklövsberg"
    sdk_mailboxes.arrive(box, f"Ansökan från Ester {surname}", body="Jag bor granne med Ture Annansson.")
    page = browse(ANNA)
    page.goto(f"{DESK}/requests")
    look(page)
    page.get_by_role("link", name="Ny begäran").click()
    look(page)
    page.get_by_label("Namn", exact=True).fill(f"Ester {surname}")
    page.get_by_role("button", name="Spara och sök").click()
    expect(page.locator("main")).to_contain_text(re.compile("3[01] dagar kvar|2[89] dagar kvar"))
    look(page)
    page.get_by_role("row").filter(has_text=surname).get_by_role("checkbox").check()
    page.get_by_role("button", name="Spara och granska innehållet").click()
    expect(page.locator("main")).to_contain_text("Ture Annansson")
    page.get_by_label("Ord som maskeras").fill("Ture Annansson")
    page.get_by_label("Grund", exact=True).select_option("GDPR art. 15.4")
    look(page)
    page.get_by_role("button", name="Spara", exact=True).click()
    page.get_by_role("button", name="Skapa paketet").click()
    expect(page.get_by_role("status").first).to_contain_text("Paketet är klart.")
    look(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Hämta paketet").click()
    file = tmp_path / "package.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        text = archive.read("registerutdrag.json").decode()
    assert surname in text
    assert "Annansson" not in text
    page.goto(f"{DESK}/requests")
    expect(page.get_by_role("row").filter(has_text=surname)).to_contain_text("Paketet är klart")


def test_the_desk_works_without_scripts(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """Forms and links alone are enough; somebody who is not named does not get in."""
    sdk_mailboxes.arrive(box, "Ansökan")
    page = browse(ANNA, java_script_enabled=False)
    page.goto(f"{DESK}/lists/new")
    page.get_by_label("Namn", exact=True).fill("Utan skript")
    page.get_by_label("Sök brevlåda på namn").fill("Handlingar")
    page.get_by_role("button", name="Sök").last.click()
    page.get_by_role("checkbox").last.check()
    page.get_by_label("Namn", exact=True).fill("Utan skript")
    page.get_by_role("button", name="Skapa postlistan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Utan skript")
    answer = browse(BO).goto(DESK)
    assert answer
    assert answer.status == 403
