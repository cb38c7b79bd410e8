"""Records in a browser: the schedule, rules, legal holds, and a disposal run with its protocol."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text
from tests.browser.conftest import run_command

from budkavle.cases.actions import close, take
from budkavle.model.people import Role
from budkavle.testing import in_work
from budkavle.testing.running import Running
from budkavle_demo.content import ANNA, BO, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
PLAN = Path(__file__).parents[1] / "plugins/records/hanteringsplan.csv"
RECORDS = "/plugin/records"
NUMBERS = count(1)
DISPUTE = "Mål T 12-26"


@pytest.fixture
def box(sdk_mailboxes: Any) -> UUID:
    """A mailbox of this test's own."""
    made: UUID = sdk_mailboxes.add(f"Registratur {next(NUMBERS)}", BO, ANNA, administrator=ANNA)
    return made


@pytest.fixture(scope="module")
def plan(running: Running) -> None:
    """The schedule that holds."""
    run_command(running, "records", "import", "bjorkvik", str(PLAN))


@pytest.mark.feature("ZR1")
def test_the_schedule_is_imported_and_shown(browse: Browse, look: Look) -> None:
    """From Min organisation; each row with its fault, then the version that holds."""
    page = browse(ANNA)
    page.goto("/organisation/settings")
    page.goto(RECORDS)
    look(page)
    page.goto(f"{RECORDS}/import")
    look(page)
    faulty = PLAN.read_text("utf-8").replace(";90;nej;", ";;nej;", 1).encode()
    page.get_by_label("CSV-fil").set_input_files({"name": "plan.csv", "mimeType": "text/csv", "buffer": faulty})
    page.get_by_role("button", name="Visa raderna").click()
    expect(page.get_by_text("Raden har varken frist_dagar eller bevaras.")).to_be_visible()
    expect(page.get_by_role("button", name="Låt den nya versionen gälla")).to_have_count(0)
    look(page)
    page.goto(f"{RECORDS}/import")
    page.get_by_label("CSV-fil").set_input_files(PLAN)
    page.get_by_role("button", name="Visa raderna").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kontrollera raderna")
    page.get_by_role("button", name="Låt den nya versionen gälla").click()
    expect(page.get_by_role("status").first).to_contain_text("gäller nu")
    expect(page.get_by_text("Postlista")).to_be_visible()
    look(page)


@pytest.mark.usefixtures("plan")
@pytest.mark.feature("ZR1")
def test_a_kind_by_hand_and_by_rule(browse: Browse, look: Look, box: UUID, sdk_mailboxes: Any) -> None:
    """A rule is added and tried; in the case somebody chooses another kind."""
    page = browse(ANNA)
    case = sdk_mailboxes.arrive(box, "Felskickat brev")
    page.goto(f"{RECORDS}/rules")
    page.get_by_label("Brevlåda", exact=True).select_option(str(box))
    page.get_by_label("Handlingstyp", exact=True).select_option(label="1.3.4 Postlista")
    page.get_by_role("button", name="Lägg till regeln").click()
    page.get_by_role("link", name="Visa vad reglerna skulle träffa").click()
    expect(page.get_by_text("Prövat på högst")).to_be_visible()
    look(page)
    page.goto(f"{RECORDS}/cases/{case}")
    look(page)
    page.get_by_label("Handlingstyp", exact=True).select_option(label="1.3.2 Felskickat meddelande")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_text("1.3.2 Felskickat meddelande").first).to_be_visible()
    look(page)


