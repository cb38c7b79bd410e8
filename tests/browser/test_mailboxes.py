"""Function mailboxes as people manage them: lists, tabs, files, deletion; in both languages and without JavaScript."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from budkavle import Platform
from budkavle.cases import actions
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own, which Anna administers and Bo belongs to."""
    made: UUID = sdk_mailboxes.add(f"Brevlåda {request.node.name[5:60]}", BO, ANNA, administrator=ANNA)
    return made


def _tabs(page: Page) -> Locator:
    return page.get_by_role("navigation", name=re.compile("Om brevlådan|About the mailbox"))


@pytest.mark.feature("F1", "F2", "F3", "O14")
def test_the_ways_to_the_mailboxes(box: UUID, browse: Browse, look: Look) -> None:
    """Beside one's own inbox: each with its folders, and below them the way to manage them."""
    page = browse(BO)
    page.goto(f"/m/{box}")
    rail = page.get_by_role("navigation", name="Brevlådor")
    for name in ("Skickade", "Länkar", "Avslutade"):
        expect(rail.get_by_role("link", name=name)).to_be_visible()
    rail.get_by_role("link", name="Hantera funktionsbrevlådor").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Funktionsbrevlådor")
    expect(page.get_by_role("link", name="Ny funktionsbrevlåda")).to_have_count(0)
    look(page)
    page.get_by_role("searchbox", name="Sök funktionsbrevlåda").fill("the_ways_to")
    page.get_by_role("button", name="Visa", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name=re.compile("Visa alltid .* i menyn")).click()
    expect(page.get_by_role("button", name=re.compile("Visa inte alltid .* i menyn"))).to_be_visible()


@pytest.mark.feature("F4", "F5", "F6", "F7", "F9", "O13", "Q5")
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_the_tabs_of_a_mailbox(box: UUID, browse: Browse, look: Look, scripts: bool) -> None:
    """Information, Användare, Inställningar and API, as the guide has them."""
    page = browse(ANNA, java_script_enabled=scripts)
    page.goto(f"/mailboxes/{box}")
    expect(page.locator("main")).to_contain_text("Administratörer")
    _shown(page, look, scripts)
    _tabs(page).get_by_role("link", name="Användare").click()
    expect(page.get_by_role("link", name="Tillgång")).to_have_attribute("aria-current", "page")
    page.get_by_role("searchbox", name="Sök bland brevlådans användare").fill("bo")
    page.get_by_role("button", name="Visa", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    _shown(page, look, scripts)
    page.get_by_role("link", name="Lägg till", exact=True).click()
    expect(page.get_by_role("button", name="Ge tillgång")).to_be_visible()
    _shown(page, look, scripts)
    _tabs(page).get_by_role("link", name="Inställningar").click()
    page.get_by_label("Beskrivning").fill("Ny beskrivning")
    page.get_by_label("Språk").select_option("en")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="Ändringarna är sparade.")).to_be_visible()
    _shown(page, look, scripts)
    page.get_by_role("link", name="Externa system").click()
    expect(page.get_by_role("heading", name="Säker digital kommunikation")).to_be_visible()
    _shown(page, look, scripts)
    _tabs(page).get_by_role("link", name="API").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    _shown(page, look, scripts)
    _tabs(page).get_by_role("link", name="Information").click()
    expect(page.locator("main")).to_contain_text("Ny beskrivning")


def _shown(page: Page, look: Look, scripts: bool) -> None:
    if scripts:
        look(page)


@pytest.mark.feature("F5", "F11", "Q5")
def test_the_last_administrator_is_asked_about(box: UUID, browse: Browse, look: Look) -> None:
    """Before the mailbox is left to the organisation's administrators alone."""
    page = browse(ANNA)
    page.goto(f"/mailboxes/{box}/users")
    page.get_by_role("button", name="Gör till användare: Anna Lind").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("vara utan administratör?")
    look(page)
    page.get_by_role("link", name="Avbryt").click()
    page.get_by_role("button", name="Gör till administratör: Bo Ek").click()
    page.get_by_role("button", name="Gör till användare: Anna Lind").click()
    expect(page.get_by_role("status").filter(has_text="Behörigheten är ändrad.")).to_be_visible()
    page.get_by_label("Välj Bo Ek").check()
    page.get_by_role("button", name="Ta bort valda …").click()
    expect(page.locator("main")).to_contain_text("Därefter har brevlådan ingen administratör.")
    look(page)


