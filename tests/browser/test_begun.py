"""A message that is begun outside of the page for writing, and finished by a person there."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.cases import store_attachment
from budkavle.messaging import begin_draft
from budkavle.model.messages import Address, Draft
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ADDRESSES, ANNA, CLINIC

Browse = Callable[..., Page]
Look = Callable[[Page], None]


@pytest.mark.feature("M10")
def test_a_message_that_was_begun_elsewhere_is_finished_and_sent(
    platform: Platform,
    bjorkvik: SampleOrganisation,
    people: dict[str, SampleUser],
    sdk_mailboxes: Any,
    browse: Browse,
    look: Look,
) -> None:
    """Recipient, text and file stand there; the person adds what is missing and sends it."""
    box, anna = sdk_mailboxes.add("Börjat utifrån", ANNA), people[ANNA]
    file = store_attachment(platform, anna, "protokoll.txt", "text/plain", iter([b"Beslut"]))
    to = Address("sdk", ADDRESSES[CLINIC])
    begun = Draft((to,), "Protokoll från mötet", "Hej! Här är protokollet.", attachments=(file.id,))
    draft_id = in_work(platform, anna, begin_draft, box, begun)

    page = browse(ANNA)
    page.goto(f"/compose?draft={draft_id}")
    expect(page.locator(".pill")).to_contain_text("Barn- och ungdomspsykiatrin")
    expect(page.get_by_label("Ämne")).to_have_value("Protokoll från mötet")
    expect(page.get_by_label("Meddelande", exact=True)).to_have_value("Hej! Här är protokollet.")
    expect(page.locator("form[data-compose]")).to_contain_text("protokoll.txt")
    look(page)
    page.get_by_label("Ämne").fill("Protokoll, undertecknat")
    page.get_by_role("button", name="Skicka", exact=True).click()
    expect(page.get_by_text("Meddelandet är skickat.")).to_be_visible()
    (sent,) = bjorkvik.rows("SELECT attachments FROM messages WHERE mailbox_id = :id", id=box)
    assert sent.attachments == 1
    page.goto("/drafts")
    expect(page.get_by_role("link", name="Protokoll")).to_have_count(0)
