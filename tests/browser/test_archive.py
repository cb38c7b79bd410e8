"""The archive: closed cases are chosen, approved by a second administrator, packed, fetched, checked, answered for."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform, Role
from budkavle.approvals import approve, list_approvals
from budkavle.cases import close
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
ARCHIVE = "/plugin/records/archive"
PATIENCE = 90.0


@pytest.fixture
def box_name(request: pytest.FixtureRequest) -> str:
    return f"Arkiv {request.node.name[-30:]}"


@pytest.fixture
def closed(sdk_mailboxes: Any, platform: Platform, people: dict[str, SampleUser], box_name: str) -> list[UUID]:
    """Two closed cases in a mailbox of this test's own."""
    box = sdk_mailboxes.add(box_name, BO)
    cases = [sdk_mailboxes.arrive(box, f"Orosanmälan {number}") for number in (1, 2)]
    for case_id in cases:
        in_work(platform, people[BO], close, case_id)
    return cases


@pytest.fixture
def say_yes(bjorkvik: SampleOrganisation, platform: Platform, box_name: str) -> Callable[[], None]:
    """Lets another administrator approve what waits."""
    second = bjorkvik.add_user(
        f"Sixten {abs(hash(box_name)) % 10_000}", Role.ADMIN, email=f"s{abs(hash(box_name))}@b.example"
    )

    def decide() -> None:
        for request in in_work(platform, second, list_approvals):
            if request.may_decide and request.kind == "records.archive":
                in_work(platform, second, approve, request.id)

    return decide


def until(page: Page, words: str) -> None:
    """Load the page again until the worker has come so far."""
    end = monotonic() + PATIENCE
    while words not in page.locator("main").inner_text():
        assert monotonic() < end, words
        page.wait_for_timeout(1500)  # the job starts every ten seconds
        page.reload()


def shoot(page: Page, name: str) -> None:
    """Take a wide and a narrow picture for the documents, where somebody asks for them."""
    if folder := os.environ.get("BUDKAVLE_PICTURES"):
        for size, width, height in (("narrow", 320, 1600), ("wide", 1280, 1320)):
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("window.scrollTo(0, 0)")
            page.screenshot(path=f"{folder}/{name}-{size}.png")


@pytest.mark.feature("ZR4")
def test_cases_are_transferred_to_the_archive(
    closed: list[UUID],
    box_name: str,
    say_yes: Callable[[], None],
    browse: Browse,
    look: Look,
    tmp_path: Path,
) -> None:
    """Choose, see what it holds, ask, be approved, fetch, check, and note the receipt."""
    page = browse(ANNA)
    page.goto("/plugin/records")
    page.get_by_role("link", name="Leverans till arkiv", exact=True).click()
    page.get_by_role("link", name="Ny leverans").first.click()
    page.get_by_label("Funktionsbrevlåda").fill(box_name)
    page.get_by_role("button", name="Visa vad som levereras").click()
    expect(page.locator("main")).to_contain_text("2 ärenden")
    look(page)
    shoot(page, "archive-choose")
    page.get_by_role("button", name="Begär leverans").click()
    expect(page.get_by_role("alert")).to_contain_text("Skriv varför")
    look(page)
    page.get_by_label("Varför?").fill("Årets leverans")
    page.get_by_role("button", name="Begär leverans").click()
    expect(page.get_by_role("status").first).to_contain_text("behöver godkänna")
    say_yes()
    until(page, "2 väntar på kvittens")
    look(page)
    shoot(page, "archive-transfers")
    page.get_by_role("table").get_by_role("link").first.click()
    until(page, "2 av 2 paket är klara")
    look(page)
    shoot(page, "archive-transfer")
    page.locator("#packages").locator("..").locator("td.name a").first.click()
    page.get_by_role("button", name="Kontrollera paket").click()
    expect(page.get_by_role("status").first).to_contain_text("Paketet är helt")
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Hämta paketet").click()
    download.value.save_as(tmp_path / "package.zip")
    assert hashlib.sha256((tmp_path / "package.zip").read_bytes()).hexdigest() in page.locator("main").inner_text()
    page.get_by_label("Arkivet har tagit emot").check()
    page.get_by_label("Kvittensens datum").fill("2999-01-01")
    page.get_by_role("button", name="Spara kvittensen").click()
    expect(page.get_by_role("alert")).to_contain_text("inte varit än")
    look(page)
    page.get_by_label("Kvittensens datum").fill("2026-11-01")
    page.get_by_label("Arkivets nummer").fill("A 2026-17")
    page.get_by_role("button", name="Spara kvittensen").click()
    expect(page.get_by_role("status").first).to_contain_text("Kvittensen är sparad")
    expect(page.locator("main")).to_contain_text("A 2026-17")
    look(page)
    shoot(page, "archive-package")


@pytest.mark.feature("ZR4")
def test_the_archive_in_english_and_without_scripts(
    closed: list[UUID], box_name: str, say_yes: Callable[[], None], browse: Browse, fits: Look
) -> None:
    """The same by links and forms alone, for somebody who reads English; nobody else gets in."""
    page = browse(ANNA, java_script_enabled=False)
    page.goto("/language/en")
    page.goto(f"{ARCHIVE}/new")
    page.get_by_label("Function mailbox").fill(box_name)
    page.get_by_role("button", name="Show what will be transferred").click()
    expect(page.locator("main")).to_contain_text("2 cases")
    page.get_by_label("Why?").fill("This year's transfer")
    page.get_by_role("button", name="Ask for the transfer").click()
    expect(page.get_by_role("status").first).to_contain_text("has to approve it")
    say_yes()
    until(page, "2 await a receipt")
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_label("The archive refuses it").check()
    page.get_by_label("The archive's number").fill("Wrong format")
    page.get_by_role("button", name="Save the receipt").click()
    expect(page.locator("main")).to_contain_text("The archive refuses it")
    address = page.url
    seen = browse(ANNA)
    seen.goto("/language/en")
    for url in (ARCHIVE, f"{ARCHIVE}/new", address):
        seen.goto(url)
        fits(seen)
    seen.goto("/language/sv")
    page.goto("/language/sv")
    answer = browse(BO).goto(ARCHIVE)
    assert answer
    assert answer.status == 403
