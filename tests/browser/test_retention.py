"""Days until messages disappear: chosen for the organisation and a mailbox, confirmed, and seen in a case."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.accounts.message_settings import MailboxMessageSettings, MessageSettings
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.model.times import ZONE
from budkavle.operations import message_retention
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
SETTINGS = "/organisation/settings/budkavle.messages"


@pytest.fixture(autouse=True)
def usual(platform: Platform, bjorkvik: SampleOrganisation) -> Iterator[None]:
    """What a test chooses is given up after it: the installation is everybody's."""
    yield
    in_work(platform, bjorkvik.system, write_settings, MessageSettings, None)


def age(bjorkvik: SampleOrganisation, case_id: UUID) -> None:
    """Let the messages of a case have come forty days ago."""
    query = "UPDATE messages SET kept_from = now() - interval '40 days', created_at = now() - interval '40 days'"
    bjorkvik.rows(f"{query} WHERE case_id = :case RETURNING id", case=case_id)


def save(page: Page, name: str = "Spara") -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.feature("G1", "G2")
@pytest.mark.parametrize("script", [True, False])
def test_the_organisation_chooses_a_number(
    platform: Platform, bjorkvik: SampleOrganisation, sdk_mailboxes: Any, browse: Browse, look: Look, *, script: bool
) -> None:
    """By Inställningar, Meddelanden; what a lower one destroys is said, and confirmed; 0 lets everything stay."""
    age(bjorkvik, sdk_mailboxes.arrive(sdk_mailboxes.add(f"Gallring {script}", BO), "Gammalt"))
    page = browse(ANNA, java_script_enabled=script)
    page.goto("/organisation/settings")
    page.get_by_role("main").locator(f"a[href='{SETTINGS}']").click()
    expect(page.get_by_role("main")).to_contain_text("Nu gäller: meddelanden försvinner inte av sig själva.")
    field = page.get_by_label("Dagar tills ett meddelande försvinner")
    expect(field).to_have_value("0")
    if script:
        look(page)
    field.fill("40000")
    save(page)
    expect(page.locator("#retention_days-error")).to_be_visible()
    field.fill("30")
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("Ändringen är inte sparad än.")
    expect(page.get_by_role("alert")).to_contain_text("försvinner nästa natt. Antal meddelanden: ")
    if script:
        look(page)
    save(page, "Spara och förstör meddelandena")
    expect(page.get_by_role("status").filter(has_text="Ändringarna är sparade.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Nu gäller 30 dagar.")
    assert in_work(platform, bjorkvik.system, read_settings, MessageSettings).retention_days == 30
    page.get_by_label("Dagar tills ett meddelande försvinner").fill("0")
    save(page)
    expect(page.get_by_role("main")).to_contain_text("försvinner inte av sig själva.")


@pytest.mark.feature("G1", "G4")
def test_the_pages_are_english_too(bjorkvik: SampleOrganisation, sdk_mailboxes: Any, browse: Browse) -> None:
    """The form, what it says of a lower number, and the way back."""
    box = sdk_mailboxes.add("Retention", BO, ANNA, administrator=ANNA)
    age(bjorkvik, sdk_mailboxes.arrive(box, "Old"))
    page = browse(ANNA)
    page.goto("/language/en")
    for address in (SETTINGS, f"/mailboxes/{box}/settings/budkavle.mailbox_messages"):
        page.goto(address)
        page.get_by_label("Days until a message disappears").fill("30")
        save(page, "Save")
        expect(page.get_by_role("alert")).to_contain_text("The change has not been saved yet.")
        expect(page.get_by_role("alert")).to_contain_text("disappears next night. Number of messages: ")
        page.get_by_role("link", name="Cancel").click()
        expect(page.get_by_label("Days until a message disappears")).to_have_value("0")


@pytest.mark.feature("G3", "G4", "G5")
def test_a_mailbox_has_its_own_number_and_its_messages_go(
    platform: Platform, bjorkvik: SampleOrganisation, sdk_mailboxes: Any, browse: Browse, look: Look
) -> None:
    """By its Inställningar, Alla meddelanden; a case says when, and afterwards which are gone."""
    box = sdk_mailboxes.add("Egen gallring", BO, ANNA, administrator=ANNA)
    case_id, lonely = sdk_mailboxes.arrive(box, "Ansökan"), sdk_mailboxes.arrive(box, "Ensamt")
    page = browse(ANNA)
    page.goto(f"/mailboxes/{box}/settings")
    page.get_by_role("main").get_by_role("link", name="När meddelanden försvinner").click()
    field = page.get_by_label("Dagar tills ett meddelande försvinner")
    expect(field).to_have_value("0")
    expect(page.locator("#retention_days-hint")).to_contain_text("0 betyder att brevlådan följer organisationen.")
    field.fill("30")
    save(page)
    expect(page.get_by_role("main")).to_contain_text("Nu gäller 30 dagar.")
    look(page)
    assert (
        in_work(platform, bjorkvik.system, read_settings, MailboxMessageSettings, mailbox_id=box).retention_days == 30
    )
    reader = browse(BO)
    reader.goto(f"/c/{case_id}")
    expect(reader.locator(".read")).to_contain_text("Gallras ")
    look(reader)
    age(bjorkvik, case_id)
    age(bjorkvik, lonely)
    (row,) = bjorkvik.rows("SELECT id FROM messages WHERE case_id = :case", case=case_id)
    answer = sdk_mailboxes.send(BO, box, "Beslut", reply_to=row.id)
    tomorrow = datetime.combine(datetime.now(ZONE).date() + timedelta(days=1), datetime.min.time(), ZONE)
    assert message_retention.destroy_due(platform, tomorrow) == 2
    reader.goto(f"/c/{case_id}")
    expect(reader.locator(".read .gone")).to_contain_text("Inkommet meddelande (SDK) från ")
    expect(reader.locator(".read")).not_to_contain_text("Ansökan")
    expect(reader.locator(f"#message-{answer.id}")).to_be_visible()
    look(reader)
    reader.goto(f"/m/{box}")
    expect(reader.get_by_role("main")).not_to_contain_text("Ensamt")
    assert reader.goto(f"/c/{lonely}").status == 404  # type: ignore[union-attr]


@pytest.mark.feature("G4")
def test_a_case_warns_before_a_message_disappears(
    bjorkvik: SampleOrganisation, sdk_mailboxes: Any, browse: Browse, look: Look
) -> None:
    """As many days before as the mailbox has chosen; nothing is said of what has longer left."""
    box = sdk_mailboxes.add("Påminnelse", ANNA, administrator=ANNA)
    case_id, young = sdk_mailboxes.arrive(box, "Ansökan om bostadsanpassning"), sdk_mailboxes.arrive(box, "Nytt")
    age(bjorkvik, case_id)
    page = browse(ANNA)
    page.goto(f"/mailboxes/{box}/settings/budkavle.mailbox_messages")
    page.get_by_label("Dagar tills").fill("45")
    reminder = page.get_by_label("Påminnelse innan meddelanden försvinner")
    reminder.fill("7")
    look(page)
    save(page)
    expect(reminder).to_have_value("7")
    page.goto(f"/c/{case_id}")
    warning = "Snart försvinner 1 av ärendets meddelanden"
    expect(page.locator(".read .notice")).to_contain_text(warning)
    look(page)
    page.goto(f"/c/{young}")
    expect(page.locator(".read")).not_to_contain_text(warning)
