"""The walk through the index: which rows are read, how many, and what is not walked again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from tests.core.cases.finding.searching import found, indexed

from budkavle.cases.finding import limits, query, walk
from budkavle.cases.finding.words import Place, stem, terms
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@contextmanager
def walks(platform: Platform) -> Iterator[list[tuple[str, Any]]]:
    """Note each statement that walks through the index, with its values."""
    noted: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, sql: str, values: Any, context: Any, many: bool) -> None:
        if "bit_or" in sql:
            noted.append((sql, values))

    event.listen(platform.database.engine, "before_cursor_execute", note)
    yield noted
    event.remove(platform.database.engine, "before_cursor_execute", note)


def add_rows(
    organisation: SampleOrganisation, word: str, count: int, second: int, mailbox_id: UUID | None = None
) -> None:
    """Let a word stand in so many cases of the index, opened within the same days, but in none with another word."""
    hashes = organisation.platform.vault.word_hashes(organisation.id, terms(word)[0].tokens)
    box = mailbox_id or organisation.mailbox.id
    values = {"word": hashes[-1], "box": box, "many": count, "second": second, "o": organisation.id}
    query = """
        INSERT INTO search_words (organisation_id, word, opened_at, case_id, mailbox_id, places)
        SELECT :o, :word, now() - n * interval '6 days' / :many + :second * interval '1 second',
            gen_random_uuid(), :box, 1
        FROM generate_series(1, :many) AS n
    """
    with organisation.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text(query), values)
        connection.execute(text("ANALYZE search_words"))


def plan_of(organisation: SampleOrganisation, words: str) -> list[str]:
    """Return the lines of a search's plan, with what each part has done."""
    with walks(organisation.platform) as noted, organisation.platform.work(organisation.case_worker) as work:
        assert query.Searcher(work, terms(words)).page(limits.Limits()).hits == []
        ((sql, values),) = noted
        with walk.walking(work):
            below = work.connection.connection.driver_connection
            assert below is not None
            lines = below.cursor().execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql, values).fetchall()
    return [line for (line,) in lines]


def work_of(organisation: SampleOrganisation, words: str) -> tuple[int, int]:
    """Return how often the most repeated part of a search's plan was done, and how many rows the index gave."""
    nodes = [(line, re.search(r"actual rows=([\d.]+) loops=(\d+)", line)) for line in plan_of(organisation, words)]
    done = [("using search_words" in line, float(node[1]), int(node[2])) for line, node in nodes if node]
    return max(loops for *_, loops in done), round(sum(rows * loops for is_index, rows, loops in done if is_index))


@pytest.mark.feature("E25")
def test_words_that_are_about_as_rare_are_read_side_by_side(organisation: SampleOrganisation) -> None:
    """None is looked up for each case of the other; a far commoner word is, and is not read."""
    for second, (word, many) in enumerate({"sommarläger": 300, "vinterläger": 1_500, "socialnämnd": 9_000}.items()):
        add_rows(organisation, word, many, second)
    assert work_of(organisation, "sommarläger vinterläger") == (1, 1_800)
    assert work_of(organisation, "socialnämnd sommarläger") == (300, 300)
    assert work_of(organisation, "socialnämnd sommarläger vinterläger") == (1, 1_800)


@pytest.mark.feature("E25")
def test_the_rows_of_other_mailboxes_are_not_read(organisation: SampleOrganisation) -> None:
    """Of somebody with one mailbox beside the personal one, whatever the others have."""
    add_rows(organisation, "sommarläger", 300, 0)
    add_rows(organisation, "vinterläger", 900, 1)
    for second, word in enumerate(("sommarläger", "vinterläger"), 2):
        add_rows(organisation, word, 9_000, second, organisation.other_mailbox.id)
    plan = plan_of(organisation, "sommarläger vinterläger")
    assert sum("using search_words_mailbox" in line for line in plan) == 8
    removed = [int(line.rpartition(" ")[2]) for line in plan if "Rows Removed by Filter" in line]
    assert removed == [300 + 900]  # of cases with one of the words alone


