"""The index of searches: what is found, by whom, and what leaves no trace."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text
from tests.core.previews.test_looking import pdf

from budkavle.cases import actions, search
from budkavle.cases.finding import index, limits, query, walk
from budkavle.cases.finding.words import Place, terms
from budkavle.cases.teamwork.moving import move_to_mailbox
from budkavle.deliveries import undo
from budkavle.messaging import case_view
from budkavle.model.errors import Invalid
from budkavle.model.loa import Loa
from budkavle.model.messages import File, Reference
from budkavle.model.people import Actor
from budkavle.operations import retention
from budkavle.storage.platform import Platform
from budkavle.storage.vault import Vault
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module


def found(organisation: SampleOrganisation, words: str, actor: Actor | None = None) -> list[UUID]:
    return [case.id for case in in_work(organisation.platform, actor or organisation.case_worker, search.search, words)]


def indexed(organisation: SampleOrganisation) -> int:
    """Do the job until nothing waits, and count the words of the table."""
    while index.index_cases(organisation.platform):
        pass
    (row,) = organisation.rows("SELECT count(*) AS words FROM search_words")
    return int(row.words)


def office_file(words: str) -> bytes:
    """Return a document of Word with some words in it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document><w:p><w:t>{words}</w:t></w:p></w:document>")
    return content.getvalue()


