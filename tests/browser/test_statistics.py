"""Statistics: what an administrator sees of the organisation and its mailboxes, downloads and prints."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.accounts import create_user, users
from budkavle.model.people import User
from budkavle.testing import PastEvent, SampleOrganisation, SampleUser, in_work, record_past
from budkavle_demo.content import ANNA, BO

Browse = Callable[..., Page]
Look = Callable[[Page], None]
STATISTICS = "/plugin/statistics"
MARCH = (date(2025, 3, 1), date(2025, 3, 31))
SPAN = f"?from={MARCH[0]}&to={MARCH[1]}&compare=before"


@pytest.fixture
def box(sdk_mailboxes: Any, request: pytest.FixtureRequest) -> UUID:
    """A mailbox of this test's own."""
    made: UUID = sdk_mailboxes.add(f"Siffror {request.node.name[5:50]}", BO, ANNA, administrator=ANNA)
    return made


@pytest.fixture
def happened(platform: Platform, people: dict[str, SampleUser]) -> Callable[..., None]:
    """Writes what happened in Anna's organisation on a day."""

    def write(day: date, kind: str, times: int = 1, thing: UUID | None = None, **facts: Any) -> None:
        at = datetime.combine(day, time(11), UTC)
        record_past(platform, people[ANNA].organisation_id, [PastEvent(at, kind, thing, facts)] * times)

    return write


def a_month(happened: Any, box: UUID) -> None:
    """Let a month and the month before have their figures."""
    for number in range(31):
        day = MARCH[0] + timedelta(days=number)
        happened(day, "message.received", 3 + number % 4, mailbox=str(box), transport="sdk")
        happened(day, "message.sent", 2, mailbox=str(box), transport="sdk", first_answer=3600 * (2 + number % 3))
        happened(day, "message.sent", 1, mailbox=str(box), transport="link")
    happened(date(2025, 2, 10), "message.sent", 50, mailbox=str(box), transport="sdk")
    happened(MARCH[0], "user.signed-in", 40, provider=f"in-{box.hex[:8]}")
    happened(MARCH[1], "guest.identified", 9, method=f"eID {box.hex[:8]}")


@pytest.mark.feature("P1", "O11")
def test_the_way_to_statistics(browse: Browse, look: Look) -> None:
    """Min organisation, Statistik; nobody else has the line, or the page."""
    page = browse(ANNA)
    page.goto("/")
    page.get_by_role("button", name="Meny för Anna Lind").click()
    page.get_by_role("link", name="Min organisation").click()
    page.get_by_role("link", name="Statistik").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Statistik")
    expect(page.get_by_role("link", name="Statistik")).to_have_attribute("aria-current", "page")
    look(page)
    other = browse(BO)
    answer = other.goto(STATISTICS)
    assert answer
    assert answer.status == 403


@pytest.mark.feature("P2", "P3", "P4", "P6")
def test_the_organisation_in_a_month(box: UUID, happened: Any, browse: Browse, look: Look, tmp_path: Path) -> None:
    """From and to bound all of it; charts have words and tables; the file has the numbers of the page."""
    a_month(happened, box)
    page = browse(ANNA)
    page.goto(STATISTICS)
    page.get_by_label("Från", exact=True).fill(str(MARCH[0]))
    page.get_by_label("Till", exact=True).fill(str(MARCH[1]))
    page.get_by_label("Jämför med").select_option("before")
    page.get_by_role("button", name="Visa", exact=True).click()
    chart = page.get_by_role("img", name="Meddelanden", exact=True)
    expect(chart).to_be_visible()
    assert re.search(r"SDK: sammanlagt \d+, högst \d+", chart.locator("desc").text_content() or "")
    table = page.get_by_role("region", name="Meddelanden", exact=True)
    expect(table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="SDK"))).to_be_visible()
    for region, way, number in (("Inloggningar", "in-", "40"), ("Legitimeringar", "eID ", "9")):
        row = page.get_by_role("region", name=region).get_by_role("row").filter(has_text=f"{way}{box.hex[:8]}")
        expect(row.locator("td.number").first).to_have_text(number)
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Ladda ner Legitimeringar som CSV").click()
    file = tmp_path / "file.csv"
    download.value.save_as(file)
    assert f"\r\neID {box.hex[:8]};9\r\n".encode() in file.read_bytes()
    page.get_by_role("link", name="I år").click()
    expect(page.get_by_label("Från")).to_have_value(f"{datetime.now(UTC).year}-01-01")
    expect(page.locator("#identifications")).not_to_contain_text(box.hex[:8])