@pytest.mark.feature("Z2")
def test_a_legal_hold(browse: Browse, look: Look, box: UUID, sdk_mailboxes: Any) -> None:
    """It is made over a mailbox, the case says so, and ending it takes a reason."""
    case = sdk_mailboxes.arrive(box, "Underlag")
    page = browse(ANNA)
    page.goto(f"{RECORDS}/holds")
    look(page)
    page.get_by_role("link", name="Inför ett gallringsstopp").click()
    page.get_by_role("button", name="Inför stoppet").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look(page)
    page.get_by_label("Namn").fill(DISPUTE)
    page.get_by_label("Skäl").fill("Domstolen har begärt det.")
    page.get_by_label("Brevlåda", exact=True).select_option(str(box))
    page.get_by_role("button", name="Inför stoppet").click()
    page.get_by_role("link", name=DISPUTE).first.click()
    look(page)
    page.goto(f"/c/{case}")
    expect(page.get_by_text("Ärendet omfattas av ett gallringsstopp.").first).to_be_visible()


@pytest.mark.feature("Z2")
def test_a_legal_hold_by_search_words(browse: Browse, look: Look, folded: Look, box: UUID, sdk_mailboxes: Any) -> None:
    """The cases that have the words are shown before the hold is made; the one that is not ticked is left out."""
    held, free = (sdk_mailboxes.arrive(box, f"Stina Klockare, {word}") for word in ("skola", "omsorg"))
    page = browse(ANNA)
    page.goto(f"{RECORDS}/holds/new")
    page.get_by_label("Namn").fill("Stina")
    page.get_by_label("Skäl").fill("Domstolen har begärt det.")
    page.get_by_label("Sökord").fill("Stina Klockare")
    page.get_by_role("button", name="Inför stoppet").click()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    expect(page.locator("main")).not_to_contain_text("omsorg")
    look(page)
    folded(page)
    page.locator(f"[value='{free}']").uncheck()
    page.get_by_role("button", name="Inför stoppet").click()
    expect(page.get_by_role("status").first).to_contain_text("Gallringsstoppet gäller nu.")
    for case, notes in ((held, 1), (free, 0)):
        page.goto(f"/c/{case}")
        expect(page.locator("main").get_by_text("Ärendet omfattas av ett gallringsstopp.")).to_have_count(notes)


@pytest.mark.usefixtures("plan")
@pytest.mark.feature("Z2", "Z8")
def test_a_disposal_run(
    browse: Browse,
    look: Look,
    box: UUID,
    sdk_mailboxes: Any,
    bjorkvik: Any,
    people: Any,
) -> None:
    """Made, looked at, asked for, approved by somebody else, and signed."""
    page = browse(ANNA)
    case = sdk_mailboxes.arrive(box, "Av ringa betydelse")
    for act in (take, close):
        in_work(bjorkvik.platform, people[BO], act, case)
    with bjorkvik.platform.database.transaction(bjorkvik.id) as connection:
        connection.execute(
            text("UPDATE messages SET created_at = created_at - interval '200 days' WHERE case_id = :case"),
            {"case": case},
        )
    page.goto(f"{RECORDS}/cases/{case}")
    page.get_by_label("Handlingstyp", exact=True).select_option(
        label="1.3.2 Handlingar av tillfällig eller ringa betydelse"
    )
    page.get_by_role("button", name="Spara").click()
    page.goto(f"{RECORDS}/runs")
    page.get_by_role("button", name="Ta fram en lista").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Körning")
    reason = page.get_by_label("Skäl")
    for _ in range(60):
        if reason.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    look(page)
    reason.fill("Tiden har gått ut.")
    page.get_by_role("button", name="Begär gallringen").click()
    expect(page.get_by_text("En annan administratör ska godkänna begäran")).to_be_visible()
    run = page.url
    email = "sigrid@bjorkvik.example"
    people[email] = bjorkvik.add_user("Sigrid Nord", Role.ADMIN, email=email, password=PASSWORD)
    second = browse(email)
    second.goto("/approvals")
    second.get_by_role("link", name="Gallring enligt hanteringsplan").first.click()
    look(second)
    second.get_by_role("button", name="Godkänn").click()
    page.goto(run)
    for _ in range(60):
        if page.get_by_role("link", name="Protokoll, PDF").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Protokoll, PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    page.goto(f"{RECORDS}/runs")
    look(page)
