"""The log of transfers in a browser: an administrator finds a message by its id, wide and narrow."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_demo.content import CHILDREN

pytestmark = pytest.mark.browser


@pytest.mark.feature("SD19")
def test_an_administrator_finds_a_message_by_its_id(
    bjorkvik: SampleOrganisation,
    people: dict[str, SampleUser],
    sdk_mailboxes: Any,
    browse: Callable[..., Page],
    look: Any,
) -> None:
    """From the organisation's settings to the list, and on to one id; nothing of the message's content is there."""
    email = next(email for email, user in people.items() if user.is_admin and "bjorkvik" in email)
    message = sdk_mailboxes.send(email, sdk_mailboxes.ids[CHILDREN], "Hemligt ämne")
    (row,) = bjorkvik.rows("SELECT id FROM deliveries WHERE message_id = :id", id=message.id)
    page = browse(email)
    page.goto("/organisation/settings")
    page.get_by_role("link", name="Visa överföringar").click()
    expect(page.get_by_role("heading", name="Överföringar i SDK")).to_be_visible()
    expect(page.get_by_text(str(row.id)).first).to_be_visible()
    look(page)
    page.get_by_label("Meddelande-id eller transport-id").fill(str(row.id))
    page.get_by_role("button", name="Sök").click()
    expect(page.get_by_text("Meddelande ut").first).to_be_visible()
    expect(page.get_by_text("Hemligt ämne")).to_have_count(0)
    look(page)
    page.get_by_label("Meddelande-id eller transport-id").fill("nej")
    page.get_by_role("button", name="Sök").click()
    expect(page.get_by_text("Ingen överföring har det id:t")).to_be_visible()