@pytest.mark.feature("P5")
def test_accounts_that_came_today(platform: Platform, bjorkvik: SampleOrganisation, browse: Browse) -> None:
    """Opening, change and closing agree, and one more account is one more."""
    page = browse(ANNA)
    today = datetime.now(UTC).date()
    rows: list[list[int]] = []
    made: User | None = None
    for number in range(2):
        page.goto(f"{STATISTICS}?from={today - timedelta(days=1)}&to={today + timedelta(days=1)}")
        cells = page.get_by_role("region", name="Konton", exact=True).locator("tbody :is(th, td)").all_inner_texts()
        rows.append([int(cell.replace("\u2212", "-").replace("\xa0", "")) for cell in cells])
        opening, new, closed, change, closing = rows[-1]
        assert opening + new + closed == opening + change == closing
        if number == 0:
            with platform.work(bjorkvik.system) as work:
                made = create_user(work, email="statistik@bjorkvik.example", name="Stat Istik")
    assert [after - before for before, after in zip(*rows, strict=True)] == [0, 1, 0, 1, 1]
    assert made is not None
    in_work(platform, bjorkvik.system, users.update_user, made.id, active=False)


@pytest.mark.feature("P7", "P8", "P9", "Q5")
def test_function_mailboxes(sdk_mailboxes: Any, box: UUID, happened: Any, browse: Browse, look: Look) -> None:
    """Each mailbox has its people and its messages by channel; its name leads to its own charts."""
    a_month(happened, box)
    sdk_mailboxes.arrive(box, "Ingen har tagit det här")
    page = browse(ANNA)
    page.goto(f"{STATISTICS}{SPAN}")
    page.get_by_role("link", name="Funktionsbrevlåda", exact=True).click()
    page.get_by_label("Sök brevlåda på namn").fill("siffror function")
    page.get_by_role("button", name="Sök").click()
    row = page.get_by_role("row").filter(has_text="Siffror").first
    expect(row.get_by_role("cell").nth(0)).to_have_text("2")
    expect(row.get_by_role("cell").nth(1)).to_have_text("1")
    heads = page.locator("#mailbox-list thead th").all_inner_texts()
    assert int(row.get_by_role("cell").nth(heads.index("SDK") - 1).inner_text()) > 100
    expect(page.get_by_role("region", name="Antal brevlådor", exact=True)).to_be_visible()
    look(page)
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Siffror")
    expect(page.locator("main")).to_contain_text("2 användare, 1 administratör")
    expect(page.get_by_role("img", name="Meddelanden", exact=True)).to_be_visible()
    expect(page.locator("main")).to_contain_text("Därför visas ingen svarstid")
    look(page)


@pytest.mark.feature("P2")
def test_statistics_in_english(box: UUID, happened: Any, browse: Browse, look: Look) -> None:
    """Every word of it; a wrong date is told at its field."""
    a_month(happened, box)
    page = browse(ANNA)
    page.goto("/language/en")
    for path in ("", "/mailboxes", f"/mailboxes/{box}"):
        page.goto(f"{STATISTICS}{path}{SPAN}&q=siffror")
        expect(
            page.get_by_role("img", name="Messages" if path != "/mailboxes" else "Number of mailboxes")
        ).to_be_visible()
        words = re.sub("Siffror.*", "", page.locator("main").inner_text())
        assert not re.search(r"[åäöÅÄÖ]", words), words
    page.goto(f"{STATISTICS}?from=2026-06-02&to=2026-06-01")
    expect(page.get_by_role("alert").or_(page.locator(".error-summary, .ds-error-summary")).first).to_contain_text(
        "To must be"
    )
    look(page)
    page.goto("/language/sv")


@pytest.mark.feature("O11")
def test_statistics_without_javascript_and_in_print(box: UUID, happened: Any, browse: Browse) -> None:
    """The form and the tables work; in print the tables are whole, those that are folded too."""
    a_month(happened, box)
    page = browse(ANNA, java_script_enabled=False)
    page.goto(f"{STATISTICS}{SPAN}")
    expect(page.get_by_role("img", name="Meddelanden", exact=True)).to_be_visible()
    page.get_by_role("link", name="Förra månaden").click()
    expect(page.get_by_role("link", name="Förra månaden")).to_have_attribute("aria-current", "true")
    page.goto(f"{STATISTICS}{SPAN}")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Visa", exact=True)).to_be_hidden()
    expect(page.locator("#messages .stats-steps tbody tr").last).to_be_visible()
    region = page.locator("#first-answers .table")
    assert region.evaluate("it => it.scrollHeight <= it.clientHeight")
