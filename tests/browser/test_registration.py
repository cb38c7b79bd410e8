"""Registration: what waits, one and several decisions, the register, and how it goes for the administrator."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, do_job
from budkavle_demo.content import ANNA, BO
from budkavle_records.registration.settings import RegistrationSettings

Browse = Callable[..., Page]
Look = Callable[[Page], None]
PATH = "/plugin/records/registration"


@pytest.fixture
def box(sdk_mailboxes: Any, bjorkvik: SampleOrganisation, people: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own that registers what comes in."""
    made: UUID = sdk_mailboxes.add(f"Registrator {request.node.name[5:40]}", BO, ANNA, administrator=ANNA)
    do_job(bjorkvik.platform, "records.registration")
    with bjorkvik.platform.work(people[ANNA]) as work:
        write_settings(work, RegistrationSettings, {"on": True}, mailbox_id=made)
    return made


@pytest.fixture
def arrive(sdk_mailboxes: Any, bjorkvik: SampleOrganisation, box: UUID) -> Callable[..., UUID]:
    """Let messages come whose clocks have started; the first of them late."""

    def come(*subjects: str) -> UUID:
        cases = [sdk_mailboxes.arrive(box, subject) for subject in subjects]
        do_job(bjorkvik.platform, "records.registration")
        bjorkvik.rows(
            "UPDATE records_registrations SET late_from = late_from - interval '9 days' WHERE case_id = :id",
            id=cases[0],
        )
        first: UUID = cases[0]
        return first

    return come


@pytest.mark.feature("ZR2")
def test_what_waits_is_decided_about(box: UUID, arrive: Any, browse: Browse, look: Look) -> None:
    """From the navigation, what is late first, several at once; what is wrong stands at its field."""
    arrive("Bygglov för altan", "Begäran om handling", "Nyhetsbrev")
    page = browse(BO)
    page.goto("/")
    page.get_by_role("link", name=re.compile("Att registrera")).click()
    page.goto(f"{PATH}?mailbox={box}")
    rows = page.get_by_role("row").filter(has=page.get_by_role("checkbox"))
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Bygglov för altan")
    expect(rows.first).to_contain_text("Försenad")
    look(page)
    page.get_by_role("checkbox", name="Kryssa i Nyhetsbrev").check()
    page.get_by_role("radio", name="Registrerad").check()
    page.get_by_role("button", name="Spara för de ikryssade").click()
    expect(page.get_by_role("alert").first).to_contain_text("Skriv diarienumret")
    look(page)
    page.get_by_role("radio", name="Ringa betydelse").check()
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("main")).to_contain_text("Beslutet är sparat")
    page.goto("/language/en")
    page.goto(f"{PATH}?mailbox={box}")
    expect(page.get_by_role("link", name="To register").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Late")
    page.goto("/language/sv")


@pytest.mark.feature("ZR2")
def test_in_the_case_without_a_script(arrive: Any, box: UUID, browse: Browse, look: Look) -> None:
    """The case has the form; then the number, the register finds it, and a correction keeps the first."""
    case_id = arrive("Bygglov för carport")
    page = browse(BO, java_script_enabled=False)
    page.goto(f"/c/{case_id}")
    page.get_by_text("Registrera, eller besluta att inte registrera").click()
    page.get_by_label("Diarienummer eller aktnummer").fill("BN 2026/41")
    page.get_by_role("button", name="Spara", exact=True).click()
    piece = page.locator(".case-piece").filter(has=page.get_by_role("heading", name="Registrering"))
    expect(piece).to_contain_text("BN 2026/41")
    page = browse(BO)
    page.goto(f"/c/{case_id}")
    look(page)
    page.goto(f"{PATH}/register?q=bn+2026/41&mailbox={box}")
    expect(page.get_by_role("row").nth(1)).to_contain_text("BN 2026/41")
    look(page)
    page.get_by_role("link", name="Bygglov för carport").click()
    page.get_by_label("Diarienummer eller aktnummer").fill("BN 2026/42")
    page.get_by_label("Varför ändras det?").fill("Numret var upptaget")
    page.get_by_role("button", name="Spara rättelsen").click()
    expect(page.locator("main")).to_contain_text("BN 2026/41")
    expect(page.locator("main")).to_contain_text("Numret var upptaget")
    look(page)


@pytest.mark.feature("ZR2")
def test_how_it_goes(arrive: Any, browse: Browse, look: Look, pictures: Callable[[Page, str], None]) -> None:
    """Min organisation, Hanteringsplan, Registrering: numbers by mailbox and month."""
    arrive("Sen begäran", "Ny begäran")
    page = browse(ANNA)
    page.goto(f"{PATH}/overview")
    expect(page.get_by_role("row").filter(has_text="how_it_goes")).to_contain_text("2")
    look(page)
    pictures(page, "registration-overview")
    other = browse(BO)
    answer = other.goto(f"{PATH}/overview")
    assert answer
    assert answer.status == 403


@pytest.fixture
def pictures() -> Callable[[Page, str], None]:
    """Takes a picture of a page where a folder is asked for."""

    def take(page: Page, name: str) -> None:
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take
