"""The files of the event log: JSON lines that prove the chain, and CSV."""

import csv
import hashlib
import io
import json
import re
from uuid import uuid4

import pytest
from tests.core.web.pages.events.log_pages import Browse

from budkavle.accounts import mailboxes
from budkavle.storage import audit
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


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
    entries = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["number"] for one in entries] == list(range(len(entries), 0, -1))
    raw = re.findall(r'"entry":(.*)}$', answer.text, re.MULTILINE)
    last, before = entries[0], entries[1]
    computed = hashlib.sha256(bytes.fromhex(before["hash"]) + str(last["number"]).encode() + raw[0].encode())
    assert computed.hexdigest() == last["hash"]
    assert last["entry"]["kind"] == "events.exported"
    assert last["entry"]["actor"]["id"] == str(administrator.id)
    part = page.post("/events/export", format="jsonl", kind="approvals", person=administrator.name)
    kinds = {json.loads(line)["entry"]["kind"] for line in part.text.splitlines()}
    assert (kinds, len(part.text.splitlines())) == ({"approval.asked"}, 2_500)
    (entry, *_) = audit.entries(organisation.platform.database, organisation.id, None, 1)
    assert dict(entry.facts) == {"format": "JSON Lines", "kind": "approvals", "user": str(administrator.id)}


@pytest.mark.feature("ZS4")
def test_entries_of_a_session_are_tied_together(
    browse: Browse, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """A session has one mark and another session another; both have that of their address, which stands nowhere."""
    pages = [browse(administrator) for _ in range(2)]
    for page in [*pages, pages[0]]:
        page.post("/events/export", format="csv")
    with organisation.platform.work(administrator) as work:
        audit.record(work, "approval.asked")
    text = pages[0].post("/events/export", format="jsonl").text
    actors = [json.loads(line)["entry"]["actor"] for line in text.splitlines()]
    acting = [actor for actor in actors if "session" in actor]
    marks = [actor["session"] for actor in acting]  # the newest first
    assert len(marks) == 4
    assert marks[0] == marks[1] == marks[3] != marks[2]
    assert len({actor["network_address"] for actor in acting}) == 1
    for line in text.splitlines():
        assert "testclient" not in line
        assert "127.0.0.1" not in line
    hashes = {hashlib.sha256(page.cookie.partition(".")[2].encode()).hexdigest()[:16] for page in pages}
    assert not hashes & set(marks)
    entries = audit.entries(organisation.platform.database, organisation.id)
    assert (entries[0].session, entries[0].address) == (marks[0], acting[0]["network_address"])
    outside = next(entry for entry in entries if entry.kind == "approval.asked")
    assert (outside.session, outside.address) == ("", "")


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
