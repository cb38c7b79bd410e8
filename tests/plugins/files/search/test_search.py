"""Search in Filer: by names and their beginnings, by the words of notes, and within one's reach alone."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, update
from tests.plugins.files.conftest import Files

from budkavle import Invalid, UserActor
from budkavle.model.loa import Loa
from budkavle.testing.browsing import Browser
from budkavle.testing.working import do_job
from budkavle_files.notes.content import create_note, save_note
from budkavle_files.search.finding import search
from budkavle_files.tables import entries, search_words, shares
from budkavle_files.tree.binning import bin_entry, destroy_entry
from budkavle_files.tree.entries import rename_entry
from budkavle_files.tree.moving import copy_entry
from budkavle_files.tree.sharing import end_share
from budkavle_files.tree.things import AccessRole, Entry

Browse = Callable[..., Browser]


def found(files: Files, who: UserActor, words: str) -> Sequence[str]:
    return sorted(entry.name for entry in files.do(who, search, words).entries)


@pytest.fixture
def plan(files: Files, case_worker: UserActor, catalogue: Entry) -> Entry:
    return files.file(case_worker, catalogue, "Genomförandeplan Åsa 2026.pdf")


@pytest.fixture
def note(files: Files, case_worker: UserActor, catalogue: Entry) -> Entry:
    return files.do(case_worker, create_note, catalogue.id, "Minne", "Samtal med rektor om skolskjuts.")


FITTING: list[str] = ["genomförandeplan", "GENOM", "gen", "åsa", "2026 pdf", "pdf genomf", "plan.pdf gen"]


def test_a_name_is_found_by_words_and_beginnings(files: Files, case_worker: UserActor, plan: Entry) -> None:
    """From three letters, in any order and case; all words must fit."""
    for words in FITTING:
        if words == "plan.pdf gen":  # a word in the middle of another is no beginning
            assert found(files, case_worker, words) == [], words
        else:
            assert found(files, case_worker, words) == [plan.name], words


UNFIT: list[str] = ["ge", "förande", "genomförandeplanen", "genom annat", "utr enskild"]


def test_what_does_not_fit_is_not_found(files: Files, case_worker: UserActor, plan: Entry) -> None:
    """Two letters, the middle of a word, a longer word, one of two words."""
    for words in UNFIT:
        assert plan.name not in found(files, case_worker, words), words


def test_catalogues_are_found_too(files: Files, case_worker: UserActor, catalogue: Entry) -> None:
    """By their number as people say it."""
    assert found(files, case_worker, "utredning 0451") == [catalogue.name]


def test_there_must_be_a_word(files: Files, case_worker: UserActor) -> None:
    """Dashes are none."""
    for words in ("", "-", "a"):
        with pytest.raises(Invalid, match="minst ett ord"):
            files.do(case_worker, search, words)


def test_a_note_is_found_by_what_it_says_now(files: Files, case_worker: UserActor, note: Entry) -> None:
    """Whole words of its text; saved again, the old words are gone; destroyed, all are."""
    assert found(files, case_worker, "rektor skolskjuts") == ["Minne"]
    assert found(files, case_worker, "minne rektor") == ["Minne"]
    assert found(files, case_worker, "rekt") == []
    files.do(case_worker, save_note, note.id, "Samtal med rektor om skolskjuts.", "Samtal med mamma.")
    assert found(files, case_worker, "rektor") == []
    assert found(files, case_worker, "mamma") == ["Minne"]
    files.do(case_worker, bin_entry, note.id)
    assert found(files, case_worker, "mamma") == []
    files.do(case_worker, destroy_entry, note.id)
    assert files.rows("SELECT 1 FROM files_search_words WHERE entry_id = :id", id=note.id) == []


def test_a_new_name_is_found_and_the_old_one_is_not(files: Files, case_worker: UserActor, plan: Entry) -> None:
    """Renamed."""
    files.do(case_worker, rename_entry, plan.id, "Kallelse.pdf")
    assert found(files, case_worker, "genomförandeplan") == []
    assert found(files, case_worker, "kall") == ["Kallelse.pdf"]


def test_a_copy_is_found_as_what_it_is_a_copy_of(files: Files, case_worker: UserActor, note: Entry) -> None:
    """By its own name, and the text of a note."""
    other = files.catalogue(case_worker, "Arkiv")
    copy = files.do(case_worker, copy_entry, note.id, other.id)
    assert len(files.do(case_worker, search, "rektor").entries) == 2
    files.do(case_worker, save_note, note.id, "Samtal med rektor om skolskjuts.", "Inget.")
    assert [entry.id for entry in files.do(case_worker, search, "rektor").entries] == [copy.id]


def test_only_what_one_reaches_is_found(
    files: Files,
    case_worker: UserActor,
    colleague: UserActor,
    administrator: UserActor,
    other_administrator: UserActor,
    catalogue: Entry,
    plan: Entry,
    note: Entry,
) -> None:
    """Nobody else's; what lies in something shared, as long as it is shared; another organisation's never."""
    everybody = (colleague, administrator, other_administrator)
    assert [found(files, who, "genomförandeplan") for who in everybody[:2]] == [[], []]
    with files.host.work(other_administrator) as work:
        assert search(files.host, work, "genomförandeplan").total == 0
    files.share(case_worker, catalogue, colleague, AccessRole.READER)
    assert found(files, colleague, "genomförandeplan") == [plan.name]
    assert found(files, colleague, "rektor") == [note.name]
    (share,) = files.rows("SELECT id FROM files_shares")
    files.do(case_worker, end_share, share.id)
    assert found(files, colleague, "genomförandeplan") == []
    files.share(case_worker, plan, colleague, AccessRole.READER)
    assert found(files, colleague, "genomförandeplan") == [plan.name]
    assert found(files, colleague, "rektor") == []


def test_a_share_whose_time_has_passed_finds_nothing(
    files: Files, case_worker: UserActor, colleague: UserActor, catalogue: Entry, plan: Entry
) -> None:
    """Also before the job has taken it away."""
    files.share(case_worker, catalogue, colleague, AccessRole.READER)
    assert found(files, colleague, "genomförandeplan") == [plan.name]
    with files.host.transaction(files.organisation.id) as connection:
        connection.execute(update(shares).values(until=func.now() - timedelta(seconds=1)))
    assert found(files, colleague, "genomförandeplan") == []


def test_a_text_above_ones_level_is_not_found_by_its_words(
    files: Files, browse: Browse, case_worker: UserActor, note: Entry
) -> None:
    """Its name is, as lists show it."""
    with files.host.transaction(files.organisation.id) as connection:
        connection.execute(update(entries).where(entries.c.id == note.id).values(loa=3))
    weak, strong = browse(case_worker, loa=Loa.TWO), browse(case_worker, loa=Loa.THREE)
    assert "Minne" not in weak.get("/plugin/files/search?q=rektor").text.split("<main")[1]
    assert "Minne" in weak.get("/plugin/files/search?q=minne").text.split("<main")[1]
    assert "Minne" in strong.get("/plugin/files/search?q=rektor").text.split("<main")[1]


def test_what_was_there_before_the_index_is_found_after_the_job(
    files: Files, case_worker: UserActor, plan: Entry, note: Entry
) -> None:
    """Names and texts."""
    with files.host.transaction(files.organisation.id) as connection:
        connection.execute(delete(search_words))
    assert found(files, case_worker, "rektor") == []
    do_job(files.host.platform, "files.search-words")
    assert found(files, case_worker, "rektor") == [note.name]
    assert found(files, case_worker, "genomf") == [plan.name]


def test_the_table_shows_no_word(files: Files, case_worker: UserActor, plan: Entry) -> None:
    """Numbers alone, and another number for the same word of a name and of a text."""
    files.do(case_worker, create_note, plan.parent_id, "Annat", "genomförandeplan")
    names = {row.word for row in files.rows("SELECT word FROM files_search_words WHERE NOT in_text")}
    texts = {row.word for row in files.rows("SELECT word FROM files_search_words WHERE in_text")}
    assert names
    assert texts
    assert not names & texts


def test_the_page_is_paged_and_the_products_search_has_a_piece(
    files: Files, browse: Browse, case_worker: UserActor, colleague: UserActor, catalogue: Entry
) -> None:
    """Fifty a page; the first five on the page of search, with a link to all; none for others."""
    for number in range(53):
        files.file(case_worker, catalogue, f"Protokoll {number:02}.txt")
    browser = browse(case_worker)
    first = browser.get("/plugin/files/search?q=protokoll").text
    assert first.count(">Protokoll ") == 50
    assert "53 träffar" in first
    second = browser.get("/plugin/files/search?q=protokoll&from=51").text
    assert second.count(">Protokoll ") == 3
    piece = browser.get("/search?q=protokoll").text
    assert piece.count(">Protokoll ") == 5
    assert "Visa 53 träffar i Filer" in piece
    assert "i Filer" not in browse(colleague).get("/search?q=protokoll").text
    assert "minst ett ord" in browser.get("/plugin/files/search?q=-").text
    assert "Inget hittades" in browser.get("/plugin/files/search?q=finnsinte").text
