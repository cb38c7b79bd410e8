"""Answered from one's own mailbox, written in English, forwarded to a function, and stopped by a colleague."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import wait_for_keys

from budkavle import Loa, Platform
from budkavle.accounts import mailboxes
from budkavle.accounts.users import account
from budkavle.messaging import sending
from budkavle.model.messages import Address, Draft
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO, KARIN

Browse = Callable[..., Page]
Look = Callable[[Page], None]
FUNCTION = "Utskrivningssamordning"


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of Anna's and Bo's."""
    made: UUID = sdk_mailboxes.add(f"Vidare {request.node.name[5:60]}", BO, ANNA)
    return made


def wait_for(page: Page, address: str, subject: str) -> None:
    """Look at a list until a message has come there."""
    for _ in range(60):
        page.goto(address)
        if page.get_by_role("link", name=subject).count():
            return
    pytest.fail(f"{subject} has not come")


@pytest.mark.feature("M14", "M15", "S5", "E9")
def test_an_answer_from_ones_own_mailbox(
    platform: Platform, people: dict[str, SampleUser], browse: Browse, look: Look
) -> None:
    """It is written below the message, goes back to its sender at the same level, and nothing is taken."""
    sender, reader = account(platform, KARIN), account(platform, BO)
    assert sender
    assert reader
    draft = Draft((Address("secure", BO),), "Kan du på fredag?", "Hej Bo!", loa=Loa.TWO)
    in_work(platform, people[KARIN], sending.send, mailboxes.personal_mailbox(sender).id, draft)
    page = browse(BO)
    wait_for(page, f"/m/{mailboxes.personal_mailbox(reader).id}", "Kan du på fredag?")
    page.get_by_role("link", name="Kan du på fredag?").first.click()
    page.get_by_role("link", name="Svara", exact=True).click()
    text = page.get_by_label("Meddelande", exact=True)
    expect(text).to_be_focused()
    expect(page.locator("article.read .message")).to_contain_text("Hej Bo!")
    expect(page.get_by_role("button", name="Ta ärendet och skicka")).to_have_count(0)
    look(page)
    text.fill("Ja, klockan nio.")
    wait_for_keys(page)
    text.press("Control+Enter")
    expect(page.locator("article.read")).to_contain_text("Ja, klockan nio.")
    karin = browse(KARIN)
    wait_for(karin, f"/m/{mailboxes.personal_mailbox(sender).id}", "Kan du på fredag?")
    karin.get_by_role("link", name="Kan du på fredag?").first.click()
    expect(karin.locator("article.read")).to_contain_text("Ja, klockan nio.")
    expect(karin.locator("article.read")).to_contain_text("Tillitsnivå 2")


@pytest.mark.feature("M4", "M10", "K1")
def test_a_whole_new_message_in_english(box: UUID, browse: Browse) -> None:
    """From New message to Sent, by English words alone."""
    page = browse(ANNA)
    page.goto("/language/en")
    page.goto(f"/m/{box}")
    page.get_by_role("link", name="New message").click()
    page.get_by_role("radio", name="SDK").check()
    page.get_by_role("searchbox", name="To").fill(FUNCTION)
    page.locator(".hits").get_by_role("button", name=FUNCTION).first.click()
    expect(page.locator(".pill")).to_contain_text(FUNCTION)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#subject-error")).to_be_visible()
    page.get_by_label("Subject").fill("A whole message")
    page.get_by_label("Message", exact=True).fill("Dear all")
    words = page.locator("main").inner_text().replace(page.get_by_label("From").inner_text(), "")
    assert not re.search(r"\b(och|inte|att|eller|Skicka|Skriv|Ämne|Lägg|Välj)\b", words), words
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A whole message")
    expect(page.get_by_role("status").filter(has_text="The message has been sent.")).to_be_visible()
    page.goto(f"/m/{box}/sent")
    expect(page.locator(".row")).to_contain_text("A whole message")
    page.goto("/language/sv")


