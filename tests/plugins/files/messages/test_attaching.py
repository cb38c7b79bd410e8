"""Files and notes of a tree become attachments of a message that a person goes on with."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from tests.plugins.files.conftest import Files

from budkavle import Host, Loa, Platform
from budkavle.messaging.saved_drafts import load
from budkavle.testing import Browser, SampleOrganisation, SampleUser
from budkavle_files.notes.content import create_note
from budkavle_files.tables import entries
from budkavle_files.tree.things import AccessRole, Entry

ATTACH = "/plugin/files/attach"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("files", "local"))


@pytest.fixture
def plan(files: Files, catalogue: Entry, case_worker: SampleUser) -> Entry:
    """A file in the catalogue."""
    return files.file(case_worker, catalogue, "Genomförandeplan.txt", b"Planen")


@pytest.fixture
def note(host: Host, catalogue: Entry, case_worker: SampleUser) -> Entry:
    """A note in the catalogue."""
    with host.work(case_worker) as work:
        return create_note(host, work, catalogue.id, "Hembesök", "**Allt** gick bra.")


def begun(page: Browser, host: Host, user: SampleUser, answer: Any) -> tuple[str, dict[str, list[str]]]:
    """Return the page for writing that an answer leads to, and the fields of its draft."""
    address = answer.headers["location"]
    with host.work(user) as work:
        saved = load(work, UUID(address.partition("draft=")[2]))
    return page.get(address).text, {name: list(values) for name, values in saved.fields.items()}


@pytest.mark.feature("D16", "D17")
def test_the_dialog_says_what_from_where_and_how(
    browse: Callable[..., Browser], case_worker: SampleUser, organisation: SampleOrganisation, plan: Entry, note: Entry
) -> None:
    """It lists what is ticked, the accounts that the writer may send from, and what each can send."""
    page = browse(case_worker)
    shown = page.get(f"{ATTACH}?id={plan.id}&id={note.id}&mailbox={organisation.mailbox.id}").text
    assert "Genomförandeplan.txt" in shown
    assert "Hembesök" in shown
    assert f'<option value="{organisation.mailbox.id}" selected>' in shown
    assert "Min inkorg" in shown
    assert 'name="kind" value="secure" checked' in shown
    changed = page.post(ATTACH, id=str(plan.id), mailbox=str(case_worker.personal_id), change="1")
    assert f"mailbox={case_worker.personal_id}" in changed.headers["location"]


@pytest.mark.feature("D5", "D16", "D17")
def test_a_file_and_a_note_begin_a_message(
    host: Host,
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    organisation: SampleOrganisation,
    plan: Entry,
    note: Entry,
) -> None:
    """The file goes as it is and the note as PDF, from the account and of the kind that were chosen."""
    page = browse(case_worker)
    box = str(organisation.mailbox.id)
    answer = page.post(ATTACH, id=[str(plan.id), str(note.id)], mailbox=box, kind="secure", notes="pdf")
    shown, fields = begun(page, host, case_worker, answer)
    assert "Genomförandeplan.txt" in shown
    assert "Hembesök.pdf" in shown
    assert (fields["mailbox"], fields["kind"]) == ([box], ["secure"])
    assert organisation.log_kinds().count("files.attached") == 2


@pytest.mark.feature("D16")
def test_a_note_may_become_the_text(
    host: Host, browse: Callable[..., Browser], case_worker: SampleUser, organisation: SampleOrganisation, note: Entry
) -> None:
    """As text it needs no file."""
    page = browse(case_worker)
    answer = page.post(ATTACH, id=str(note.id), mailbox=str(organisation.mailbox.id), kind="secure", notes="text")
    _, fields = begun(page, host, case_worker, answer)
    assert fields["body"] == ["**Allt** gick bra."]
    assert fields["subject"] == ["Hembesök"]
    assert "attachment" not in fields


def test_the_level_goes_along(
    host: Host, browse: Callable[..., Browser], case_worker: SampleUser, organisation: SampleOrganisation, plan: Entry
) -> None:
    """What asks for a level and is marked is sent at that level and marked; who has not reached it sends nothing."""
    with host.work(case_worker) as work, host.tables(work) as connection:
        connection.execute(update(entries).where(entries.c.id == plan.id).values(loa=3, confidential=True))
    refused = browse(case_worker, Loa.TWO).get(f"{ATTACH}?id={plan.id}")
    assert refused.headers["location"].startswith("/step-up?loa=3")
    page = browse(case_worker, Loa.THREE)
    answer = page.post(ATTACH, id=str(plan.id), mailbox=str(organisation.mailbox.id), kind="secure")
    _, fields = begun(page, host, case_worker, answer)
    assert (fields["loa"], fields["confidential"]) == (["3"], ["1"])


def test_a_catalogue_alone_is_not_attached(
    browse: Callable[..., Browser], case_worker: SampleUser, catalogue: Entry
) -> None:
    """Only what lies in it can be sent."""
    assert "En katalog kan inte bifogas" in browse(case_worker).get(f"{ATTACH}?id={catalogue.id}").text


def test_what_others_may_read_they_may_send_and_nobody_else(
    files: Files,
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    colleague: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
    organisation: SampleOrganisation,
    plan: Entry,
) -> None:
    """A reader may; for all others there is no such file."""
    files.share(case_worker, plan, colleague, AccessRole.READER)
    box = str(organisation.mailbox.id)
    assert browse(colleague).post(ATTACH, id=str(plan.id), mailbox=box, kind="secure").status_code == 303
    for user in (outsider, other_administrator):
        assert browse(user).get(f"{ATTACH}?id={plan.id}").status_code == 404
        assert browse(user).post(ATTACH, id=str(plan.id), mailbox=box, kind="secure").status_code == 404


def test_a_foreign_account_sends_nothing(
    files: Files, browse: Callable[..., Browser], outsider: SampleUser, organisation: SampleOrganisation
) -> None:
    """A mailbox that somebody is not in is no account of theirs."""
    mine = files.file(outsider, files.catalogue(outsider, "Mitt"), "egen.txt")
    answer = browse(outsider).post(ATTACH, id=str(mine.id), mailbox=str(organisation.mailbox.id), kind="secure")
    assert answer.status_code == 404
