"""Log control: an opening is chosen, reviewed, counted, and told to whoever the case is about."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.messaging import read_case
from budkavle.testing import SampleUser, do_job, in_work
from budkavle_demo.content import ANNA, BO
from budkavle_log_control import control

Browse = Callable[..., Page]
Look = Callable[[Page], None]
CONTROL = "/plugin/log_control"


@pytest.fixture
def opened(
    sdk_mailboxes: Any,
    platform: Platform,
    people: dict[str, SampleUser],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> UUID:
    """A confidential case that Bo has opened, in a mailbox of this test's own; the job has seen it."""
    monkeypatch.setattr(control, "SETTLED", timedelta(seconds=-5))
    box = sdk_mailboxes.add(f"Kontroll {request.node.name[-30:]}", BO)
    case_id: UUID = sdk_mailboxes.arrive(box, "Om Signe Loggström", confidential=True)
    in_work(platform, people[BO], read_case, case_id)
    do_job(platform, "log_control.control")
    return case_id


def mine(page: Page, request: pytest.FixtureRequest) -> Any:
    """The row of this test's mailbox."""
    return page.get_by_role("row").filter(has_text=f"Kontroll {request.node.name[-30:]}")


@pytest.mark.feature("Z7")
def test_an_opening_is_reviewed(opened: UUID, browse: Browse, look: Look, request: pytest.FixtureRequest) -> None:
    """It waits with its reasons; a verdict that needs a note asks for it; then it stands among what is judged."""
    page = browse(ANNA)
    page.goto(CONTROL)
    expect(mine(page, request)).to_contain_text("Skyddat ärende")
    look(page)
    mine(page, request).get_by_role("link").click()
    expect(page.locator("main")).not_to_contain_text("Loggström")
    page.get_by_label("Misstänkt intrång").check()
    page.get_by_role("button", name="Spara bedömningen").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv vad du har sett")
    look(page)
    page.get_by_label("Anteckning").fill("Har pratat med Bo.")
    page.get_by_label("Misstänkt intrång").check()
    page.get_by_role("button", name="Visa ärendets ämne").click()
    expect(page.locator("main")).to_contain_text("Om Signe Loggström")
    look(page)
    page.get_by_label("Misstänkt intrång").check()
    page.get_by_label("Anteckning").fill("Har pratat med Bo.")
    page.get_by_role("button", name="Spara bedömningen").click()
    expect(page.get_by_role("status").first).to_contain_text("Bedömningen är sparad.")
    page.get_by_role("link", name="Granskat").click()
    expect(mine(page, request)).to_contain_text("Misstänkt intrång")
    look(page)
    page.get_by_role("link", name="Månad", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Skyddat ärende")).to_be_visible()
    look(page)


@pytest.mark.feature("Z7")
def test_an_extract_for_a_citizen(opened: UUID, browse: Browse, look: Look, tmp_path: Path) -> None:
    """Find the person's cases, see who opened them at which unit, and take it as a PDF in English."""
    page = browse(ANNA)
    page.goto(f"{CONTROL}/extracts")
    look(page)
    page.get_by_label("Ärende eller person").fill("Signe Loggström")
    page.get_by_role("button", name="Sök").last.click()
    page.get_by_role("checkbox").first.check()
    look(page)
    page.get_by_role("button", name="Visa utdraget").click()
    expect(page.get_by_role("row").filter(has_text="Läste ärendet").first).to_contain_text("Handläggare")
    assert "Loggstr" not in page.url
    look(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Hämta PDF").click()
    file = tmp_path / "extract.pdf"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF")
    assert opened


@pytest.mark.feature("Z7")
def test_no_table_of_log_control_is_scrolled_sideways(opened: UUID, browse: Browse, folded: Look) -> None:
    """At 320 px each row is a piece of its own, with a label before each value."""
    page = browse(ANNA)
    for path in ("", "/months"):
        page.goto(f"{CONTROL}{path}")
        folded(page)
    page.goto(f"{CONTROL}/extracts")
    page.get_by_label("Ärende eller person").fill("Signe Loggström")
    page.get_by_role("button", name="Sök").last.click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Visa utdraget").click()
    folded(page)
    assert opened


@pytest.mark.feature("Z7")
def test_log_control_in_english_and_without_scripts(opened: UUID, browse: Browse) -> None:
    """The same pages for somebody who reads English, by links and forms alone; nobody else gets in."""
    page = browse(ANNA)
    page.goto("/language/en")
    for path, head in (("", "Log review"), ("/months", "Log review"), ("/extracts", "Log review")):
        page.goto(f"{CONTROL}{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text(head)
    page.goto("/language/sv")
    plain = browse(ANNA, java_script_enabled=False)
    plain.goto(f"{CONTROL}/extracts")
    plain.get_by_label("Ärende eller person").fill("Signe Loggström")
    plain.get_by_role("button", name="Sök").last.click()
    plain.get_by_role("checkbox").first.check()
    plain.get_by_role("button", name="Visa utdraget").click()
    expect(plain.get_by_role("row").filter(has_text="Läste ärendet").first).to_be_visible()
    answer = browse(BO).goto(CONTROL)
    assert answer
    assert answer.status == 403
    assert opened
