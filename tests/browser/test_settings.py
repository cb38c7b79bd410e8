"""Looking after mailboxes, their link to the address book, contacts, and health; and every page in English."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.model.messages import Address
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_demo.content import ADDRESSES, ANNA, BO, ELDERLY, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
CLINIC = Address("sdk", "SE2321009002-1001", "Clinic", "County")


@pytest.mark.feature("F3", "F4", "F6", "F8", "F9", "F21")
def test_a_mailbox_is_made_changed_and_taken_away(browse: Browse, look: Look) -> None:
    """The organisation's administrator makes one, names it anew and deletes it after a question."""
    page = browse(ANNA)
    page.goto("/")
    page.get_by_role("button", name="Meny för Anna Lind").click()
    page.get_by_role("link", name="Min organisation").click()
    page.get_by_role("navigation", name="Min organisation").get_by_role("link", name="Funktionsbrevlådor").first.click()
    look(page)
    page.get_by_role("link", name="Ny funktionsbrevlåda").click()
    page.get_by_role("button", name="Skapa brevlådan").click()
    expect(page.locator("#name-error")).to_be_visible()
    look(page)
    page.get_by_label("Namn").fill("Överförmyndaren")
    page.get_by_label("Beskrivning").fill("Ärenden om godmanskap.")
    page.get_by_role("button", name="Skapa brevlådan").click()
    expect(page.get_by_role("status").filter(has_text="Brevlådan är skapad.")).to_be_visible()
    page.get_by_role("navigation", name="Om brevlådan").get_by_role("link", name="Inställningar").click()
    expect(page.get_by_label("Beskrivning")).to_have_value("Ärenden om godmanskap.")
    page.get_by_label("Namn").fill("Överförmyndarnämnden")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Överförmyndarnämnden")
    look(page)
    page.get_by_role("link", name="Ta bort …").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ta bort Överförmyndarnämnden?")
    look(page)
    page.get_by_role("button", name="Ta bort brevlådan").click()
    expect(page.get_by_role("status").filter(has_text="Brevlådan är borttagen.")).to_be_visible()
    expect(page.get_by_role("link", name="Överförmyndarnämnden")).to_have_count(0)


@pytest.mark.feature("F5", "F10", "F11", "F21", "Q5")
def test_users_are_searched_added_made_administrators_and_removed(box: UUID, browse: Browse, look: Look) -> None:
    """Somebody is found by name, given access, made administrator, and taken away after a question."""
    page = browse(ANNA)
    page.goto(f"/mailboxes/{box}/users")
    page.get_by_label("Välj Bo Ek").check()
    page.get_by_role("button", name="Ta bort valda …").click()
    expect(page.locator("main")).to_contain_text("Bo Ek")
    look(page)
    page.get_by_role("button", name="Ta bort en användare").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Lägg till", exact=True).click()
    page.get_by_role("searchbox").last.fill("Bo")
    page.locator("#chosen-results").get_by_role("button", name="Bo Ek").click()
    expect(page.locator(".pill")).to_contain_text("Bo Ek")
    look(page)
    page.get_by_role("button", name="Ge tillgång").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Gör till administratör: Bo Ek").click()
    expect(page.get_by_role("button", name="Gör till användare: Bo Ek")).to_be_visible()
    look(page)


