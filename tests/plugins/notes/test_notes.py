"""Notes in a case: sealed, for colleagues alone, changed and removed with a trace, destroyed with the case."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle import Draft, Host, Loa
from budkavle.accounts.delegations import delegate
from budkavle.accounts.mailboxes import readable_mailboxes
from budkavle.cases.finding.index import index_cases
from budkavle.cases.search import search
from budkavle.messaging import send
from budkavle.operations.destruction import CLEAN_UP, destroy
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle.testing.organisations import PEER
from budkavle_notes.mentions import Person, mentioned, split
from budkavle_notes.store import add_note, require_place

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
SECRET = "Barnet mår inte bra"


@pytest.fixture
def host(platform: Platform) -> Host:
    made: Host = platform.plugins.host("notes")
    return made


def _squeezed(page: Any) -> str:
    return " ".join(page.text.split())


@pytest.mark.feature("E18")
def test_a_colleague_reads_a_note_and_it_lies_sealed(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """In the case, under the messages; neither in the tables nor in print; the log says that one was written."""
    case_id = organisation.arrive()
    ada, bo = browse(case_worker), browse(colleague)
    page = ada.get(f"/c/{case_id}").text
    assert ('id="note-text"' in page, 'id="text"' in page) == (True, False)
    done = ada.post(f"/plugin/notes/case/{case_id}", **{"note-text": f"  {SECRET}\r\nRing skolan. "})
    assert done.status_code == 303
    assert done.headers["location"].startswith(f"/c/{case_id}#note-")
    page = _squeezed(bo.get(f"/c/{case_id}"))
    assert f"{SECRET} Ring skolan." in page
    assert f"Anteckning av {case_worker.name}" in page
    assert f"{case_worker.name} skrev en anteckning" in page
    assert SECRET not in bo.get(f"/c/{case_id}/print").text
    assert SECRET not in str(organisation.rows("SELECT * FROM notes_notes"))
    assert SECRET not in "".join(organisation.log_entries("notes.added"))
    assert organisation.case_events(case_id)[-2:-1] == ["notes.added"]


@pytest.mark.feature("E18")
def test_who_is_mentioned_is_told_once_and_without_content(
    host: Host, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """A member of the mailbox only, and never the author."""
    case_id = organisation.arrive()
    outsider = organisation.outsider

    def write(work: Any) -> None:
        text = f"@{colleague.name.upper()} kan du? @{outsider.name} @{case_worker.name} @{colleague.name}"
        add_note(host, work, require_place(work, case_id), text)

    in_work(platform, case_worker, write)
    told = organisation.rows("SELECT user_id, kind, case_id FROM member_news")
    assert [(row.user_id, row.kind, row.case_id) for row in told] == [(colleague.id, "mentioned", case_id)]


@pytest.mark.feature("E18")
def test_its_author_changes_and_removes_it_with_a_trace(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """The old text is destroyed at once; that there was a note, whose, and who removed it stays."""
    case_id = organisation.arrive()
    ada, bo = browse(case_worker), browse(colleague)
    location = ada.post(f"/plugin/notes/case/{case_id}", text=SECRET).headers["location"]
    note = f"/plugin/notes/{location.partition('#note-')[2]}"
    assert f'href="{note}"' in ada.get(f"/c/{case_id}").text
    assert f'href="{note}"' not in bo.get(f"/c/{case_id}").text
    assert bo.post(note, text="Kapad").status_code == 403
    assert bo.post(f"{note}/remove").status_code == 403
    assert SECRET in ada.get(note).text
    assert ada.post(note, text=" ").status_code == 422
    assert ada.post(note, text="Allt är bra").status_code == 303
    page = _squeezed(bo.get(f"/c/{case_id}"))
    assert "Allt är bra" in page
    assert SECRET not in page
    assert "Ändrad " in page
    assert len(organisation.rows("SELECT FROM owned_files")) == 1
    assert ada.post(f"{note}/remove", csrf="").status_code == 403
    assert ada.post(f"{note}/remove").status_code == 303
    page = _squeezed(bo.get(f"/c/{case_id}"))
    assert "Allt är bra" not in page
    assert f"En anteckning av {case_worker.name} togs bort av {case_worker.name}." in page
    assert organisation.rows("SELECT FROM owned_files") == []
    assert [kind for kind in organisation.log_kinds() if kind.startswith("notes.")] == [
        "notes.added",
        "notes.edited",
        "notes.removed",
    ]
    assert ada.get(note).status_code == 404


@pytest.mark.feature("E18")
def test_an_administrator_of_the_mailbox_removes_anybodys(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
) -> None:
    """And changes nobody's."""
    case_id = organisation.arrive()
    location = browse(case_worker).post(f"/plugin/notes/case/{case_id}", text=SECRET).headers["location"]
    note = f"/plugin/notes/{location.partition('#note-')[2]}"
    boss = browse(mailbox_administrator)
    assert boss.post(note, text="Annat").status_code == 403
    assert boss.post(f"{note}/remove").status_code == 303