@pytest.mark.feature("E25")
def test_all_words_must_stand_in_a_case_and_pages_go_on_behind_the_last(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Two or three words, in a subject, a text or both: each case once, the latest first."""
    both = [organisation.arrive(f"Sommarläger {number}", body="Vinterläger, sommarläger") for number in range(5)]
    organisation.arrive("Sommarläger")
    organisation.arrive("Vinterläger")
    all_three = organisation.arrive("Vinterläger", body="Sommarläger i skogen")
    indexed(organisation)
    with platform.work(case_worker) as work:
        searcher = query.Searcher(work, terms("sommarläger vinterläger"))
        first = searcher.page(limits.Limits(), limit=4)
        second = searcher.page(limits.Limits(), first.after, limit=4)
        in_text = searcher.page(limits.Limits(places=Place.TEXT))
        three = query.Searcher(work, terms("sommarläger vinterläger skogen")).page(limits.Limits())
        counted, _ = query.count_everywhere(searcher, work)
    assert [hit.case.id for hit in (*first.hits, *second.hits)] == [all_three, *reversed(both)]
    assert [hit.case.id for hit in in_text.hits] == list(reversed(both))
    assert [hit.case.id for hit in three.hits] == [all_three]
    assert {row.id: candidate.places for candidate, row in counted} == {
        all_three: Place(0),
        **dict.fromkeys(both, Place.TEXT),
    }


@pytest.mark.feature("E25")
def test_a_beginning_of_an_even_length_is_found_by_the_longer_ones_that_there_are(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Also beside another word; of all letters that may follow, only those that do are walked."""
    fire, flat = organisation.arrive("Lägereld i Gränna"), organisation.arrive("Lägenhet, plan")
    organisation.arrive("Sol", body="Lägerskola")
    indexed(organisation)
    for words, hits in {"lä": [], "läg": [flat, fire], "läge": [flat, fire], "lägere": [fire], "läga": []}.items():
        assert found(organisation, words) == hits, words
    assert found(organisation, "läge plan") == [flat]
    assert found(organisation, "läge gränna") == [fire]
    with walks(platform) as noted, platform.work(case_worker) as work:
        query.Searcher(work, terms("läge")).page(limits.Limits())
    ((sql, _),) = noted
    assert sql.count("UNION ALL") + 1 == 2 * 4, "its own, its stem's and two that are longer, in two mailboxes"


def test_which_beginnings_there_are_is_asked_by_the_key(platform: Platform, organisation: SampleOrganisation) -> None:
    """One row of each, however many cases have it; also where the planner knows nothing of the table."""
    for second, word in enumerate(("sommar", "sommarläger")):
        add_rows(organisation, word, 3_000, second)
    hashes = platform.vault.word_hashes(organisation.id, [f"find-w/{stem(word)}" for word in ("sommar", "vinter")])
    noted: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, sql: str, values: Any, context: Any, many: bool) -> None:
        noted.append((sql, values))

    with platform.work(organisation.case_worker) as work:
        event.listen(platform.database.engine, "before_cursor_execute", note)
        try:
            assert walk.existing(work, hashes) == {hashes[0]}
        finally:
            event.remove(platform.database.engine, "before_cursor_execute", note)
        ((sql, values),) = [one for one in noted if "unnest" in one[0]]
        with walk.walking(work):
            below = work.connection.connection.driver_connection
            assert below is not None
            lines = [line for (line,) in below.cursor().execute("EXPLAIN (ANALYZE, TIMING OFF) " + sql, values)]
    assert not [line for line in lines if "Seq Scan" in line]
    (index_scan,) = [line for line in lines if "using search_words" in line]
    assert "loops=2" in index_scan
    assert "rows=0.50" in index_scan or "rows=1 " in index_scan


@pytest.mark.feature("E26")
def test_what_was_counted_is_not_walked_again(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The first page is what has been counted; with other limits, or behind it, the index is asked anew."""
    ids = [organisation.arrive("Sommarläger") for _ in range(4)]
    indexed(organisation)
    with walks(platform) as noted, platform.work(case_worker) as work:
        searcher = query.Searcher(work, terms("sommarläger"))
        query.count_everywhere(searcher, work)
        page = searcher.page(limits.Limits(), limit=2)
        assert len(noted) == 1
        assert [hit.case.id for hit in page.hits] == [ids[3], ids[2]]
        assert [hit.case.id for hit in searcher.page(limits.Limits(), page.after).hits] == [ids[1], ids[0]]
        assert searcher.page(limits.Limits(states=frozenset(["closed"]))).hits == []
        assert len(noted) == 3
