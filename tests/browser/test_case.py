"""Reading a case: its messages, its files, and what stands about them."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.cases.teamwork.due_dates import set_due, today
from budkavle.cases.teamwork.restricting import restrict
from budkavle.cases.teamwork.tags import add_tag, set_tags
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, File, Person, Reference
from budkavle.testing import SampleUser
from budkavle_demo.content import ADDRESSES, ANNA, CLINIC

Browse = Callable[..., Page]
Look = Callable[[Page], None]
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40
LONG = "Kallelse till samordnad individuell planering den 3 december i Björkvik, med barn- och elevhälsan och skolan"
MARKDOWN = """# Rubrik

Det är **viktigt** och *betonat*.

- en
- två

<script>alert(1)</script> [länk](javascript:alert(1)) ![bild](https://example.invalid/spy.png)"""


def history(page: Page) -> Any:
    return page.get_by_role("heading", name="Händelser").locator("..")


@pytest.mark.feature("SD9", "S17")
def test_a_thread_is_read_in_order_and_the_row_is_no_longer_unread(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Messages of a conversation stand in one case, the oldest first; opening it makes it read."""
    conversation = "00000000-0000-4000-8000-0000000000b1"
    case_id = sdk_mailboxes.arrive(box, "Första", conversation_id=conversation, body="Ett")
    sdk_mailboxes.arrive(box, "Sv: Första", conversation_id=conversation, body="Två")
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    expect(page.locator(".row.unread")).to_have_count(1)
    page.locator(".row .subject").click()
    expect(page).to_have_url(f"/c/{case_id}")
    expect(page.locator("details.message")).to_have_count(2)
    expect(page.locator("details.message .body")).to_have_text(["Ett", "Två"])
    expect(page.locator(".row.unread")).to_have_count(0)
    expect(page.locator("details.message").last).to_have_attribute("open", "")
    page.locator("details.message summary").first.click()
    look(page)


@pytest.mark.feature("M16", "S13")
def test_attachments_are_downloaded_as_they_were_sent(
    sdk_mailboxes: Any, box: UUID, browse: Browse, tmp_path: Path
) -> None:
    """The row says how many files there are; each is saved under its name, byte for byte."""
    files = (File("Utlåtande.pdf", "application/pdf", PDF), File("Lista å ä ö.txt", "text/plain", b"ett\ntv\xc3\xa5"))
    case_id = sdk_mailboxes.arrive(box, "Med filer", files=files)
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    expect(page.locator(".row")).to_contain_text("Bilagor: 2")
    page.goto(f"/c/{case_id}")
    for file in files:
        with page.expect_download() as got:
            page.get_by_role("link", name=f"Ladda ner {file.file_name}").click()
        assert got.value.suggested_filename == file.file_name
        assert Path(got.value.path()).read_bytes() == file.content


@pytest.mark.feature("SD10", "SD11", "SD12")
def test_what_stands_about_a_message_is_seen_and_its_text_does_no_harm(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Confidentiality, references and persons are shown; Markdown is shown as such, and nothing of it acts."""
    case_id = sdk_mailboxes.arrive(
        box,
        "Märkt",
        body=MARKDOWN,
        confidential=True,
        references=(Reference("dnr", "2026-0917"), Reference("1.2.752.29.6.2.1", "SE2321009002-9")),
        persons=(Person("1.2.752.129.2.1.3.1", "191212121212", "Kim Ek"),),
    )
    page = browse(ANNA)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/c/{case_id}")
    read = page.locator("article.read")
    expect(read.get_by_text("Sekretess")).to_be_visible()
    for text in ("Diarienummer", "2026-0917", "HSA-id", "Kim Ek", "Personnummer 191212121212"):
        expect(read.locator(".facts")).to_contain_text(text)
    body = read.locator(".body")
    expect(body.get_by_role("heading", name="Rubrik")).to_be_visible()
    expect(body.locator("strong")).to_have_text("viktigt")
    expect(body.locator("em")).to_have_text("betonat")
    expect(body.locator("li")).to_have_text(["en", "två"])
    expect(body.locator("script, a, img")).to_have_count(0)
    expect(body).to_contain_text("<script>alert(1)</script>")
    assert not [url for url in asked if "example.invalid" in url]
    look(page)


@pytest.mark.feature("S18")
def test_a_warning_about_a_message_is_told(sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look) -> None:
    """What was not as it should when a message came in is said above what has happened."""
    case_id = sdk_mailboxes.arrive(box, "Med varning", warnings=("En bilaga har en filtyp som vi inte känner till.",))
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    expect(page.locator(".notice")).to_contain_text("Mottaget med varning")
    expect(page.locator(".notice")).to_contain_text("En bilaga har en filtyp som vi inte känner till.")
    expect(history(page)).to_contain_text("Mottaget med varning")
    look(page)


@pytest.mark.feature("F16", "F17")
def test_a_case_is_printed_and_opened_in_a_tab_of_its_own(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Both open beside the page; the print asks for the printer, has everything on one paper, and is in the log."""
    case_id = sdk_mailboxes.arrive(
        box, "På papper", files=(File("Bilaga.pdf", "application/pdf", PDF),), confidential=True
    )
    page = browse(ANNA)
    page.context.add_init_script("window.print = () => { document.documentElement.dataset.printed = '1'; }")
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Skriv ut").click()
    paper = opened.value
    expect(paper.locator("html")).to_have_attribute("data-printed", "1")
    for text in ("På papper", "Sekretess", "Här kommer det ni bad om.", "Bilaga.pdf", "Björkviks kommun"):
        expect(paper.locator("main")).to_contain_text(text)
    expect(paper).to_have_title(re.compile("På papper"))
    paper.complaints = []
    look(paper)
    page.reload()
    expect(history(page)).to_contain_text("Anna Lind skrev ut ärendet")
    page.get_by_role("button", name="Mer").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Öppna i ny flik").click()
    expect(opened.value).to_have_url(f"/c/{case_id}")


def test_a_channel_without_an_icon_of_its_own_is_still_named(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """A message of a plugin that the core knows nothing of is read like any other."""
    case_id = sdk_mailboxes.arrive(box, "Ett brev", transport="post", sender=Address("post", "Storgatan 1", "Ada Ek"))
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    expect(page.locator(".case-line")).to_contain_text("Brev")


@pytest.mark.feature("F12")
def test_marked_as_unread_it_stands_so_in_the_list(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """A case that somebody wants to look at again is unread again."""
    case_id = sdk_mailboxes.arrive(box, "Igen")
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer").click()
    page.get_by_role("button", name="Markera som oläst").click()
    expect(page.locator(".row.unread")).to_have_count(1)


def test_a_message_is_passed_on_from_its_case(sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look) -> None:
    """Vidarebefordra begins a new message with the text, without sending anything."""
    case = sdk_mailboxes.arrive(box, "Förslag till plan", body="Så här tänker vi.")
    page = browse(ANNA)
    page.goto(f"/c/{case}")
    page.get_by_role("button", name="Mer").click()
    page.get_by_role("button", name="Vidarebefordra").click()
    expect(page.get_by_label("Ämne")).to_have_value("Vb: Förslag till plan")
    expect(page.get_by_role("textbox", name="Meddelande")).to_contain_text("Så här tänker vi.")
    look(page)


@pytest.mark.feature("F13", "M14")
def test_one_button_stands_out_for_what_comes_next(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """An untaken case is to be taken; then it is to be answered."""
    case_id = sdk_mailboxes.arrive(box, "Vad nu?")
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    answer = page.get_by_role("link", name="Svara", exact=True)
    filled = "e => getComputedStyle(e).color"
    take = page.locator("#casebar").get_by_role("button", name="Ta ärendet")
    white = take.evaluate(filled)
    assert answer.evaluate(filled) != white
    take.click()
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    expect(answer).to_have_css("color", white)


def test_letters_that_run_the_other_way_do_so_and_turn_nothing_else(
    sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """Arabic starts at the right; a sign that turns the line turns no more than its own."""
    case_id = sdk_mailboxes.arrive(box, "مرحبا بكم", body="السلام عليكم\n\nHej på svenska")
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    start = "e => { const r = document.createRange(); r.selectNodeContents(e); const box = r.getBoundingClientRect(); \
      return box.left - e.getBoundingClientRect().left > e.getBoundingClientRect().right - box.right }"
    assert page.get_by_role("heading", level=1).evaluate(start)
    arabic, swedish = page.locator(".body p").all()
    assert arabic.evaluate(start)
    assert not swedish.evaluate(start)


def test_a_sender_that_calls_itself_something_else_is_warned_of(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Its reader sees the name of the address book first, and the sender's word as such, on the screen and in print."""
    known = Address("sdk", ADDRESSES[CLINIC], "Utredning", "Polismyndigheten", "0203:regionvattern.example")
    case_id = sdk_mailboxes.arrive(box, "Begäran om uppgifter", sender=known, names_claimed=True)
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    expect(page.locator(".row", has_text="Begäran om uppgifter")).to_contain_text("Region Vättern")
    page.goto(f"/c/{case_id}")
    warning = page.locator(".notice", has_text="Mottaget med varning")
    expect(warning).to_contain_text("Avsändaren kallar sig ”Polismyndigheten · Utredning”.")
    expect(page.locator(".message")).to_contain_text("0203:regionvattern.example")
    look(page)
    page.goto(f"/c/{case_id}/print")
    expect(page.locator("main")).to_contain_text("Varning: Avsändaren kallar sig")


@pytest.mark.feature("E8")
def test_on_a_phone_the_words_come_first_and_the_steps_stand_at_the_thumb(
    sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """In a thread of two the latest is open and read within 360 points of the top; nothing of it is covered."""
    conversation = "00000000-0000-4000-8000-0000000000b7"
    case_id = sdk_mailboxes.arrive(
        box, "Kallelse till möte", conversation_id=conversation, body="Ett", confidential=True
    )
    sdk_mailboxes.arrive(box, "Sv: Kallelse till möte", conversation_id=conversation, body="Det senaste")
    page = browse(ANNA)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/c/{case_id}")
    words = page.get_by_text("Det senaste").last.bounding_box()
    assert words is not None
    assert words["y"] < 360
    for step in (page.get_by_role("button", name="Ta ärendet"), page.get_by_role("link", name="Svara", exact=True)):
        where = step.bounding_box()
        assert where is not None
        assert where["y"] > 620
        assert where["height"] >= 40
    page.get_by_text("Händelser").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last, steps = page.locator("#history").bounding_box(), page.locator(".case-steps").bounding_box()
    assert last is not None
    assert steps is not None
    assert last["y"] + last["height"] <= steps["y"]


@pytest.mark.feature("E8")
def test_on_a_phone_a_case_with_everything_on_is_read_at_once(
    bjorkvik: Any, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """Restricted, confidential, at level 2, due, tagged and with references: words within 360 points of the top.

    Of a subject that takes more than two lines, two stand there, and all of it in what the message is.
    """
    more: dict[str, Any] = {
        "conversation_id": "00000000-0000-4000-8000-0000000000b8",
        "confidential": True,
        "references": (Reference("dnr", "2026-0917"), Reference("1.2.752.29.6.2.1", "SE2321009002-9")),
        "persons": (Person("1.2.752.129.2.1.3.1", "191212121212", "Tolvan Tolvansson"),),
    }
    case_id = sdk_mailboxes.arrive(box, LONG, body="Ett", **more)
    sdk_mailboxes.arrive(box, f"Sv: {LONG}", body="Det senaste", loa=Loa.TWO, **more)
    with bjorkvik.platform.work(people[ANNA]) as work:
        made = [add_tag(work, box, name, colour) for name, colour in (("Skola", "blue"), ("Placering", "green"))]
        set_tags(work, case_id, [tag.id for tag in made])
        set_due(work, [case_id], today() + timedelta(days=1), again=True)
        restrict(work, case_id, [people[ANNA].id], "Skyddade personuppgifter")
    page = browse(ANNA)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/c/{case_id}")
    if folder := os.environ.get("BUDKAVLE_PICTURES"):
        page.screenshot(path=f"{folder}/case-everything.png")
    words = page.get_by_text("Det senaste").last.bounding_box()
    assert words is not None
    assert words["y"] < 360
    for text in ("Begränsat", "Sekretess", "Svar senast i morgon", "Skola", "Placering"):
        expect(page.locator(".case-line").get_by_text(text)).to_be_in_viewport()
    page.locator("details.message[open] .about > summary").click()
    expect(page.locator("details.message[open]").get_by_text("2026-0917").last).to_be_visible()
    expect(page.locator("details.message[open] .about").get_by_text(f"Sv: {LONG}")).to_be_visible()
    look(page)


def test_older_messages_are_one_line_each_with_how_they_begin(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """Who, the first words, how many files and when; what is folded is a line high at 1280 and 320."""
    conversation = "00000000-0000-4000-8000-0000000000b8"
    files = (File("Lista.txt", "text/plain", b"ett"),)
    case_id = sdk_mailboxes.arrive(box, "Tråd", conversation_id=conversation, body="**Hej** på er", files=files)
    sdk_mailboxes.arrive(box, "Sv: Tråd", conversation_id=conversation, body="Det senaste")
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    older = page.locator("details.message > summary").first
    expect(older).to_contain_text("Hej på er")
    expect(older.locator(".count")).to_contain_text("1")
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        where = older.bounding_box()
        assert where is not None
        assert where["height"] <= 52
