"""Saving what several people write in a note."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from budkavle import Forbidden, Host, Invalid, NotFound
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_files.notes.content import LONGEST, SavedNote, create_note, read_note, read_text, require_note, save_note
from budkavle_files.reading.tables import note_writers
from budkavle_files.reading.writers import PRESENT, note_leaving, note_writing, writers_of
from budkavle_files.tables import entries, versions
from budkavle_files.tree.sharing import Subject, share_with
from budkavle_files.tree.things import AccessRole, Entry, ShareKind
from budkavle_files.tree.versions import FILES, find_version, list_versions


@pytest.fixture
def note(host: Host, case_worker: SampleUser, colleague: SampleUser, catalogue: Entry) -> Entry:
    """A note in a catalogue that a colleague may write in."""
    with host.work(case_worker) as work:
        subject = Subject(ShareKind.PERSON, colleague.user_id)
        share_with(host, work, catalogue.id, [subject], AccessRole.AUTHOR)
        return create_note(host, work, catalogue.id, "Hembesök", "Närvarande:\nAnna\n")


@pytest.fixture
def save(host: Host, note: Entry) -> Callable[[SampleUser, str, str], SavedNote]:
    """Save the note as somebody."""

    def do(user: SampleUser, base: str, text: str) -> SavedNote:
        with host.work(user) as work:
            return save_note(host, work, note.id, base, text)

    return do


def text_of(host: Host, user: SampleUser, note: Entry) -> str:
    with host.work(user) as work:
        return read_note(host, work, require_note(host, work, note.id)).text


@pytest.mark.feature("D14")
def test_two_write_at_once_and_nothing_is_lost(
    host: Host, save: Callable[..., SavedNote], note: Entry, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """The second is told who else wrote; what stands is of both."""
    base = "Närvarande:\nAnna\n"
    save(colleague, base, "Närvarande:\nAnna\nBo\n")
    saved = save(case_worker, base, "# Hembesök\nNärvarande:\nAnna\n")
    assert (saved.merged, saved.other, saved.conflicts) == (True, colleague.name, ())
    assert text_of(host, colleague, note) == "# Hembesök\nNärvarande:\nAnna\nBo\n"


@pytest.mark.feature("D14")
def test_the_same_line_is_merged_by_hand(
    host: Host, save: Callable[..., SavedNote], note: Entry, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Where both changed a line, nothing is saved until the second has chosen; the proposal has both."""
    base = "Närvarande:\nAnna\n"
    save(colleague, base, "Närvarande:\nAnna Lind\n")
    clash = save(case_worker, base, "Närvarande:\nAnna L.\n")
    assert [(one.saved, one.own) for one in clash.conflicts] == [("Anna Lind", "Anna L.")]
    assert text_of(host, case_worker, note) == "Närvarande:\nAnna Lind\n"
    assert clash.proposal == "Närvarande:\nAnna Lind\nAnna L.\n"
    again = save(case_worker, clash.note.text, "Närvarande:\nAnna Lind, socialsekreterare\n")
    assert not again.conflicts
    assert text_of(host, colleague, note) == "Närvarande:\nAnna Lind, socialsekreterare\n"


@pytest.mark.feature("D15")
def test_what_is_written_for_a_while_is_one_version(
    host: Host, save: Callable[..., SavedNote], note: Entry, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Autosaving makes no version of each key; a version says all who wrote in it; the next begins after a while."""
    save(case_worker, "Närvarande:\nAnna\n", "ett")
    save(colleague, "ett", "ett\ntvå")
    with host.work(case_worker) as work:
        (version,) = list_versions(host, work, note)
        assert version.author == f"{case_worker.name}, {colleague.name}"
        assert read_text(work, version) == "ett\ntvå"
        assert [file.id for file in FILES.list(work, note.id)] == [version.file_id]
    later(host, case_worker, timedelta(minutes=11))
    save(case_worker, "ett\ntvå", "ett\ntvå\ntre")
    with host.work(case_worker) as work:
        newest, first = list_versions(host, work, note)
        assert (newest.author, newest.number, read_text(work, first)) == (case_worker.name, 2, "ett\ntvå")


def test_another_who_comes_later_begins_a_version(
    host: Host, save: Callable[..., SavedNote], note: Entry, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Only who writes at the same time shares a version."""
    later(host, case_worker, timedelta(minutes=2))
    save(colleague, "Närvarande:\nAnna\n", "två")
    with host.work(case_worker) as work:
        assert [version.author for version in list_versions(host, work, note)] == [colleague.name, case_worker.name]


def test_nothing_new_makes_no_version(
    host: Host, save: Callable[..., SavedNote], note: Entry, case_worker: SampleUser
) -> None:
    """Saving what stands already changes nothing, whatever line ends the browser sends."""
    before = find(host, case_worker, note)
    save(case_worker, "Närvarande:\r\nAnna\r\n", "Närvarande:\r\nAnna\r\n")
    assert find(host, case_worker, note) == before


def test_a_note_has_a_longest_text(save: Callable[..., SavedNote], case_worker: SampleUser) -> None:
    """A text that is too long is refused in words, and the old one stands."""
    with pytest.raises(Invalid) as refused:
        save(case_worker, "Närvarande:\nAnna\n", "x" * (LONGEST + 1))
    assert list(refused.value.fields) == ["text"]


def test_the_quota_counts_what_is_stored(
    host: Host, save: Callable[..., SavedNote], note: Entry, case_worker: SampleUser
) -> None:
    """Writing on in a version counts its bytes once."""
    save(case_worker, "Närvarande:\nAnna\n", "åtta")
    with host.work(case_worker) as work:
        entry = require_note(host, work, note.id)
        assert (entry.size, entry.stored) == (5, 5)


def test_readers_and_strangers_write_nothing(
    host: Host,
    note: Entry,
    case_worker: SampleUser,
    outsider: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """A reader is told so; to everybody else, and to another organisation, there is no such note."""
    with host.work(case_worker) as work:
        share_with(host, work, note.id, [Subject(ShareKind.PERSON, outsider.user_id)], AccessRole.READER)
    with host.work(outsider) as work, pytest.raises(Forbidden):
        save_note(host, work, note.id, "", "x")
    for actor in (administrator, other_administrator):
        with host.work(actor) as work, pytest.raises(NotFound):
            require_note(host, work, note.id)


def find(host: Host, user: SampleUser, note: Entry) -> object:
    with host.work(user) as work:
        return find_version(host, work, require_note(host, work, note.id))


def later(host: Host, user: SampleUser, by: timedelta) -> None:
    """Let time pass for what has been saved."""
    with host.work(user) as work, host.tables(work) as connection:
        connection.execute(update(versions).values(created_at=versions.c.created_at - by))
        connection.execute(update(entries).values(changed_at=entries.c.changed_at - by))


def test_who_writes_is_seen(
    host: Host, note: Entry, case_worker: SampleUser, colleague: SampleUser, organisation: SampleOrganisation
) -> None:
    """Others see who writes now, until the page is left or has been silent for a while."""
    with host.work(colleague) as work:
        note_writing(host, work, note.id)
        assert writers_of(host, work, [note.id]) == {}
    with host.work(case_worker) as work:
        assert writers_of(host, work, [note.id]) == {note.id: [colleague.name]}
        with host.tables(work) as connection:
            connection.execute(update(note_writers).values(seen_at=note_writers.c.seen_at - PRESENT))
        assert writers_of(host, work, [note.id]) == {}
    with host.work(colleague) as work:
        note_writing(host, work, note.id)
        note_leaving(host, work, note.id)
    with host.work(case_worker) as work:
        assert writers_of(host, work, [note.id]) == {}
