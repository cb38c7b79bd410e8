"""The list of the event log: its pages, its days, and the names in its lines."""

import html
import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from tests.core.web.pages.events.log_pages import Browse, ask

from budkavle.accounts import mailboxes
from budkavle.cases.teamwork import restricting
from budkavle.model import sources
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.mark.feature("O12")
def test_pages_follow_one_another_both_ways(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """120 entries are on three pages, each once, with the filter kept; the way back shows the same."""
    with organisation.platform.work(administrator) as work:
        for turn in range(120):
            audit.record(work, "approval.asked", str(uuid4()), turn=turn)
    page, path, seen = browse(administrator), "/events?kind=approvals", []
    while path:
        answer = page.get(path)
        seen.append(re.findall(r'id="event-(\d+)"', answer.text))
        path = html.unescape(next(iter(re.findall(r'rel="next" href="([^"]+)"', answer.text)), ""))
        assert not path or "kind=approvals" in path
    assert [len(numbers) for numbers in seen] == [50, 50, 20]
    assert sorted({number for numbers in seen for number in numbers}, key=int, reverse=True) == [*chain(*seen)]
    (back,) = re.findall(r'rel="prev"\s+href="([^"]+)"', answer.text)
    assert re.findall(r'id="event-(\d+)"', page.get(html.unescape(back)).text) == seen[1]


@pytest.mark.feature("O12")
def test_a_page_reads_the_names_that_it_shows_and_no_others(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, platform: Platform
) -> None:
    """With many people and mailboxes a page makes as many statements, and reads as few rows, as with few."""
    page = browse(administrator)
    page.get("/events")

    def rows_read() -> int:
        read: list[int] = []

        def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
            if "FROM users" in statement or "FROM mailboxes" in statement:
                read.append(max(cursor.rowcount, 0))

        event.listen(platform.database.engine, "after_cursor_execute", note)
        try:
            assert page.get("/events?kind=organisation").status_code == 200
        finally:
            event.remove(platform.database.engine, "after_cursor_execute", note)
        return sum(read)

    before = rows_read()
    with platform.work(administrator) as work:
        for turn in range(60):
            mailboxes.create_mailbox(work, f"Brevlåda {turn}")
    assert rows_read() == before


def test_an_entry_names_what_it_says_and_nothing_that_looks_like_it(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """A value that holds the text of a field is not taken for one."""
    fake: UUID = case_worker.id
    with platform.work(administrator) as work:
        audit.record(work, "pigeon.flown", f'"user":"{fake}"', note=f'"mailbox":"{fake}","user":"{fake}"')
    from budkavle.storage.events.search import EventFilter, find_entries

    with platform.work(administrator) as work:
        people = EventFilter(people=[fake], kinds=["pigeon.flown"], until=datetime.now(UTC) + timedelta(days=1))
        assert find_entries(work, people).rows == []
        assert find_entries(work, EventFilter(mailboxes=[fake], kinds=["pigeon.flown"])).rows == []
        assert len(find_entries(work, EventFilter(people=[administrator.id], kinds=["pigeon.flown"])).rows) == 1


@pytest.mark.feature("O12", "E30")
def test_a_line_about_a_case_names_it_and_leads_to_its_log(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """By its number; a case that is restricted keeps its number to those who may read it."""
    case_id = organisation.arrive()
    (row,) = organisation.rows("SELECT number FROM cases WHERE id = :id", id=case_id)
    assert browse(case_worker).get(f"/c/{case_id}").status_code == 200
    page = browse(administrator)
    links = re.findall(r'class="event-case">\s*<a href="([^"]*)"[^>]*>\s*([^<]*)</a>', page.get("/events").text)
    assert set(links) == {(f"/events?thing={case_id}", row.number)}
    assert "Ett ärende lästes" in ask(page, thing=str(case_id))
    in_work(organisation.platform, case_worker, restricting.restrict, case_id, [case_worker.id], "Skyddad")
    assert row.number not in page.get("/events").text


@pytest.mark.feature("E30")
def test_days_are_headings_the_latest_first(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their names would sort by; each line has the time of day, to the second, in Swedish time."""
    moments: list[datetime] = []
    monkeypatch.setattr(sources, "now", lambda: moments[-1])
    for turn, at in enumerate(["2026-03-09T10:00:01", "2026-03-10T10:00:02", "2026-03-10T10:00:03"]):
        moments.append(datetime.fromisoformat(at).replace(tzinfo=UTC))
        in_work(organisation.platform, administrator, audit.record, f"turn.{turn}", None)
    text = browse(administrator).get("/events?since=2026-03-09&until=2026-03-10").text
    assert re.findall(r'<tr class="event-day"><th[^>]*>([^<]*)', text) == ["10 mars 2026", "9 mars 2026"]
    assert re.findall(r"<time[^>]*>(11[^<]*)</time>", text) == ["11.00.03", "11.00.02", "11.00.01"]
