"""What was sent, followed on pages that stay open: no reload, nothing that closes or loses the focus."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle import Loa, Platform
from budkavle.cases import actions
from budkavle.deliveries import Fact, note_fact
from budkavle.model.messages import Message
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA

Browse = Callable[..., Page]
Look = Callable[[Page], None]
READER = "las@prov.example"


@pytest.fixture
def sent(sdk_mailboxes: Any, box: UUID) -> Message:
    """A message to somebody without account, who is notified and has not opened it."""
    return notified(sdk_mailboxes, box, "Går att följa")


def notified(sdk_mailboxes: Any, box: UUID, subject: str) -> Message:
    """Send a message by link; its reader is told of it in a moment."""
    message: Message = sdk_mailboxes.send(ANNA, box, subject, READER, transport="secure", loa=Loa.ONE)
    return message


def delivery(bjorkvik: SampleOrganisation, message: Message) -> Any:
    """Where the message went."""
    (row,) = bjorkvik.rows("SELECT id, case_id FROM deliveries WHERE message_id = :id", id=message.id)
    return row


def opens(platform: Platform, bjorkvik: SampleOrganisation, message: Message) -> None:
    """Let the reader open it."""
    assert in_work(platform, bjorkvik.system, note_fact, delivery(bjorkvik, message).id, Fact.OPENED)


@pytest.mark.feature("F12", "M12", "E4")
def test_an_open_case_shows_how_its_message_fares(
    platform: Platform,
    bjorkvik: SampleOrganisation,
    people: dict[str, SampleUser],
    sent: Message,
    browse: Browse,
    look: Look,
) -> None:
    """The tag, the unfolded steps and the log of the case; what is unfolded stays so, and the focus where it was."""
    to = delivery(bjorkvik, sent)
    page = browse(ANNA)
    with page.expect_response("**/live?*"):
        page.goto(f"/c/{to.case_id}")
    reader = page.locator(f"#recipient-{to.id}")
    tag = reader.locator("summary .tag")
    expect(tag).to_have_text("Notis skickad, inte öppnat")
    reader.locator("summary").click()
    opens(platform, bjorkvik, sent)
    expect(tag).to_have_text("Öppnat")
    expect(reader.locator(".steps")).to_contain_text("Öppnat")
    expect(reader.locator("summary")).to_be_focused()
    in_work(platform, people[ANNA], actions.release, to.case_id)
    expect(page.locator("#casebar")).to_contain_text("Ingen har tagit ärendet.")
    expect(page.locator("#history")).to_contain_text("Anna Lind släppte ärendet")
    expect(reader).to_have_attribute("open", "")
    look(page)


@pytest.mark.feature("F12")
def test_what_somebody_does_stands_in_the_log_at_once(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """Also where nothing is heard from the server."""
    case_id = sdk_mailboxes.arrive(box, "Tas och avslutas")
    page = browse(ANNA)
    page.route("**/live?*", lambda route: route.abort())
    page.goto(f"/c/{case_id}")
    page.locator("#casebar").get_by_role("button", name="Ta ärendet").click()
    expect(page.locator("#history")).to_contain_text("Anna Lind tog ärendet")
    page.locator("#casebar").get_by_role("button", name="Avsluta").click()
    expect(page.locator("#history")).to_contain_text("Anna Lind avslutade ärendet")


@pytest.mark.feature("F12", "M11", "E4")
def test_the_list_of_what_was_sent_follows(
    platform: Platform,
    bjorkvik: SampleOrganisation,
    sdk_mailboxes: Any,
    box: UUID,
    sent: Message,
    browse: Browse,
) -> None:
    """The row of the message changes; the others stand still, and the folder stays marked."""
    other = notified(sdk_mailboxes, box, "Ett annat")
    page = browse(ANNA)
    with page.expect_response("**/live?*"):
        page.goto(f"/m/{box}/sent")
    row, stays = page.locator(f"#row-{sent.id}"), page.locator(f"#row-{other.id}")
    stays.get_by_role("link", name="Ett annat").focus()
    expect(row.locator(".tag.wait")).to_have_text("Notis skickad, inte öppnat")
    opens(platform, bjorkvik, sent)
    expect(row.locator(".tag.ok")).to_have_text("Öppnat")
    expect(stays.locator(".tag.wait")).to_have_text("Notis skickad, inte öppnat")
    expect(stays.get_by_role("link", name="Ett annat")).to_be_focused()
    expect(page.locator("#rail .sub [aria-current]")).to_have_text("Skickade")


@pytest.mark.feature("F12", "L1")
def test_the_list_of_links_and_the_page_of_a_recipient_follow(
    platform: Platform,
    bjorkvik: SampleOrganisation,
    box: UUID,
    sent: Message,
    browse: Browse,
) -> None:
    """Two windows: both say that it has been opened, and the page says when."""
    to = delivery(bjorkvik, sent)
    page = browse(ANNA)
    links = page.context.new_page()
    for one, path in ((page, f"/d/{to.id}"), (links, f"/m/{box}/links")):
        one.goto(path)
        expect(one.locator("main")).to_contain_text("Notis skickad")
    opens(platform, bjorkvik, sent)
    expect(links.locator(f"#link-{to.id} .tag")).to_have_text("Öppnat")
    expect(page.locator(".page-head .tag")).to_have_text("Öppnat")
    expect(page.locator(".steps")).to_contain_text("Öppnat")
    expect(page).to_have_title(re.compile("Öppnat"))


@pytest.mark.feature("F12")
def test_a_message_that_comes_is_told_of_and_not_opened(
    bjorkvik: SampleOrganisation,
    people: dict[str, SampleUser],
    sdk_mailboxes: Any,
    box: UUID,
    browse: Browse,
    look: Look,
) -> None:
    """An open case says that there is more; it is read only when somebody asks for it."""
    case_id = sdk_mailboxes.arrive(box, "Första", conversation_id="följ-1")
    page = browse(ANNA)
    with page.expect_response("**/live?*"):
        page.goto(f"/c/{case_id}")
    assert sdk_mailboxes.arrive(box, "Andra", conversation_id="följ-1", body="Ännu ingen har läst detta.") == case_id
    told = page.get_by_role("link", name="Ett nytt meddelande har kommit. Visa det")
    expect(told).to_be_visible()
    assert "Ännu ingen har läst detta" not in page.content()
    reads = "SELECT seen FROM reads WHERE case_id = :id AND user_id = :user"
    assert [row.seen for row in bjorkvik.rows(reads, id=case_id, user=people[ANNA].id)] == [1]
    look(page)
    told.click()
    expect(page.locator("article.read")).to_contain_text("Ännu ingen har läst detta.")
    expect(told).to_have_count(0)


@pytest.mark.slow
@pytest.mark.feature("F12", "S1")
def test_from_the_button_to_the_receipt_without_reload(box: UUID, browse: Browse) -> None:
    """The page that one comes to after sending says in the end that the message has been received."""
    page = browse(ANNA)
    page.goto(f"/compose?mailbox={box}")
    sdk = page.get_by_role("radio", name="SDK")
    if sdk.count():
        sdk.check()
    page.get_by_role("searchbox", name="Till").press_sequentially("Utskrivning")
    page.locator(".hits").get_by_role("button", name="Utskrivningssamordning").first.click()
    expect(page.locator(".pill")).to_contain_text("Utskrivningssamordning")
    page.get_by_label("Ämne").fill("Hela vägen")
    page.get_by_label("Meddelande", exact=True).fill("Hej!")
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page).to_have_url(re.compile("sent="))
    page.evaluate("window.stays = true")
    expect(page.locator(".recipient summary .tag.ok")).to_have_text("Mottaget", timeout=60_000)
    assert page.evaluate("window.stays")