@pytest.mark.feature("F4", "F9", "F21", "Q2")
def test_an_ordinary_member_sees_but_does_not_change(box: UUID, browse: Browse, look: Look) -> None:
    """Bo reads what the mailbox is and who is in it; there is nothing for him to press."""
    page = browse(BO)
    page.goto(f"/m/{box}")
    page.get_by_role("button", name="Hantera", exact=True).click()
    page.get_by_role("link", name="Brevlådans inställningar").click()
    expect(page.locator("main")).to_contain_text("Administratörer")
    expect(page.locator("main").get_by_role("button", name="Spara")).to_have_count(0)
    look(page)
    page.get_by_role("link", name="Användare", exact=True).click()
    expect(page.locator("main")).to_contain_text("Anna Lind")
    page.goto(f"/mailboxes/{box}/settings")
    expect(page.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()
    look(page)


@pytest.mark.feature("K5", "K6", "AB3", "F23")
def test_a_mailbox_is_linked_and_each_fault_stands_at_the_field(
    people: dict[str, SampleUser], bjorkvik: SampleOrganisation, browse: Browse, look: Look
) -> None:
    """Unknown and others' identifiers are refused at the field; the right one is kept, with the icon of SDK."""
    box = bjorkvik.add_mailbox("Ännu inte kopplad", people[BO]).id
    free = "sdk:ledig:0203:bjorkvik.example"
    page = browse(ANNA)
    page.goto(f"/mailboxes/{box}/systems")
    expect(page.locator("main")).to_contain_text("Brevlådan är inte kopplad till adressboken")
    page.get_by_role("link", name="Koppla till adressboken").click()
    look(page)
    field = page.get_by_label("Identifierare i adressbok")
    for identifier in ("finns-inte", "SE2321009002-1001", ADDRESSES[ELDERLY]):
        field.fill(identifier)
        page.get_by_role("button", name="Spara").click()
        expect(page.locator("#identifier-error")).to_be_visible()
        expect(field).to_have_value(identifier)
    look(page)
    field.fill(free)
    page.get_by_role("button", name="Spara").click()
    linked = page.get_by_role("region", name="Säker digital kommunikation")
    expect(linked).to_contain_text(re.compile(rf"SDK\s*{re.escape(free)}"))
    expect(linked.locator(".tag svg")).to_have_count(1)
    look(page)


@pytest.mark.feature("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "F24")
def test_contacts_are_ones_own_or_the_mailboxs(box: UUID, browse: Browse, look: Look) -> None:
    """The mailbox's book is shared by its users, one's own by nobody; they are searched by name, cleaned by ticks."""
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    page.get_by_role("button", name="Hantera", exact=True).click()
    page.get_by_role("main").get_by_role("link", name="Adressbok").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kontakter i Prov")
    look(page)
    page.get_by_role("link", name="Lägg till").click()
    page.get_by_role("button", name="Spara").click()
    for name in ("name", "email", "phone"):
        expect(page.locator(f"#{name}-error")).to_be_visible()
    look(page)
    for name in ("Stina Sten", "Gun Grus"):
        page.get_by_label("Namn").fill(name)
        page.get_by_label("E-post").fill("kontakt@exempel.se")
        page.get_by_label("Telefon").fill("070-123 45 67")
        page.get_by_label("Ingen").check()
        page.get_by_role("button", name="Spara").click()
        expect(page.locator(".contacts")).to_contain_text(name)
        page.get_by_role("link", name="Lägg till").click()
    bo = browse(BO)
    bo.goto(f"/m/{box}")
    bo.get_by_role("button", name="Hantera", exact=True).click()
    bo.get_by_role("main").get_by_role("link", name="Adressbok").click()
    expect(bo.locator(".contacts li")).to_have_count(2)
    bo.get_by_role("searchbox", name="Sök kontakt på namn").fill("stina")
    bo.keyboard.press("Enter")
    expect(bo.locator(".contacts li")).to_have_count(1)
    look(bo)
    bo.locator(".contacts input").check()
    bo.get_by_role("button", name="Ta bort valda …").click()
    look(bo)
    bo.get_by_role("button", name="Ta bort", exact=True).click()
    expect(bo.locator(".contacts li")).to_have_count(1)
    page.goto("/plugin/addressbook/contacts")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mina kontakter")
    expect(page.locator("main")).not_to_contain_text("Gun Grus")


def test_health_tells_an_administrator_how_it_goes(browse: Browse, look: Look) -> None:
    """The page says in words what is well and what is not, and is not for everybody."""
    page = browse(ANNA)
    page.goto("/health")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main")).to_contain_text("Kopplingar till adressboken")
    look(page)
    page.goto("/events")
    expect(page.locator("tbody tr").first).to_be_visible()
    look(page)
    bo = browse(BO)
    bo.goto("/health")
    expect(bo.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()


def test_a_page_that_does_not_exist_says_so_kindly(browse: Browse, look: Look) -> None:
    """A wrong address gives a page with a way on, for somebody signed in and for anybody else."""
    for email in (ANNA, ""):
        page = browse(email)
        page.goto("/nothing/here")
        expect(page.locator("main")).to_contain_text("Sidan finns inte")
        look(page)


SWEDISH = re.compile(
    r"[åäöÅÄÖ]|\b(och|inte|ärende|Svara|Skicka|Avsluta|Spara|Avbryt|Till|Från|Mottaget|Brev|Inga|Ingen|Visa|Ny|Alla)\b"
)
NAMES = ("Björkviks kommun", "Region Vättern", "Svenska", "Barn- och ungdomspsykiatrin, kansli", "Brev")
"""Names of people and things, which are not translated; nor is what is typed of a mailbox or stands in the schedule."""


def main_pages(box: UUID, case_id: UUID, user_id: object) -> Iterator[str]:
    """The pages of a mailbox, a case, a user, and what belongs to nothing."""
    yield from (f"/m/{box}{rest}" for rest in ("", "/sent", "?folder=closed", "?folder=trouble", "?scope=mine"))
    yield from (f"/c/{case_id}{rest}" for rest in ("", "/reply", "/print"))
    tabs = ("", "/users", "/add", "/settings", "/settings/budkavle.mailbox_messages", "/systems", "/api", "/delete")
    yield from (f"/mailboxes/{box}{rest}" for rest in tabs)
    yield from ("/mailboxes", "/mailboxes?show=mine", "/mailboxes/new", "/mailboxes/deleted", "/mailboxes/import")
    yield from (f"/plugin/addressbook/{rest}" for rest in ("contacts", "contacts/new", f"link/{box}"))
    yield from (f"/plugin/{rest}" for rest in (f"templates?mailbox={box}", f"templates/new?mailbox={box}", "scim"))
    yield from (f"/organisation/settings/{rest}" for rest in ("adviser.words", "budkavle.channel_files"))
    yield from (f"/organisation/users{rest}" for rest in ("?q=anna", f"/{user_id}", f"/{user_id}/close"))
    yield from (f"/compose?mailbox={box}", "/search?q=nowhere", "/account", "/health", "/nothing")


@pytest.mark.feature("U4")
def test_every_main_page_is_wholly_english(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], sdk_mailboxes: Any, browse: Browse
) -> None:
    """With English chosen no word of the pages is left in Swedish, each says that it is English, and fits a phone."""
    box = sdk_mailboxes.add("Registry", BO, ANNA, administrator=ANNA)
    case_id = sdk_mailboxes.arrive(box, "Hello", body="How are you?", sender=CLINIC)
    page = browse()
    page.goto("/sign-in")
    page.get_by_role("link", name="English").click()
    page.get_by_label("E-mail").fill(ANNA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=re.compile("Anna Lind")).click()
    if page.get_by_role("link", name="English").count():
        page.get_by_role("link", name="English").click()
    query = "SELECT name, description FROM mailboxes WHERE kind = 'function'"  # deleted ones too
    rows = bjorkvik.rows(query)
    kinds = bjorkvik.rows("SELECT klass || ' ' || name AS label FROM records_kinds")
    typed = {words for row in rows for words in (row.name, row.description) if words} | {kind.label for kind in kinds}
    kept = re.compile("|".join(map(re.escape, sorted([*typed, *NAMES], key=len, reverse=True))))
    left = []
    for path in main_pages(box, case_id, people[BO].user_id):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        text = kept.sub("", page.locator("body").inner_text())
        left += [f"{path}: {line}" for line in text.splitlines() if SWEDISH.search(line)]
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        page.set_viewport_size({"width": 1280, "height": 900})
    assert not left, "\n".join(dict.fromkeys(left))


HEARD = """\
addEventListener("load", () => {
  const region = document.querySelector("main [role=status]");
  const mark = () => { document.documentElement.dataset.heard = region.innerText; };
  if (region) new MutationObserver(mark).observe(region, { childList: true });
});"""


def test_what_was_saved_is_heard_and_not_only_seen(browse: Browse) -> None:
    """A page that comes with its answer tells it once more, since a live region is silent about how it began."""
    page = browse(ANNA)
    page.add_init_script(HEARD)
    page.goto("/account")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-heard", "Ändringarna är sparade.")
    expect(page.get_by_text("Ändringarna är sparade.")).to_have_count(1)
