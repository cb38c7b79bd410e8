"""The job that brings cases into the index: in batches, again where it died, and no more often than it must."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from tests.core.cases.finding.searching import found, indexed

from budkavle.cases.finding import index
from budkavle.cases.finding.words import Place
from budkavle.messaging import case_view
from budkavle.model.messages import ReceiptToSend
from budkavle.storage.platform import Platform
from budkavle.storage.vault import Vault
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due


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


@pytest.mark.feature("E25")
def test_a_held_case_waits_for_the_index_when_it_can_be_read(
    platform: Platform, organisation: SampleOrganisation, receipt_to_send: Callable[[], ReceiptToSend]
) -> None:
    """Once, and not before: there is nothing of it to be found until its receipt has gone."""
    acting.accept(platform, organisation.incoming(subject="Sommarläger", receipt=receipt_to_send()))
    assert organisation.rows("SELECT * FROM search_cases") == []
    assert index.index_cases(platform) == 0
    deliver_due(platform)
    (row,) = organisation.rows("SELECT mark, done FROM search_cases")
    assert (row.mark, row.done) == (1, 0)
    assert index.index_cases(platform) == 1
    assert len(found(organisation, "somma")) == 1
