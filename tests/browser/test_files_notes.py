"""Notes, versions, attaching and saving, and a guest's link, as people see and use them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert, update

from budkavle import Host, Platform
from budkavle.model.messages import File
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_demo.content import ANNA, BO
from budkavle_files.guests.guest_shares import GuestDetails, hashed
from budkavle_files.notes.content import create_note
from budkavle_files.tables import shares, versions
from budkavle_files.tree.entries import NewEntry, add_entry, create_catalogue
from budkavle_files.tree.sharing import Subject, share_with
from budkavle_files.tree.things import AccessRole, Entry, EntryKind, ShareKind
from budkavle_files.tree.versions import FILES, NewVersion

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.fixture
def host(platform: Platform) -> Host:
    host: Host = platform.plugins.host("files")
    return host


@pytest.fixture
def make(host: Host, people: dict[str, SampleUser]) -> Callable[[str], Entry]:
    """Make a catalogue of Anna's that Bo may write in."""

    def do(name: str) -> Entry:
        with host.work(people[ANNA]) as work:
            catalogue = create_catalogue(host, work, name)
            subject = Subject(ShareKind.PERSON, people[BO].user_id)
            share_with(host, work, catalogue.id, [subject], AccessRole.AUTHOR)
            return catalogue

    return do


def note_in(host: Host, user: SampleUser, catalogue: Entry, name: str, text: str) -> Entry:
    with host.work(user) as work:
        return create_note(host, work, catalogue.id, name, text)


def english(page: Page, look: Look) -> None:
    """Look at the page in English too."""
    page.goto(f"/language/en?next={page.url}")
    look(page)


