"""The pages of the event log: filters, pages, files, and who may see what."""

import csv
import hashlib
import html
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from budkavle.accounts import mailboxes, organisations, users
from budkavle.cases import actions
from budkavle.cases.teamwork import restricting
from budkavle.model import sources
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import INSTALLATION, Role, SystemActor
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
Browse = Callable[..., Browser]


@pytest.fixture
def root(organisation: SampleOrganisation, platform: Platform) -> Any:
    """An administrator of the installation."""
    actor = system_actor(organisation.id)
    with platform.work(actor) as work:
        return users.create_user(work, email="rot@example.se", name="Rot Ek", role=Role.PLATFORM)


def lines(page: Any) -> list[str]:
    """What the lines of a page say, in their order."""
    cells = re.findall(r'<tr id="event-\d+">.*?<td class="name">(.*?)(?:<p|</td>)', page.text, re.DOTALL)
    return [html.unescape(cell).strip() for cell in cells]


def ask(browser: Browser, **fields: str) -> list[str]:
    answer = browser.get(f"/events?{urlencode(fields)}")
    assert answer.status_code == 200
    return lines(answer)


@pytest.mark.feature("O12")
def test_the_log_is_filtered_by_person_kind_mailbox_and_thing(
    browse: Browse,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
    other_mailbox: FunctionMailbox,
) -> None:
    """Each filter shows what belongs to it and nothing else; two filters show what belongs to both."""
    case_id = organisation.arrive()
    message = organisation.send(case_worker)
    in_work(organisation.platform, administrator, users.update_user, colleague.id, role=Role.ADMIN)
    page = browse(administrator)
    in_work(organisation.platform, administrator, mailboxes.add_members, other_mailbox.id, [colleague.id])

    sent, role = "Ett meddelande skickades", f"{colleague.name} fick en annan roll"
    member = f"{colleague.name} fick tillgång till brevlådan {other_mailbox.name}"
    assert sent in ask(page, person=case_worker.name)
    assert role not in ask(page, person=case_worker.name)
    assert {role, member} <= set(ask(page, person=colleague.email))  # what is done to somebody is theirs, too
    assert sent not in ask(page, person=str(colleague.id))
    assert set(ask(page, mailbox=other_mailbox.name)) == {member, f"Brevlådan {other_mailbox.name} skapades"}
    assert sent in ask(page, mailbox=mailbox.name)
    assert ask(page, kind="mailboxes", person=colleague.name)[:1] == [member]
    assert role not in ask(page, kind="mailboxes", person=colleague.name)
    received = ask(page, thing=f"https://habo.example/c/{case_id}")
    assert "Ett meddelande togs emot" in received
    assert sent not in received
    assert sent in ask(page, thing=str(message))


