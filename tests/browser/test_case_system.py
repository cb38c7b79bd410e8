"""Delivery to the case system: settings, what lies in the folder, what could not be sent, and a new secret."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.model.errors import Conflict
from budkavle.testing import SampleOrganisation, do_job
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
PATH = "/plugin/case_system"


def read_events(organisation: SampleOrganisation) -> None:
    """Read the event log on; the worker may read it at the same time."""
    with suppress(Conflict):
        do_job(organisation.platform, "case_system.events")


@pytest.fixture
def box(sdk_mailboxes: Any, bjorkvik: SampleOrganisation) -> UUID:
    """A mailbox of this file's own."""
    read_events(bjorkvik)
    made: UUID = sdk_mailboxes.add("Till ärendesystemet", BO, ANNA, administrator=ANNA)
    return made


@pytest.mark.feature("ZR3")
def test_from_settings_to_what_was_delivered(
    box: UUID, sdk_mailboxes: Any, bjorkvik: SampleOrganisation, browse: Browse, look: Look, fits: Look
) -> None:
    """An administrator makes a secret, chooses a folder and webhooks, tries them, and sees what came of it."""
    page = browse(ANNA)
    page.goto(PATH)
    look(page)
    page.get_by_role("link", name="Ny hemlighet").click()
    page.get_by_role("button", name="Skapa en ny hemlighet").click()
    expect(page.locator("code")).to_contain_text("whsec_")
    look(page)
    page.get_by_role("link", name="Inställningar").last.click()
    page.get_by_label("Skicka webhookar till ärendesystemet").check()
    page.get_by_label("Adress för webhookar").fill("https://127.0.0.1/webhooks")
    page.get_by_label("Lägg meddelanden i en mapp").check()
    page.get_by_role("button", name="Spara").first.click()
    look(page)
    sdk_mailboxes.arrive(box, "Ansökan till nämnden")
    read_events(bjorkvik)
    while do_job(bjorkvik.platform, "outbox.case_system.deliveries"):
        pass
    page.goto(f"{PATH}?mailbox={box}")
    laid = page.get_by_role("row").filter(has_text="Mapp").filter(has_text="Meddelande kom")
    expect(laid).to_contain_text("Ligger i mappen")
    sent = page.get_by_role("row").filter(has_text="Webhook").filter(has_text="Meddelande kom")
    expect(sent).to_contain_text("internt nät")
    look(page)
    laid.get_by_role("button", name="Skicka igen").click()
    expect(page.locator("main")).to_contain_text("Det skickas igen")
    page.goto("/language/en")
    page.goto(f"{PATH}?mailbox={box}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Case system")
    fits(page)
    page.goto("/language/sv")
    other = browse(BO)
    answer = other.goto(PATH)
    assert answer
    assert answer.status == 403
