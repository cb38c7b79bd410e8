"""What a search finds, by whom, and what leaves no trace."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.core.cases.finding.searching import found, indexed
from tests.core.previews.test_looking import pdf

from budkavle.cases import actions
from budkavle.cases.finding import index, limits, query, walk
from budkavle.cases.finding.words import Place, terms
from budkavle.cases.teamwork.moving import move_to_mailbox
from budkavle.deliveries import undo
from budkavle.messaging import case_view
from budkavle.model.errors import Invalid
from budkavle.model.loa import Loa
from budkavle.model.messages import File, Reference
from budkavle.operations import retention
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module


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