@pytest.mark.feature("O12")
def test_an_entry_says_which_case(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """By its number, also where one opens or closes it; of a case that is gone only what happened."""
    case_id = organisation.arrive()
    reader = browse(case_worker)
    assert reader.get(f"/c/{case_id}").status_code == 200
    in_work(organisation.platform, case_worker, actions.take, case_id)
    in_work(organisation.platform, administrator, audit.record, "case.destroyed", uuid4())
    (number,) = {row.number for row in organisation.rows("SELECT number FROM cases WHERE id = :id", id=case_id)}
    told = browse(administrator).get("/events?kind=cases").text
    cases = re.findall(r'class="name">([^<]*)</td>\s*<td class="event-case">(?:<a [^>]*>\s*([^<]*)</a>)?', told)
    assert ("Ett ärende lästes", number) in cases
    assert (f"{case_worker.name} tog ärendet", number) in cases
    assert ("Ett ärende gallrades och går inte längre att läsa", "") in cases
    admin = browse(administrator)
    file = admin.post("/events/export", format="csv", kind="cases").content.decode("utf-8-sig")
    assert f"Ett ärende lästes (ärende {number})" in file


@pytest.mark.feature("O12")
def test_an_entry_says_who(
    browse: Browse, platform: Platform, administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Where it names nobody, who did it; an account that is gone is somebody, and a line begins with a capital."""
    in_work(platform, administrator, audit.record, "mailbox.member-added", mailbox.id)
    with platform.work(administrator) as work:
        audit.record(work, "mailbox.member-removed", mailbox.id, user=str(uuid4()))
    told = ask(browse(administrator), kind="mailboxes")
    assert f"{administrator.name} fick tillgång till brevlådan {mailbox.name}" in told
    assert f"Någon har inte längre tillgång till brevlådan {mailbox.name}" in told


@pytest.mark.feature("O12")
def test_the_log_is_filtered_by_days(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both days belong to the span, in Swedish time."""
    moments: list[datetime] = []
    monkeypatch.setattr(sources, "now", lambda: moments[-1])
    for turn, at in enumerate(
        ["2026-03-01T22:59:59", "2026-03-01T23:00:00", "2026-03-02T22:59:59", "2026-03-02T23:00:00"]
    ):
        moments.append(datetime.fromisoformat(at).replace(tzinfo=UTC))
        in_work(organisation.platform, administrator, audit.record, f"turn.{turn}", None)
    page = browse(administrator)
    assert ask(page, since="2026-03-02", until="2026-03-02") == ["turn.2", "turn.1"]
    assert ask(page, until="2026-03-01") == ["turn.0"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("since", "i går", "Skriv datumet som 2026-11-27."),
        ("until", "0001-01-01", "Skriv datumet som 2026-11-27."),
        ("person", "Finns Inte", "Ingen heter så"),
        ("mailbox", "Finns inte", "Ingen funktionsbrevlåda heter så"),
        ("thing", "ärende 4", "Klistra in ärendets adress"),
    ],
)
@pytest.mark.feature("O12")
def test_a_field_that_says_nothing_is_told_of(
    browse: Browse, administrator: SampleUser, field: str, value: str, sentence: str
) -> None:
    """With a sentence at the field, and no lines that were not asked for."""
    answer = browse(administrator).get(f"/events?{urlencode({field: value})}")
    assert f'<a href="#{field}">{sentence}' in answer.text
    assert lines(answer) == []


@pytest.mark.feature("O12")
def test_a_word_that_several_people_have_offers_each_of_them(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """The page shows what all of them did, and a way to each."""
    for name in ("Kim Lind", "Kim Lund"):
        with organisation.platform.work(administrator) as work:
            users.create_user(work, email=f"{name[-4:].lower()}@example.se", name=name)
    answer = browse(administrator).get("/events?person=kim&kind=accounts")
    assert {"Kontot för Kim Lind lades upp", "Kontot för Kim Lund lades upp"} == set(lines(answer))
    (url,) = re.findall(r'<a href="([^"]+)">Kim Lind</a>', answer.text)
    assert lines(browse(administrator).get(html.unescape(url))) == ["Kontot för Kim Lind lades upp"]


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


@pytest.mark.feature("O12")
def test_json_lines_prove_the_chain_and_hold_what_is_filtered(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """Every entry is there once, as it is stored; its hash is the chain's. That it was fetched stands in the log."""
    with organisation.platform.work(administrator) as work:
        for turn in range(2_500):
            audit.record(work, "approval.asked", None, turn=turn)
    page = browse(administrator)
    answer = page.post("/events/export", format="jsonl")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('.jsonl"')
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["number"] for one in found] == list(range(len(found), 0, -1))
    raw = re.findall(r'"entry":(.*)}$', answer.text, re.MULTILINE)
    last, before = found[0], found[1]
    computed = hashlib.sha256(bytes.fromhex(before["hash"]) + str(last["number"]).encode() + raw[0].encode())
    assert computed.hexdigest() == last["hash"]
    assert last["entry"]["kind"] == "events.exported"
    assert last["entry"]["actor"]["id"] == str(administrator.id)
    part = page.post("/events/export", format="jsonl", kind="approvals", person=administrator.name)
    kinds = {json.loads(line)["entry"]["kind"] for line in part.text.splitlines()}
    assert (kinds, len(part.text.splitlines())) == ({"approval.asked"}, 2_500)
    (entry, *_) = audit.entries(organisation.platform.database, organisation.id, None, 1)
    assert dict(entry.facts) == {"format": "JSON Lines", "kind": "approvals", "user": str(administrator.id)}


@pytest.mark.feature("O12")
def test_csv_says_it_in_words_and_runs_no_formula(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """A row for each entry, in the reader's language, with one mark at the beginning; a name is never a formula."""
    with organisation.platform.work(administrator) as work:
        mailboxes.create_mailbox(work, "=HYPERLINK(1)")
        for turn in range(1_100):
            audit.record(work, "approval.asked", None, turn=turn)
        audit.record(work, "api.client-added", uuid4(), name="=1+1")
    answer = browse(administrator).post("/events/export", format="csv")
    assert answer.content.count(b"\xef\xbb\xbf") == 1
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert head[:5] == ["Nummer", "Tid", "Vad", "Vem", "Typ"]
    assert len(rows) > 1_100
    assert rows[0][2:5] == ["Händelseloggen hämtades som CSV", administrator.name, "events.exported"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


@pytest.mark.feature("O12")
def test_a_file_is_written_while_it_is_read(
    organisation: SampleOrganisation, administrator: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than a batch is held at once, and what comes meanwhile is not in it."""
    from budkavle.storage.events import search

    monkeypatch.setattr(search, "BATCH", 10)
    with organisation.platform.work(administrator) as work:
        for turn in range(35):
            audit.record(work, "approval.asked", None, turn=turn)
    walk = search.walk_entries(organisation.platform, organisation.id, search.EventFilter())
    first = next(walk)
    in_work(organisation.platform, administrator, audit.record, "approval.done", None)
    rest = list(walk)
    assert [first.number, *(one.number for one in rest)] == list(range(first.number, 0, -1))
    assert "approval.done" not in "".join(one.entry for one in rest)


@pytest.mark.feature("O12", "N6")
def test_only_those_who_administer_see_and_fetch_a_log(
    browse: Browse,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
    root: Any,
    organisation: SampleOrganisation,
) -> None:
    """Each role at each address; another organisation's administrator finds nothing of this one."""
    logs = {"/events": "/events/export", "/administration/events": "/administration/events/export"}
    may = {"/events": [administrator, root], "/administration/events": [root]}
    for person in (case_worker, mailbox_administrator, administrator, root):
        for path, export in logs.items():
            wanted = 200 if person in may[path] else 403
            assert browse(person).get(path).status_code == wanted
            assert browse(person).post(export, format="csv").status_code == wanted
    case_id = organisation.arrive()
    foreign = browse(other_administrator)
    for fields in ({"thing": str(case_id)}, {"person": str(case_worker.id)}, {"person": case_worker.email}):
        assert lines(foreign.get(f"/events?{urlencode(fields)}")) == []
    assert browse(None).post("/events/export", format="csv").status_code in {302, 303, 401, 403}
    assert browse(administrator).post("/events/export", format="exe").status_code == 422


@pytest.mark.feature("N6")
def test_the_installation_has_a_log_of_its_own(
    browse: Browse, platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, root: Any
) -> None:
    """Organisations that are made and who administers the installation stand there, and nothing of organisations."""
    page = browse(root)
    actor = root.acting()
    with platform.work(system_actor(organisation.id)) as work:  # so that Rot is not the last one
        users.update_user(work, administrator.user_id, role=Role.PLATFORM)
    made = organisations.create_organisation(platform, actor, "Mullsjö kommun")
    in_work(platform, administrator, mailboxes.create_mailbox, "Hemlig brevlåda")
    with platform.work(system_actor(organisation.id)) as work:
        users.update_user(work, root.id, role=Role.ADMIN)
        users.update_user(work, root.id, role=Role.PLATFORM)
    told = lines(page.get("/administration/events"))
    assert told[:3] == [
        "Rot Ek blev administratör för installationen",
        "Rot Ek är inte längre administratör för installationen",
        "Organisationen Mullsjö kommun lades upp",
    ]
    assert not [line for line in told if "brevlåda" in line]
    assert lines(page.get("/administration/events?kind=organisation"))[0] == told[2]
    own = lines(page.get(f"/administration/events?person={root.id}"))  # what Rot did, and what was done to Rot
    assert own == [*told[:3], "Rot Ek blev administratör för installationen"]
    assert f'<option value="{root.id}">Rot Ek</option>' in page.get("/administration/events").text
    answer = page.post("/administration/events/export", format="jsonl")
    assert [json.loads(line)["entry"]["thing"] for line in answer.text.splitlines()].count(str(made.id)) == 1
    assert lines(page.get("/administration/events"))[0] == "Installationens händelselogg hämtades som JSON Lines"


@pytest.mark.feature("N6")
def test_the_installations_log_is_sealed_and_verified_like_the_others(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """Its head is signed with a key of its own."""
    assert organisation.id
    audit.seal_heads(platform.database, platform.vault)
    report = audit.verify(platform.database, platform.vault, INSTALLATION)
    assert (report.ok, report.seals) == (True, 1)
    with platform.work(SystemActor(INSTALLATION, "Provaren")) as work:
        audit.record(work, "administrator.added", uuid4(), name="Ny")
    audit.seal_heads(platform.database, platform.vault)
    assert audit.verify(platform.database, platform.vault, INSTALLATION).seals == 2


def test_a_work_that_fails_leaves_no_entry_in_the_installations_log(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """Both entries are part of the unit of work."""

    def fail() -> None:
        with platform.work(system_actor(organisation.id)) as work:
            audit.record_for_installation(work, "administrator.added", uuid4(), name="Ingen")
            work.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    entries = audit.entries(platform.database, INSTALLATION, None, 50)
    assert "Ingen" not in [entry.facts.get("name") for entry in entries]


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