@pytest.mark.feature("F8", "F9")
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_mailbox_is_deleted_and_restored(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look, scripts: bool, request: pytest.FixtureRequest
) -> None:
    """The question says what is in it and until when it is kept; the list of deleted ones brings it back."""
    sdk_mailboxes.arrive(box, "Öppet ärende")
    page = browse(ANNA, java_script_enabled=scripts)
    page.goto(f"/mailboxes/{box}/settings")
    page.get_by_role("link", name="Ta bort …").click()
    main = page.locator("main")
    for words in ("Finns kvar till", "Nya meddelanden till brevlådan", "Brevlådan har ett öppet ärende."):
        expect(main).to_contain_text(words)
    _shown(page, look, scripts)
    page.get_by_role("button", name="Avsluta ärendet och ta bort brevlådan").click()
    expect(page.get_by_role("status").filter(has_text="Brevlådan är borttagen.")).to_be_visible()
    bo = browse(BO, java_script_enabled=scripts)
    bo.goto(f"/m/{box}")
    expect(bo.locator("main")).to_contain_text("Brevlådan finns inte")
    page.get_by_role("link", name="Borttagna brevlådor").click()
    name = f"Brevlåda {request.node.name[5:60]}"
    expect(page.locator("tbody")).to_contain_text(name)
    _shown(page, look, scripts)
    page.get_by_role("button", name=f"Återställ {name}").first.click()
    expect(page.get_by_role("status").filter(has_text="Brevlådan är återställd")).to_be_visible()
    bo.goto(f"/m/{box}")
    expect(bo.locator(".rows")).to_contain_text("Öppet ärende")


@pytest.mark.feature("F19", "F20")
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_open_and_closed_with_whose(
    platform: Platform,
    people: dict[str, SampleUser],
    sdk_mailboxes: Any,
    box: UUID,
    browse: Browse,
    look: Look,
    scripts: bool,
) -> None:
    """One's own closed cases are two presses away."""
    mine, other = sdk_mailboxes.arrive(box, "Mitt avslutade"), sdk_mailboxes.arrive(box, "Ett öppet")
    for action in (actions.take, actions.close):
        in_work(platform, people[BO], action, mine)
    page = browse(BO, java_script_enabled=scripts)
    page.goto(f"/m/{box}")
    filters = page.get_by_role("navigation", name="Filter")
    filters.get_by_role("link", name="Avslutade").click()
    expect(page.locator(".rows")).to_contain_text("Mitt avslutade")
    filters.get_by_role("link", name="Mina").click()
    expect(page.locator(".rows")).to_contain_text("Mitt avslutade")
    expect(page.locator(".rows")).not_to_contain_text("Ett öppet")
    _shown(page, look, scripts)
    filters.get_by_role("link", name="Andras").click()
    expect(page.locator("main")).to_contain_text("Inget ärende stämmer med filtret.")
    _shown(page, look, scripts)
    filters.get_by_role("link", name="Öppna").click()
    expect(page.locator(".rows")).to_contain_text("Ett öppet")
    assert other


@pytest.mark.feature("O14", "OX2")
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_many_mailboxes_come_from_a_file(browse: Browse, look: Look, tmp_path: Path, scripts: bool) -> None:
    """Each row with what it does or what is wrong; then the right ones are there, and all can be fetched."""
    name = f"Ur fil {'med' if scripts else 'utan'}"
    file = tmp_path / "brevlador.csv"
    file.write_text(f"Namn;Beskrivning;Användare\n{name};Provad;{BO}\nFel;;ingen@annan.example\n", "cp1252")
    page = browse(ANNA, java_script_enabled=scripts)
    page.goto("/mailboxes")
    _shown(page, look, scripts)
    page.get_by_role("link", name="Lägg till flera från en fil").click()
    page.get_by_role("button", name="Visa raderna").click()
    expect(page.locator("#file-error")).to_be_visible()
    _shown(page, look, scripts)
    page.get_by_label("CSV-fil").set_input_files(file)
    page.get_by_role("button", name="Visa raderna").click()
    expect(page.locator("tbody")).to_contain_text("Här finns inget öppet konto med adressen ingen@annan.example.")
    _shown(page, look, scripts)
    page.get_by_role("button", name="För in en rad").click()
    expect(page.get_by_role("status").filter(has_text="Raderna i filen är införda.")).to_be_visible()
    page.get_by_role("searchbox", name="Sök funktionsbrevlåda").fill(name)
    page.get_by_role("button", name="Visa", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Ladda ner alla som CSV").click()
    assert f"{name};Provad;sv;nej;;{BO}" in Path(fetched.value.path()).read_text("utf-8-sig")