@pytest.mark.feature("D4", "D14")
def test_two_write_in_a_note_at_once(
    host: Host, make: Callable[[str], Entry], people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """A note is made on the page; what each writes comes to the other, drawn, and nobody presses anything."""
    catalogue = make("Anteckningar i webbläsaren")
    anna = browse(ANNA)
    anna.goto(f"/plugin/files/c/{catalogue.id}")
    anna.get_by_role("link", name="Ny anteckning").click()
    look(anna)
    anna.get_by_label("Namn").fill("Samtal med rektor")
    anna.get_by_role("button", name="Skapa anteckningen").click()
    text = anna.get_by_label("Innehåll", exact=True)
    text.fill("# Beslut\n")
    expect(anna.locator("#preview h1")).to_have_text("Beslut")
    expect(anna.get_by_text("Allt är sparat")).to_be_visible()
    look(anna)

    bo = browse(BO)
    bo.goto(anna.url)
    his = bo.get_by_label("Innehåll", exact=True)
    expect(his).to_have_value("# Beslut\n")
    his.press("Control+End")
    his.type("Bo skriver")
    expect(bo.get_by_text("Allt är sparat")).to_be_visible()
    expect(text).to_have_value("# Beslut\nBo skriver")
    expect(anna.get_by_text("Skriver nu: Bo Ek")).to_be_visible()
    look(anna)


@pytest.mark.feature("D14")
def test_the_same_line_is_merged_by_hand(
    host: Host, make: Callable[[str], Entry], people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """Who comes last is told, sees both variants, and saves what is right."""
    note = note_in(host, people[ANNA], make("Samma rad"), "Tider", "Möte klockan nio\n")
    anna, bo = browse(ANNA), browse(BO)
    anna.goto(f"/plugin/files/notes/{note.id}")
    bo.goto(f"/plugin/files/notes/{note.id}")
    anna.context.set_offline(True)
    anna.get_by_label("Innehåll", exact=True).fill("Möte klockan tio\n")
    bo.get_by_label("Innehåll", exact=True).fill("Möte klockan elva\n")
    expect(bo.get_by_text("Allt är sparat")).to_be_visible()
    anna.context.set_offline(False)
    expect(anna.get_by_text("Bo Ek har ändrat samma rader som du.")).to_be_visible()
    anna.complaints.clear()  # type: ignore[attr-defined] # the browser complains of the lost net, and of 409
    anna.get_by_role("button", name="Spara").click()
    expect(anna.get_by_role("heading", name="Bo Ek har ändrat samma rader som du")).to_be_visible()
    text = anna.get_by_label("Innehåll", exact=True)
    expect(text).to_have_value("Möte klockan elva\nMöte klockan tio\n")
    anna.complaints.clear()  # type: ignore[attr-defined]
    look(anna)
    text.fill("Möte klockan tio\n")
    anna.get_by_role("button", name="Spara").click()
    expect(anna.get_by_text("Anteckningen är sparad.")).to_be_visible()


@pytest.mark.feature("D15")
def test_a_version_is_compared_and_restored(
    host: Host, make: Callable[[str], Entry], people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """What changed is shown in words and colours, and the old text comes back as a new version."""
    note = note_in(host, people[ANNA], make("Versioner i webbläsaren"), "Plan", "Steg ett\nSteg två\n")
    with host.work(people[ANNA]) as work, host.tables(work) as connection:
        old = versions.c.entry_id == note.id
        connection.execute(update(versions).where(old).values(created_at=versions.c.created_at - timedelta(hours=1)))
    page = browse(ANNA)
    page.goto(f"/plugin/files/notes/{note.id}")
    page.get_by_label("Innehåll", exact=True).fill("Steg ett\nSteg tre\n")
    page.get_by_role("button", name="Spara").click()
    page.get_by_role("link", name="Versioner", exact=True).click()
    page.get_by_role("link", name="Visa ändringar i version 2").click()
    expect(page.locator("del")).to_contain_text("Steg två")
    expect(page.locator("ins")).to_contain_text("Steg tre")
    look(page)
    page.get_by_role("button", name="Återställ version 1").click()
    expect(page.get_by_text("Version 1 är återställd, som en ny version.")).to_be_visible()
    english(page, look)


@pytest.mark.feature("D5", "D16", "D17")
def test_what_is_ticked_is_attached(
    host: Host, make: Callable[[str], Entry], people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """From ticks to the page for writing: what, from which account, which kind of message."""
    catalogue = make("Att bifoga")
    note_in(host, people[ANNA], catalogue, "Hembesök", "Allt gick bra.")
    with host.work(people[ANNA]) as work:
        kept = FILES.keep(work, catalogue.id, "plan.txt", "text/plain", [b"Planen"])
        add_entry(host, work, catalogue.id, NewEntry(EntryKind.FILE, "plan.txt", NewVersion(kept.id, 6, "text/plain")))
    page = browse(ANNA)
    page.goto(f"/plugin/files/c/{catalogue.id}")
    page.get_by_label("Markera Hembesök").check()
    page.get_by_label("Markera plan.txt").check()
    page.get_by_role("button", name="Bifoga i ett meddelande").click()
    expect(page.get_by_role("heading", name="Bifoga i ett meddelande")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Fortsätt till meddelandet").click()
    expect(page.locator("form[data-compose]")).to_contain_text("Hembesök.pdf")
    expect(page.locator("form[data-compose]")).to_contain_text("plan.txt")


@pytest.mark.feature("D3", "D5")
def test_an_attachment_is_saved(
    host: Host,
    make: Callable[[str], Entry],
    bjorkvik: SampleOrganisation,
    sdk_mailboxes: object,
    browse: Browse,
    look: Look,
) -> None:
    """From the menu of a case into a catalogue."""
    make("Från ärenden")
    box = sdk_mailboxes.add("Spara bilagor", ANNA)  # type: ignore[attr-defined]
    file = File("Intyg.txt", "text/plain", b"Intyg")
    case_id = bjorkvik.arrive("Intyg", mailbox_id=box, files=(file,))
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer", exact=True).click()
    page.get_by_role("link", name="Spara bilagor i Filer").click()
    look(page)
    page.get_by_label("Katalog").select_option(label="Från ärenden")
    page.get_by_role("button", name="Spara i Filer").click()
    expect(page.get_by_role("link", name="Intyg.txt")).to_be_visible()


@pytest.mark.feature("D9", "D11")
def test_a_guest_is_invited(make: Callable[[str], Entry], browse: Browse, look: Look) -> None:
    """The form of the guest, from the tab Delningar, and what it says of what is missing."""
    catalogue = make("Delas med gäst")
    page = browse(ANNA)
    page.goto(f"/plugin/files/e/{catalogue.id}?tab=shares")
    page.get_by_role("link", name="Dela med någon utan konto").click()
    look(page)
    page.get_by_role("button", name="Dela och skicka länken").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv vem det är.")
    look(page)


@pytest.mark.feature("D3", "D10")
def test_a_guest_who_is_author_adds_a_file(
    host: Host, make: Callable[[str], Entry], people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """By the link the guest reaches the catalogue, drops a file in it, and sees it there when the page is read anew."""
    catalogue, share_id = make("Gästens filer"), uuid4()
    with host.work(people[ANNA]) as work:
        token = f"{work.organisation_id.hex}gast-i-webblasaren"
        details = GuestDetails("Karin Svensson", "karin@bup.example")
        guest = work.vault.seal_small(work.organisation_id, f"files-guest:{share_id}", msgspec.json.encode(details))
        row = {"kind": "guest", "subject_id": share_id, "role": AccessRole.AUTHOR.value, "loa": 1, "created_by": "Anna"}
        ids = {"organisation_id": work.organisation_id, "id": share_id, "entry_id": catalogue.id}
        with host.tables(work) as connection:
            connection.execute(insert(shares).values(**ids, **row, guest=guest, token_hash=hashed(token)))
    page = browse()
    page.goto(f"/plugin/files/g/{token}")
    page.get_by_role("button", name="Öppna").click()
    expect(page.get_by_role("heading", name="Lägg till filer")).to_be_visible()
    look(page)
    chosen = {"name": "Intyg.txt", "mimeType": "text/plain", "buffer": b"Intyg " * 1000}
    page.get_by_label("Välj filer").set_input_files(chosen)  # type: ignore[arg-type]
    expect(page.get_by_role("link", name="Intyg.txt").first).to_be_visible()
    look(page)
    page.get_by_role("link", name="Ny version av Intyg.txt").click()
    expect(page.get_by_role("heading", name="Ny version")).to_be_visible()
    english(page, look)
