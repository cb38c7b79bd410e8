"""Writing a message: recipients, what is added, files, faults, answers."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, Route, expect
from tests.core.cases.file_metadata.pdfs import annotated, drawn

from budkavle import Platform
from budkavle.accounts import mailboxes
from budkavle.model.messages import Address, Reference
from budkavle.model.states import DeliveryState
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle_demo.content import ADDRESSES, ANNA, BO, CLINIC, DISCHARGE, KARIN, pdf

Browse = Callable[..., Page]
Look = Callable[[Page], None]


def begin(page: Page, box: UUID, kind: str = "SDK") -> None:
    page.goto(f"/compose?mailbox={box}")
    page.get_by_role("radio", name=kind).check()


def add(page: Page, words: str, name: str) -> None:
    """Search a recipient while typing and choose it."""
    page.get_by_role("searchbox", name="Till").fill(words)
    page.locator(".hits").get_by_role("button", name=name).first.click()
    expect(page.locator(".pill").filter(has_text=name)).to_be_visible()


@pytest.mark.feature("K1", "M4", "M10", "M15", "SD10", "SD11")
def test_a_message_with_all_that_it_can_have_is_written_and_sent(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look, tmp_path: Path
) -> None:
    """Recipient, subject, text, reference, person, file and confidentiality reach the other side."""
    file = tmp_path / "Utlåtande.pdf"
    file.write_bytes(pdf("Utlåtande"))
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    page.get_by_role("link", name="Nytt meddelande").click()
    page.get_by_role("radio", name="SDK").check()
    look(page)
    add(page, "journalkopia", "Barn- och ungdomspsykiatrin")
    page.get_by_label("Ämne").fill("Allt på en gång")
    page.get_by_label("Meddelande", exact=True).fill("Hej **där**!")
    page.get_by_role("switch", name="Sekretess").check()
    page.locator("#extra > summary").click()
    page.get_by_role("button", name="Lägg till referens").click()
    page.get_by_label("Nummer", exact=True).fill("2026-4711")
    page.get_by_role("button", name="Lägg till person").click()
    person = page.get_by_role("group", name="Person 1")
    person.get_by_label("Namn").fill("Kim Ek")
    person.get_by_label("Id", exact=True).fill("191212121212")
    page.locator("#attachments").set_input_files(file)
    expect(page.locator(".uploads")).to_contain_text("Utlåtande.pdf")
    expect(page.locator('.uploads input[name="attachment"]')).to_have_count(1)
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.locator("#preview strong")).to_have_text("där")
    look(page)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Allt på en gång")
    expect(page.get_by_role("status").filter(has_text="Meddelandet är skickat.")).to_be_visible()
    case_id = UUID(page.url.partition("/c/")[2][:36])
    page.goto(f"/m/{box}/sent")
    expect(page.locator(".row")).to_contain_text("Allt på en gång")
    look(page)
    sdk_mailboxes.wait_for(box, case_id, DeliveryState.ACKNOWLEDGED)
    karin = browse(KARIN)
    karin.goto(f"/m/{sdk_mailboxes.ids[CLINIC]}")
    karin.get_by_role("link", name="Allt på en gång").click()
    read = karin.locator("article.read")
    for text in ("Sekretess", "2026-4711", "Kim Ek", "Utlåtande.pdf"):
        expect(read).to_contain_text(text)
    with karin.expect_download() as got:
        karin.get_by_role("link", name="Ladda ner Utlåtande.pdf").click()
    assert drawn(Path(got.value.path()).read_bytes()) == drawn(file.read_bytes())


@pytest.mark.feature("K1", "AB2")
def test_recipients_are_found_by_organisation_function_and_keyword(box: UUID, browse: Browse, look: Look) -> None:
    """Each of the three leads to the function; what is not there is said."""
    page = browse(ANNA)
    begin(page, box)
    for words, name in (
        ("Trygghetsmyndigheten", "Ersättningsärenden"),
        ("Utskrivningssamordning", "Utskrivningssamordning medicinkliniken"),
        ("journalkopia", "Barn- och ungdomspsykiatrin, kansli"),
    ):
        page.get_by_role("searchbox", name="Till").fill(words)
        expect(page.locator(".hits").get_by_role("button", name=name)).to_be_visible()
    look(page)
    page.get_by_role("searchbox", name="Till").fill("finns verkligen inte")
    expect(page.locator("#recipients-results")).to_contain_text("Inget i adressboken stämmer med")


@pytest.mark.feature("K2", "K3", "K4", "AB2")
def test_a_recipient_is_saved_found_again_and_taken_away(box: UUID, browse: Browse, look: Look) -> None:
    """Saved under Mer information, listed under Sparade mottagare for everybody here, removed after a question."""
    page = browse(ANNA)
    begin(page, box)
    page.get_by_role("searchbox", name="Till").fill("Utskrivning")
    hit = page.locator(".hits li").filter(has_text="Utskrivningssamordning")
    hit.locator("summary").click()
    expect(hit).to_contain_text(ADDRESSES[DISCHARGE])
    look(page)
    hit.get_by_role("button", name="Spara mottagare").click()
    expect(hit.get_by_role("button", name="Ta bort sparad mottagare")).to_be_visible()
    bo = browse(BO)
    begin(bo, box)
    saved = bo.locator("details.saved")
    expect(saved).to_contain_text("Sparade mottagare")
    saved.locator(".hits li summary").click()
    saved.get_by_role("button", name="Ta bort sparad mottagare").click()
    expect(bo.locator("#ask-unstar")).to_contain_text("Ta bort Utskrivningssamordning")
    look(bo)
    bo.get_by_role("button", name="Ja, ta bort").click()
    expect(bo.locator("details.saved")).to_have_count(0)


@pytest.mark.feature("SD2", "SD13")
def test_faults_stand_at_the_fields_and_nothing_typed_is_lost(box: UUID, browse: Browse, look: Look) -> None:
    """A form that lacks things says what, at each field, and keeps the rest."""
    page = browse(ANNA)
    begin(page, box)
    page.get_by_label("Meddelande", exact=True).fill("Det här ska finnas kvar.")
    page.get_by_role("switch", name="Sekretess").check()
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("behöver rättas")
    expect(page.locator("#recipients-error")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Till")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Det här ska finnas kvar.")
    expect(page.get_by_role("switch", name="Sekretess")).to_be_checked()
    look(page)
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_role("searchbox", name="Till")).to_be_focused()


@pytest.mark.feature("SD2")
def test_what_has_been_mended_is_no_longer_told(box: UUID, browse: Browse, look: Look) -> None:
    """After a failed check the preview, and choosing a recipient, leave only what is still wrong, at the fields too."""
    page = browse(ANNA)
    begin(page, box)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("3 fält behöver rättas")
    page.get_by_label("Ämne").fill("Rättat")
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.get_by_role("alert")).to_contain_text("2 fält behöver rättas")
    expect(page.locator("#subject-error")).to_have_count(0)
    expect(page.get_by_label("Ämne")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#body-error")).to_be_visible()
    look(page)
    add(page, "journalkopia", "Barn- och ungdomspsykiatrin")
    expect(page.get_by_role("alert")).to_contain_text("Ett fält behöver rättas")
    page.get_by_label("Meddelande", exact=True).fill("Nu finns allt.")
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.locator("#preview .body")).to_have_text("Nu finns allt.")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("form[data-compose] [aria-invalid]")).to_have_count(0)


@pytest.mark.feature("SD2", "M4")
def test_presses_in_quick_succession_are_all_done(box: UUID, browse: Browse) -> None:
    """Where the server is slow each press waits for the one before it, and nobody who has gone on is called back."""
    page = browse(ANNA)
    begin(page, box)
    held: list[Route] = []
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("3 fält behöver rättas")
    page.locator("#extra > summary").click()
    page.route("**/compose", lambda route: held.append(route), times=1)  # noqa: PLW0108 - it takes functions alone
    page.get_by_role("button", name="Lägg till referens").click()
    page.get_by_label("Ämne").fill("Rättat")
    for name in ("Lägg till person", "Förhandsgranska"):
        page.get_by_role("button", name=name).click()
    page.get_by_label("Ämne").focus()
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.get_by_role("group", name="Person 1")).to_be_visible()
    expect(page.get_by_label("Nummer", exact=True)).to_be_visible()
    expect(page.locator(".preview-subject")).to_have_text("Rättat")
    expect(page.locator("#subject-error")).to_have_count(0)
    expect(page.get_by_label("Ämne")).to_be_focused()


def test_names_at_comments_are_told_beside_the_file(box: UUID, browse: Browse, look: Look, tmp_path: Path) -> None:
    """In a list that screen readers follow, and still there once the page has come anew."""
    file = tmp_path / "Utkast.pdf"
    file.write_bytes(annotated("Text"))
    page = browse(ANNA)
    begin(page, box)
    page.locator("#attachments").set_input_files(file)
    told = page.locator(".uploads .hint")
    expect(page.locator("[data-uploads][aria-live=polite] .hint")).to_contain_text(
        "kommentarer eller spårade ändringar"
    )
    look(page)
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.locator("#preview")).to_be_visible()
    expect(told).to_have_count(1)


def test_a_file_keeps_every_byte_where_its_signature_is_chosen_with_it(
    box: UUID, browse: Browse, tmp_path: Path
) -> None:
    """The signature is sent first, however they are chosen, and the page says that the file is unchanged."""
    file, signature = tmp_path / "Beslut.pdf", tmp_path / "Beslut.pdf.p7s"
    file.write_bytes(annotated("Widget"))
    signature.write_bytes(b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02")
    page = browse(ANNA)
    begin(page, box, "Säkert meddelande")
    expect(page.locator("[data-files]")).to_have_attribute("data-upload", re.compile("kind=secure"))
    page.locator("#attachments").set_input_files([file, signature])
    line = page.locator("[data-uploads] li").filter(has_text="Beslut.pdf ·")
    expect(line.locator(".hint")).to_contain_text("Filen sparas oförändrad")
    expect(page.locator('[data-uploads] input[name="attachment"]')).to_have_count(2)


@pytest.mark.feature("SD13", "Y9")
def test_size_and_type_are_checked_before_anything_is_sent(
    box: UUID, browse: Browse, look: Look, tmp_path: Path
) -> None:
    """A file that is too large or of a type nobody takes is refused by name, in words, with no request made."""
    large, program, small = tmp_path / "Stor.pdf", tmp_path / "Program.exe", tmp_path / "Liten.pdf"
    large.write_bytes(pdf("Stor") + b"\0" * 1_200_000)
    program.write_bytes(b"MZ")
    small.write_bytes(pdf("Liten"))
    page = browse(ANNA)
    begin(page, box)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#attachments").set_input_files([large, program])
    bad = page.locator(".uploads .bad")
    expect(bad).to_have_count(2)
    expect(bad.first).to_contain_text("Stor.pdf (1,2 MB) är för stor.")
    expect(bad.last).to_contain_text("Program.exe har en filtyp som mottagaren inte kan ta emot. Gör om den till PDF.")
    assert not asked
    look(page)
    page.locator("#attachments").set_input_files(small)
    expect(bad).to_have_count(0)
    expect(page.locator('.uploads input[name="attachment"]')).to_have_count(1)
    page.locator(".uploads li").get_by_role("button", name="Ta bort").click()
    expect(page.locator(".uploads li")).to_have_count(0)


@pytest.mark.feature("M4")
def test_a_file_tells_its_progress_while_it_is_on_its_way(box: UUID, browse: Browse, tmp_path: Path) -> None:
    """While a file is sent its line has a bar and can be stopped; sending the message waits for it."""
    file = tmp_path / "Långsam.pdf"
    file.write_bytes(pdf("Långsam"))
    page = browse(ANNA)
    begin(page, box)
    page.route("**/attachments?*", lambda route: None)
    page.locator("#attachments").set_input_files(file)
    expect(page.get_by_role("progressbar", name="Långsam.pdf")).to_be_visible()
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_text("Bilagorna laddas upp. Vänta tills de är klara")).to_be_visible()
    page.get_by_role("button", name="Avbryt").first.click()
    expect(page.locator(".uploads li")).to_have_count(0)


@pytest.mark.feature("M14", "M15", "SD9", "SD10")
def test_an_answer_begins_with_what_it_answers_and_takes_the_case(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """The answer has its recipient, subject, references and confidentiality; one press takes the case and sends."""
    case_id = sdk_mailboxes.arrive(
        box, "Begäran om svar", confidential=True, references=(Reference("dnr", "R-77"),), body="Vad säger ni?"
    )
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_role("link", name="Svara", exact=True).click()
    expect(page.locator(".pill")).to_contain_text("Barn- och ungdomspsykiatrin")
    expect(page.get_by_label("Ämne")).to_have_value("Sv: Begäran om svar")
    expect(page.get_by_role("switch", name="Sekretess")).to_be_checked()
    expect(page.locator(".message .body")).to_contain_text("Vad säger ni?")
    expect(page.get_by_label("Nummer", exact=True)).to_have_value("R-77")
    look(page)
    page.get_by_label("Meddelande", exact=True).fill("Vi säger ja.")
    page.get_by_role("button", name="Ta ärendet och skicka").click()
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    expect(page.locator("article.read")).to_contain_text("Vi säger ja.")


@pytest.mark.feature("M14")
def test_an_answer_to_all_has_everybody(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """Of a message to several, the answer goes to one or to everybody."""
    message = sdk_mailboxes.send(BO, box, "Till er båda", ADDRESSES[CLINIC], ADDRESSES[DISCHARGE])
    page = browse(ANNA)
    page.goto(f"/c/{message.case_id}")
    page.get_by_role("link", name="Svara alla").click()
    expect(page.locator(".pill")).to_have_count(2)


@pytest.mark.feature("M15")
def test_what_came_while_one_was_writing_is_shown_before_sending(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """An answer is not sent past a message that its writer has not seen; the text is kept."""
    conversation = "00000000-0000-4000-8000-0000000000c1"
    case_id = sdk_mailboxes.arrive(box, "Bråttom", conversation_id=conversation)
    page = browse(ANNA)
    page.goto(f"/c/{case_id}/reply")
    page.get_by_label("Meddelande", exact=True).fill("Ett svar som tog tid.")
    sdk_mailboxes.arrive(box, "Sv: Bråttom", conversation_id=conversation, body="Glöm det jag skrev.")
    page.get_by_role("button", name="Skicka utan att ta").click()
    expect(page.get_by_role("alert")).to_contain_text("Glöm det jag skrev.")
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Ett svar som tog tid.")
    look(page)
    page.get_by_role("button", name="Skicka utan att ta").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bråttom")


@pytest.mark.feature("M17", "M18", "F23")
def test_the_writer_chooses_mailbox_and_kind(
    platform: Platform, bjorkvik: SampleOrganisation, sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Every mailbox of one's own can be sent from, with the kinds that it may send; each kind has its icon."""
    only = sdk_mailboxes.add("Bara SDK härifrån", BO, ANNA)
    system = bjorkvik.system
    in_work(platform, system, mailboxes.update_mailbox, only, transports=["sdk"])
    page = browse(ANNA)
    begin(page, box)
    kinds = page.locator(".kinds .choice")
    expect(kinds).to_have_text([re.compile("SDK"), re.compile("Brev"), re.compile("Säkert meddelande")])
    expect(kinds.locator("svg")).to_have_count(3)
    page.get_by_label("Från").select_option(label="Bara SDK härifrån")
    expect(page.locator(".kinds")).to_have_count(0)
    expect(page.locator('input[name="kind"]')).to_have_value("sdk")


@pytest.mark.feature("F23")
def test_icons_tell_the_kinds_apart_in_the_list(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """A row says by icon and word which way its message came."""
    sdk_mailboxes.arrive(box, "Med SDK")
    sdk_mailboxes.arrive(box, "Med brev", transport="post", sender=Address("post", "Storgatan 1", "Ada Ek"))
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    expect(page.locator(".row").filter(has_text="Med SDK").locator(".tag")).to_have_text(["SDK"])
    expect(page.locator(".row").filter(has_text="Med SDK").locator(".tag svg")).to_have_count(1)
    expect(page.locator(".row").filter(has_text="Med brev").locator(".tag")).to_have_text(["Brev"])