@pytest.mark.feature("E18")
def test_notes_are_destroyed_with_their_case(
    browse: Callable[..., Any], platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Rows, files and keys; an export until then has the texts' files."""
    case_id = organisation.arrive()
    browse(case_worker).post(f"/plugin/notes/case/{case_id}", text=SECRET)
    assert len(organisation.exported("notes_notes")) == 1
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    do_job(platform, f"outbox.{CLEAN_UP}notes")
    assert organisation.rows("SELECT FROM notes_notes") == []
    assert organisation.rows("SELECT FROM owned_files") == []


def test_nobody_else_reads_or_writes_notes(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Not found, whatever their role; who only reads in the mailbox reads the notes and writes none."""
    case_id = organisation.arrive()
    location = browse(case_worker).post(f"/plugin/notes/case/{case_id}", text=SECRET).headers["location"]
    note = f"/plugin/notes/{location.partition('#note-')[2]}"
    for visitor in (outsider, administrator, other_administrator):
        browser = browse(visitor)
        assert browser.post(f"/plugin/notes/case/{case_id}", text="Hej").status_code == 404
        assert browser.get(note).status_code == 404
        assert browser.post(note, text="Hej").status_code == 404
        assert browser.post(f"{note}/remove").status_code == 404
    assert browse(case_worker).get(f"/plugin/notes/{uuid4()}").status_code == 404
    assert browse(case_worker).post(f"/plugin/notes/case/{case_id}", text="x" * 4001).status_code == 422
    organisation.rows("UPDATE memberships SET may_answer = false WHERE user_id = :id", id=case_worker.id)
    reader = browse(case_worker)
    page = reader.get(f"/c/{case_id}").text
    assert SECRET in page
    assert "Ny anteckning" not in page
    assert reader.post(f"/plugin/notes/case/{case_id}", text="Hej").status_code == 403


def test_a_note_asks_for_the_level_of_its_case(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Who is not identified surely enough writes none and changes none."""
    case_id = organisation.arrive()
    location = browse(case_worker).post(f"/plugin/notes/case/{case_id}", text=SECRET).headers["location"]
    organisation.rows("UPDATE cases SET loa = 3")
    low = browse(case_worker.at(Loa.TWO))
    low.post(f"/plugin/notes/case/{case_id}", text="Hej")
    assert len(organisation.rows("SELECT FROM notes_notes")) == 1
    note = f"/plugin/notes/{location.partition('#note-')[2]}"
    assert SECRET not in low.get(note).text


ANNA, LINDBERG = Person(uuid4(), "Anna Lind"), Person(uuid4(), "Anna Lindberg")


@pytest.mark.feature("E18")
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@Anna Lind kan du?", [ANNA.id]),
        ("Fråga @anna lindberg.", [LINDBERG.id]),
        ("@Anna Lindberg och @Anna Lind", [LINDBERG.id, ANNA.id]),
        ("brev@Anna Lind", []),
        ("@Anna Lindqvist", []),
        ("Anna Lind", []),
        ("", []),
    ],
)
def test_a_whole_name_after_an_at_mentions(text: str, ids: list[Any]) -> None:
    """In any letters; of two names that begin alike the one that is written."""
    assert mentioned(text, [ANNA, LINDBERG]) == ids


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_the_pieces_of_a_text_are_the_text(text: str, names: list[str]) -> None:
    """Whatever people are called."""
    people = [Person(uuid4(), name) for name in names]
    assert "".join(piece for piece, _ in split(text, people)) == text
    assert re.sub(r"\s", "", text) or mentioned(text, people) == []


@pytest.mark.feature("E18", "E25")
def test_a_case_is_found_by_the_words_of_its_notes(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
) -> None:
    """By colleagues alone, in any form of the word, until the note is removed."""
    case_id, ada = organisation.arrive(), browse(case_worker)
    location = ada.post(f"/plugin/notes/case/{case_id}", text="Ring fritidsgården").headers["location"]
    while index_cases(platform):
        pass
    assert [case.id for case in in_work(platform, case_worker, search, "fritidsgårdar")] == [case_id]
    assert in_work(platform, outsider, search, "fritidsgårdar") == []
    ada.post(f"/plugin/notes/{location.partition('#note-')[2]}/remove")
    while index_cases(platform):
        pass
    assert in_work(platform, case_worker, search, "fritidsgårdar") == []


@pytest.mark.feature("U10")
def test_a_stand_in_for_new_messages_sees_no_old_notes(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Neither in the case, which a new message has brought, nor at their addresses; with old messages they do."""
    boxes = in_work(organisation.platform, case_worker, readable_mailboxes)
    box = next(one for one in boxes if one.owner_id == case_worker.id)
    draft = Draft((PEER,), "Fråga", "Hej")
    sent = in_work(organisation.platform, case_worker, send, box.id, draft)
    inbox = {"conversation_id": sent.conversation_id}
    case_id = organisation.arrive("Gammalt", **inbox)
    ada, bo = browse(case_worker), browse(colleague)
    old = ada.post(f"/plugin/notes/case/{case_id}", **{"note-text": SECRET}).headers["location"]
    note_id = old.rpartition("#note-")[2]
    until = datetime.now(UTC) + timedelta(days=3)
    in_work(organisation.platform, case_worker, delegate, colleague.id, until)
    organisation.arrive("Sv: Gammalt", **inbox)
    ada.post(f"/plugin/notes/case/{case_id}", **{"note-text": "Ring skolan"})
    page = bo.get(f"/c/{case_id}").text
    assert ("Ring skolan" in page, SECRET in page) == (True, False)
    assert bo.get(f"/plugin/notes/{note_id}").status_code == 404
    in_work(organisation.platform, case_worker, delegate, colleague.id, until, old_too=True)
    assert SECRET in bo.get(f"/c/{case_id}").text