@pytest.mark.feature("M4", "Y4", "E21")
def test_a_message_is_forwarded_to_a_function(
    bjorkvik: SampleOrganisation, people: dict[str, SampleUser], box: UUID, browse: Browse, look: Look
) -> None:
    """The function is chosen by its name, the message follows with its level, and the function's members read it."""
    target = bjorkvik.add_mailbox(f"Skolkontoret {box.hex[:6]}", people[BO])
    sender = Address("link", "region@vattern.example", "Habiliteringen", "Region Vättern")
    case_id = bjorkvik.arrive(
        "Intyg för Kim", transport="link", sender=sender, mailbox_id=box, body="Intyget gäller till maj.", loa=Loa.TWO
    )
    page = browse(ANNA)
    page.goto(f"/c/{case_id}")
    page.get_by_role("button", name="Mer", exact=True).click()
    page.get_by_role("link", name="Vidarebefordra till en funktion").click()
    expect(page.get_by_role("main")).to_contain_text("Tillitsnivå 2 behålls.")
    page.goto(f"/c/{case_id}/forward?q={target.name.replace(' ', '+')}")
    look(page)
    page.get_by_role("radio", name=target.name).check()
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.locator(".pill")).to_contain_text(target.name)
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value(re.compile("Intyget gäller till maj."))
    expect(page.get_by_role("radio", name="Tillitsnivå 1")).to_have_count(0)
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Meddelandet är skickat.")).to_be_visible()
    bo = browse(BO)
    wait_for(bo, f"/m/{target.id}", "Intyg för Kim")
    bo.get_by_role("link", name="Intyg för Kim").first.click()
    expect(bo.locator("article.read")).to_contain_text("Intyget gäller till maj.")
    expect(bo.locator("article.read")).to_contain_text("Tillitsnivå 2")


@pytest.mark.feature("E13")
def test_a_colleague_stops_what_waits_to_be_sent(
    people: dict[str, SampleUser], box: UUID, browse: Browse, look: Look
) -> None:
    """Bo sees that Anna's message waits and stops it; it is Anna's draft again, which says who stopped it."""
    anna = browse(ANNA)
    anna.goto(f"/compose?mailbox={box}")
    anna.get_by_role("radio", name="SDK").check()
    anna.get_by_role("searchbox", name="Till").fill(FUNCTION)
    anna.locator(".hits").get_by_role("button", name=FUNCTION).first.click()
    expect(anna.locator(".pill")).to_contain_text(FUNCTION)
    anna.get_by_label("Ämne").fill("Ska inte iväg")
    anna.get_by_label("Meddelande", exact=True).fill("Hemlig text")
    anna.get_by_text("Skicka senare").click()
    anna.get_by_role("button", name=re.compile(r" 08\.00$")).first.click()
    expect(anna.get_by_role("region", name="Väntar på att skickas")).to_contain_text("Ska inte iväg")
    bo = browse(BO)
    bo.goto(f"/m/{box}/sent")
    waiting = bo.get_by_role("region", name="Väntar på att skickas")
    expect(waiting).to_contain_text(f"Skrivet av {people[ANNA].name}")
    expect(bo.locator("body")).not_to_contain_text("Hemlig text")
    look(bo)
    waiting.get_by_role("button", name="Stoppa Ska inte iväg").click()
    expect(waiting).to_have_count(0)
    anna.goto("/drafts")
    expect(anna.get_by_role("link", name="Ska inte iväg")).to_be_visible()
    expect(anna.locator("main")).to_contain_text(people[BO].name)
    look(anna)


@pytest.mark.feature("F12", "F19")
def test_mine_counts_what_the_inbox_has_and_the_case_says_where_the_rest_is(
    bjorkvik: SampleOrganisation, sdk_mailboxes: Any, box: UUID, browse: Browse
) -> None:
    """A case that only holds what was sent stands under Skickade; with its first answer it counts among Mina."""
    message = sdk_mailboxes.send(ANNA, box, "Bara skickat")
    page = browse(ANNA)
    page.goto(f"/m/{box}")
    chip = page.get_by_role("navigation", name="Filter").get_by_role("link", name="Mina")
    expect(chip).to_contain_text("0")
    page.goto(f"/c/{message.case_id}")
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet. Det finns under Skickade")
    (row,) = bjorkvik.rows("SELECT conversation_id FROM cases WHERE id = :id", id=message.case_id)
    sdk_mailboxes.arrive(box, "Svar på det", conversation_id=row.conversation_id)
    page.goto(f"/m/{box}")
    expect(chip).to_contain_text("1")
    page.goto(f"/c/{message.case_id}")
    expect(page.locator("#casebar")).to_contain_text("Du har tagit ärendet.")
    expect(page.locator("#casebar")).not_to_contain_text("Skickade")