@pytest.mark.feature("E25")
def test_texts_and_files_are_found_by_words_subjects_by_beginnings(
    platform: Platform, organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    """In any form and order; the hit says where all the words stand; nothing of another organisation."""
    case_id = organisation.arrive(
        "Orosanmälan om barn",
        body="Vi kallar till möten på torsdag.",
        references=(Reference("dnr", "KS 2026/817"),),
        files=(
            File("intyg.txt", "text/plain", "Läkarintyget från vårdcentralen".encode()),
            File("beslut.docx", "application/octet-stream", office_file("Beslutet överklagas")),
            File("plan.pdf", "application/pdf", pdf("Genomforandeplanen for hosten")),
        ),
    )
    other_organisation.arrive("Orosanmälan om barn", body="Vi kallar till möten på torsdag.")
    assert indexed(organisation) > 0
    places = {
        "orosanm": Place.SUBJECT,
        "kallade möte": Place.TEXT,
        "läkarintyg": Place.FILE,
        "överklagade": Place.FILE,
        "genomforandeplan": Place.FILE,
        "bankeryd": Place.NAME,
        "2026/817": Place.NAME,
        organisation.rows("SELECT number FROM cases")[0].number: Place.NAME,
        "orosanmälan läkarintyg": Place.SUBJECT | Place.FILE,
    }
    for words, place in places.items():
        with platform.work(organisation.case_worker) as work:
            (hit,) = query.Searcher(work, terms(words)).page(limits.Limits()).hits
        assert (hit.case.id, hit.places) == (case_id, place), words
    for words in ("anmälan", "läkar", "torsdag saknas"):
        assert found(organisation, words) == [], words


@pytest.mark.feature("E25")
def test_nothing_that_was_written_lies_in_the_tables(organisation: SampleOrganisation) -> None:
    """The same words are other hashes in another organisation, and a name and a text share none."""
    organisation.arrive("Sommarläger", body="Sommarläger")
    assert indexed(organisation)
    rows = organisation.rows("SELECT word, places FROM search_words")
    assert {row.word for row in rows}.isdisjoint(
        organisation.platform.vault.word_hashes(organisation.id, ["sommarläger", "sommarläg"])
    )


@pytest.mark.feature("E25")
def test_a_reader_below_the_level_finds_by_whom_it_is_with_alone(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Neither the subject's words nor the text's, which the list does not show either."""
    case_id = organisation.arrive("Skyddade uppgifter", body="Hemlig adress")
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE cases SET loa = 3"))
    indexed(organisation)
    below = case_worker.at(Loa.TWO)
    assert found(organisation, "adress", case_worker.at(Loa.THREE)) == [case_id]
    assert found(organisation, "bankeryd", below) == [case_id]
    assert found(organisation, "skyddade", below) == found(organisation, "adress", below) == []
    with platform.work(below) as work:
        counted, _ = query.count_everywhere(query.Searcher(work, terms("skyddade")), work)
    assert counted == []


@pytest.mark.feature("E25")
def test_what_is_gone_is_found_no_more_at_once(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Undone or destroyed, its words leave the table in the same transaction; what is left is found again."""
    case_id = organisation.arrive("Sommarläger")
    indexed(organisation)
    (thread,) = in_work(platform, case_worker, case_view.case, case_id).thread
    message = organisation.send(case_worker, "Lägereld", reply_to=thread.message.id)
    indexed(organisation)
    assert found(organisation, "lägerelden") == [case_id]
    in_work(platform, case_worker, undo.undo, message.id)
    assert organisation.rows("SELECT * FROM search_words") == []
    assert indexed(organisation)
    assert found(organisation, "lägerelden") == []
    assert found(organisation, "sommar") == [case_id]
    in_work(platform, case_worker, actions.bin_case, case_id)
    assert found(organisation, "sommar") == []
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE cases SET binned_at = binned_at - interval '40 days'"))
    assert retention.empty_bin(platform) == 1
    assert organisation.rows("SELECT * FROM search_words") == []
    assert indexed(organisation) == 0
    (row,) = organisation.rows("SELECT words FROM search_cases")
    assert row.words == []


@pytest.mark.feature("E25")
def test_a_moved_case_is_found_where_it_is(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, outsider: SampleUser
) -> None:
    """At once, by those who read there, and by nobody else."""
    case_id = organisation.arrive("Skolplacering")
    indexed(organisation)
    office = organisation.add_mailbox("Skolkontoret", outsider)
    in_work(platform, case_worker, move_to_mailbox, [case_id], office.id)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE search_cases SET done = mark"))  # so that the table alone answers
    assert found(organisation, "skolpl", outsider) == [case_id]
    assert found(organisation, "skolpl") == []


@pytest.mark.feature("E25")
def test_a_job_that_dies_between_reading_and_writing_leaves_the_case_waiting(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes meanwhile is not overwritten by what was read before; the next run does it."""
    case_id = organisation.arrive("Sommarläger")
    write = index._write

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(index, "_write", die)
    with pytest.raises(KeyboardInterrupt):
        index.index_cases(platform)
    assert organisation.rows("SELECT * FROM search_words") == []

    def write_late(*arguments: Any) -> None:
        monkeypatch.setattr(index, "_write", write)
        organisation.send(case_worker, "Lägereld", reply_to=thread.message.id)
        write(*arguments)

    (thread,) = in_work(platform, case_worker, case_view.case, case_id).thread
    monkeypatch.setattr(index, "_write", write_late)
    assert index.index_cases(platform) == 1
    assert organisation.rows("SELECT * FROM search_words") == []
    indexed(organisation)
    assert found(organisation, "lägerelden sommar") == [case_id]


def test_a_batch_takes_as_many_statements_as_a_single_case(
    platform: Platform, organisation: SampleOrganisation, transactions: list[list[bytes]]
) -> None:
    """Each case has its own words all the same, one that has none among them."""
    costs, ids = list[int](), list[UUID]()
    for number in (1, 4):
        ids += [organisation.arrive(f"Sommarläger {one}", body=f"bilaga{number}{one}") for one in range(number)]
        transactions.clear()
        assert index.index_cases(platform) == number
        costs.append(sum(map(len, transactions)))
    assert costs[0] == costs[1]
    assert set(found(organisation, "sommarl")) == set(ids)
    assert found(organisation, "bilaga42") == [ids[3]]
    rows = organisation.rows(
        "SELECT s.words, (SELECT array_agg(word ORDER BY word) FROM search_words w WHERE w.case_id = s.case_id) AS own,"
        " s.mark = s.done AS done FROM search_cases s"
    )
    assert all(row.words == row.own and row.done for row in rows)
    assert len(rows) == 5


def test_the_job_rests_where_less_than_a_batch_was_waiting(
    platform: Platform, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what comes one by one is written together; after a full batch it goes on at once."""
    monkeypatch.setattr(index, "BATCH", 2)
    (job,) = index.jobs(platform)
    ids = [organisation.arrive(f"Sommarläger {number}") for number in range(3)]
    assert job.run() == 2
    assert job.run() == 0
    assert set(found(organisation, "sommar")) == set(ids)


@pytest.mark.feature("E25")
def test_old_cases_come_into_the_index_in_steps(
    platform: Platform, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those from before there was one; until then a search says so, and finds whole words of subjects."""
    ids = {organisation.arrive(f"Sommarläger {number}") for number in range(5)}
    monkeypatch.setattr(index, "OLD_BATCH", 2)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("DELETE FROM search_cases"))
        values = {"organisation": organisation.id, "last": UUID(int=0)}
        connection.execute(text("INSERT INTO search_backfills VALUES (:organisation, :last)"), values)
    assert in_work(platform, organisation.case_worker, index.is_unfinished)
    assert set(found(organisation, "sommarläger")) == ids
    assert found(organisation, "sommar") == []
    assert index.index_cases(platform) == 2
    indexed(organisation)
    assert set(found(organisation, "sommar")) == ids
    assert not in_work(platform, organisation.case_worker, index.is_unfinished)


@pytest.mark.feature("E25")
def test_what_plugins_keep_is_found(budkavle_open: Callable[..., Platform]) -> None:
    """Such as notes; a plugin that fails takes nothing from the others, and what it changes is read anew."""
    texts: dict[UUID, list[str]] = {}

    def case_texts(case_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
        return {case_id: texts[case_id] for case_id in case_ids if case_id in texts}

    def broken(work: Any) -> dict[UUID, list[str]]:
        work.connection.exec_driver_sql("SELECT 1 / 0")
        return {}

    offers = offer(
        broken=plugin_module("broken", case_texts=broken), keeper=plugin_module("keeper", case_texts=case_texts)
    )
    house = SampleOrganisation.create(budkavle_open(offers, enabled=("broken", "keeper")), "Habo").staffed()
    case_id = house.arrive("Fråga")
    indexed(house)
    texts[case_id] = ["Ring skolan före lovet"]
    in_work(house.platform, house.case_worker, index.mark_case_changed, case_id)
    indexed(house)
    assert found(house, "skolan lov") == [case_id]
    del texts[case_id]
    in_work(house.platform, house.case_worker, index.mark_case_changed, case_id, forget=True)
    assert found(house, "skolan") == found(house, "fråg") == []
    indexed(house)
    assert (found(house, "skolan"), found(house, "fråg")) == ([], [case_id])


@pytest.mark.feature("E25")
def test_limits_and_pages(platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Each page begins where the one before ended; place, state, holder and mailbox limit."""
    ids = [organisation.arrive(f"Ansökan {number}", body="Sommarläger") for number in range(5)]
    in_work(platform, case_worker, actions.take, ids[1])
    in_work(platform, case_worker, actions.close, ids[2])
    indexed(organisation)

    def pages(words: str, **chosen: Any) -> list[list[UUID]]:
        result, cursor = [], ""
        while True:
            with platform.work(case_worker) as work:
                page = query.Searcher(work, terms(words)).page(limits.Limits(**chosen), cursor, limit=2)
            result.append([hit.case.id for hit in page.hits])
            if not (cursor := page.after):
                return result

    assert pages("ansökan sommarläger") == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
    assert pages("sommarläger", places=Place.SUBJECT) == [[]]
    assert pages("sommarläger", places=Place.TEXT | Place.SUBJECT, states=frozenset(["closed"])) == [[ids[2]]]
    assert pages("ansök", holders=frozenset([case_worker.user_id])) == [[ids[1]]]
    assert pages("ansök", untaken=True, states=frozenset(["open"])) == [[ids[4], ids[3]], [ids[0]]]
    assert pages("ansök", mailboxes=frozenset([organisation.id])) == [[]]
    with pytest.raises(Invalid), platform.work(case_worker) as work:
        query.Searcher(work, terms("ansök")).page(limits.Limits(), "strunt")


@pytest.mark.feature("E25")
def test_a_search_that_takes_too_long_is_given_up(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader is told what to do."""
    organisation.arrive()
    monkeypatch.setitem(walk.SETTINGS, "statement_timeout", "1")
    with pytest.raises(Invalid, match="för lång tid"), platform.work(case_worker) as work, walk.walking(work):
        work.connection.execute(text("SELECT pg_sleep(5)"))


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


def test_words_that_a_case_had_already_are_not_touched(organisation: SampleOrganisation) -> None:
    """A further message writes its own words, and changes those that stand in another place now."""
    conversation = str(uuid4())
    case_id = organisation.arrive("Orosanmälan", body="Vi kallar till möten på torsdag.", conversation_id=conversation)
    before = indexed(organisation)
    first = organisation.rows("SELECT xmin::text AS version FROM search_words LIMIT 1")[0].version
    body = "Fredag passar bra. Orosanmälan bifogas."
    assert organisation.arrive("Orosanmälan", body=body, conversation_id=conversation) == case_id
    assert indexed(organisation) > before
    rows = organisation.rows("SELECT places, xmin::text AS version, xmax::text AS left_by FROM search_words")
    assert all(row.left_by == "0" for row in rows)
    untouched = [row for row in rows if row.version == first]
    assert len(untouched) == before - 1, "one word stands in the text too"
    written = {row.places for row in rows if row.version != first}
    assert written == {Place.TEXT, Place.SUBJECT | Place.TEXT}


def test_what_cases_of_a_batch_share_is_hashed_once(
    organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of functions and organisations stand in nearly all."""
    hashed: list[str] = []
    word_hashes = Vault.word_hashes

    def counted(self: Vault, organisation_id: UUID, words: Any, *more: Any) -> list[int]:
        hashed.extend(words)
        return word_hashes(self, organisation_id, words, *more)

    for number in range(3):
        organisation.arrive(f"Orosanmälan {number}")
    monkeypatch.setattr(Vault, "word_hashes", counted)
    indexed(organisation)
    assert len(hashed) == len(set(hashed)) > 0
